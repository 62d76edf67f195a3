"""Tournées: planned and done, what was found in the columns, what a tonne costs and emits."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house

RATES = (
    " D'après les taux du flux en vigueur ce jour-là (glaneur dashboards rate) ; sans taux, pas de chiffre."
)


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("rounds")
    panels = [
        house.figures("Tournées et arrêts", sql["done"], "Tournées publiées de la période.", "short", 10),
        house.figures("Coût par tonne", sql["per_tonne"], "Jours pesés seulement." + RATES, "currencyEUR", 4),
        house.figures("CO₂", sql["co2"], "Kilomètres prévus × facteur du flux." + RATES, "masskg", 6),
        house.figures(
            "Niveau au vidage",
            sql["emptied_level"],
            "Niveau moyen trouvé par les vidages.",
            "percent",
            4,
        ),
        house.over_time(
            "Arrêts faits",
            sql["stops_by_day"],
            "Dernier mot du conducteur sur chaque arrêt.",
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.over_time(
            "Tonnes déchargées",
            sql["tonnes_by_day"],
            "Poids pesés aux déchargements.",
            "masst",
            12,
            series=True,
            bars=True,
            decimals=1,
        ),
        house.bars(
            "Niveau trouvé au vidage",
            sql["emptied_classes"],
            "Un vidage à moins de 50 % vient trop tôt, à 100 % trop tard.",
            "short",
            10,
        ),
        house.rows(
            "Par flux",
            sql["by_stream"],
            "Sommes de la période." + RATES,
            {
                "Kilomètres": "lengthkm",
                "Heures": "h",
                "Tonnes": "masst",
                "Coût": "currencyEUR",
                "Coût par tonne": "currencyEUR",
                "CO₂e": "masskg",
            },
            14,
        ).height(9),
    ]
    return house.board(
        "glaneur-tournees",
        "Tournées",
        "Prévu, fait, rapporté, dépensé.",
        panels,
        ("territoire", "commune", "flux"),
        ("Tournées", "/tournees"),
        "now-90d",
    )
