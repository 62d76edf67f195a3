"""Parc de sondes: silent, noisy, tired or badly heard."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("probes")
    panels = [
        house.figures(
            "Parc",
            sql["presence"],
            "Muette : plus de trois envois manqués. Pile faible : moins de 20 %.",
            "short",
            24,
        ),
        house.over_time(
            "Colonnes sans mesure",
            sql["silent_by_day"],
            "Colonnes en service dont rien n'est venu ce jour-là, et"
            " sondes dont des mesures sont douteuses ; moyenne par jour.",
            "short",
            12,
            decimals=0,
        ),
        house.over_time(
            "Signal reçu",
            sql["radio"],
            "Moyenne du RSSI des sondes entendues, compté chaque heure pour les trois derniers jours.",
            "dBm",
            12,
            low=None,
            decimals=0,
        ),
        house.bars("Piles", sql["batteries"], "Charge annoncée par les sondes, maintenant.", "short", 12),
        house.rows("Réseaux", sql["networks"], "D'où viennent les messages.", {}, 12).height(9),
        house.rows(
            "Sondes à voir",
            sql["to_visit"],
            "Muettes d'abord.",
            {"Dernière mesure": "dateTimeAsLocal", "Pile": "percent", "Signal": "dBm"},
            24,
            ("Sonde", "Voir la sonde", "${glaneur}/sondes/${__value.raw}"),
        ),
    ]
    return house.board(
        "glaneur-sondes",
        "Parc de sondes",
        "Lesquelles parlent, et combien de temps encore.",
        panels,
        ("territoire", "commune", "flux"),
        ("Entretien des sondes", "/sondes-a-entretenir"),
        "now-30d",
    )
