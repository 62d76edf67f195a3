"""Remplissage: every column on the map, its days, and what is expected."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("filling")
    panels = [
        house.places(
            "Carte", sql["map"], "Niveau de chaque colonne, maintenant.", "percent", house.LEVEL, 14
        ),
        house.rows(
            "Les prochaines pleines",
            sql["next_full"],
            "Par date prévue ; « estimé » quand la sonde ne dit plus rien de sûr.",
            {"Niveau": "percent", "Pleine le": "dateTimeAsLocal"},
            10,
            ("Colonne", "Voir la colonne", "${glaneur}/colonnes/${__value.raw}"),
        ).height(14),
        house.days(
            "Les quarante plus remplies, jour par jour",
            sql["heat_map"],
            "Plus haut niveau de chaque jour.",
            "percent",
            house.LEVEL,
        ),
        house.bars(
            "Colonnes attendues aux seuils",
            sql["forecast"],
            "Prévision des jours à venir si personne ne vide. « Au pire » : une fois sur dix.",
            "short",
            12,
        ),
        house.bars("Répartition des niveaux", sql["levels"], "Maintenant.", "short", 12),
        house.over_time(
            "Niveau moyen et part des urgentes",
            sql["level_by_day"],
            "Moyennes de chaque jour.",
            "percent",
            24,
            decimals=0,
        ),
    ]
    return house.board(
        "glaneur-remplissage",
        "Remplissage",
        "Quelles colonnes, où, et quand.",
        panels,
        ("territoire", "commune", "flux"),
        ("Tableau de bord", "/"),
        "now-30d",
    )
