"""Déchetteries: passages, refusals, the load of each hour."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("sites")
    panels = [
        house.figures("Passages", sql["passages"], "De la période.", "short", 8),
        house.rows(
            "Bornes",
            sql["terminals"],
            "Quand chacune a parlé pour la dernière fois.",
            {"Vue": "dateTimeAsLocal", "Écart d'horloge": "s"},
            16,
        ).height(5),
        house.over_time(
            "Passages par jour",
            sql["by_day"],
            "Barrières ouvertes.",
            "short",
            12,
            series=True,
            bars=True,
            decimals=0,
        ),
        house.bars(
            "Charge horaire",
            sql["hours"],
            "Passages de chaque heure, en moyenne des jours où il en est venu.",
            "short",
            12,
            decimals=1,
        ),
        house.bars("Jours de la semaine", sql["weekdays"], "Passages de la période.", "short", 8),
        house.bars("Refus", sql["refusals"], "La règle qui a refusé.", "short", 8, lying=True),
        house.rows("Catégories", sql["categories"], "Selon le règlement d'accès.", {}, 8).height(9),
    ]
    return house.board(
        "glaneur-dechetteries",
        "Déchetteries",
        "Passages, refus, charge.",
        panels,
        ("site",),
        ("Glaneur", "/"),
        "now-30d",
    )
