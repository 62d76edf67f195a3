"""Vue d'ensemble: the board a service chief would project at the council."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("overview")
    panels = [
        house.figures(
            "Colonnes",
            sql["columns_now"],
            "À vider : au-dessus du seuil de vidage. Urgentes : au-dessus du seuil"
            " d'urgence. Maintenant, quelle que soit la période.",
            "short",
            8,
            house.PLAIN,
        ),
        house.figures(
            "Remplissage", sql["level_now"], "Moyenne des colonnes, maintenant.", "percent", 4, house.LEVEL
        ),
        house.figures(
            "Débordements",
            sql["overflows"],
            "Subi : une colonne atteint 100 % un jour, et pas la veille. Évité :"
            " vidée au-dessus de son seuil d'urgence et avant d'être pleine.",
            "short",
            4,
        ),
        house.figures(
            "Kilomètres",
            sql["kilometres"],
            "Kilomètres des tournées publiées, et des mêmes dates un an avant."
            " Toutes communes : une tournée en traverse plusieurs.",
            "lengthkm",
            4,
        ),
        house.figures(
            "Tonnes",
            sql["tonnes"],
            "Poids déchargés, tels que pesés ; et aux mêmes dates un an avant. Toutes communes.",
            "masst",
            4,
            decimals=1,
        ),
        house.over_time(
            "Remplissage moyen par flux",
            sql["level_by_day"],
            "Moyenne des niveaux de chaque jour.",
            "percent",
            12,
            series=True,
            decimals=0,
        ),
        house.over_time(
            "Débordements subis et évités",
            sql["overflows_by_day"],
            "Voir le tableau « Débordements ».",
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.bars(
            "Communes où passer",
            sql["communes"],
            "Les douze communes qui ont le plus de colonnes à vider.",
            "short",
            12,
            stacked=True,
            lying=True,
        ),
        house.rows("Alertes ouvertes", sql["alerts"], "Par nature, maintenant.", {}, 12),
    ]
    return house.board(
        "glaneur-ensemble",
        "Vue d'ensemble",
        "Le service d'un coup d'œil.",
        panels,
        ("territoire", "commune", "flux"),
        ("Tableau de bord", "/"),
        "now-30d",
    )
