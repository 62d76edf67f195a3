"""Portage de repas: what is carried, whether it comes on time and cold; no person can be recognised."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house

FEW = " Une commune de moins de cinq personnes n'est pas montrée."
PLANNED = " L'arrivée prévue à la publication de la tournée."
EVERYWHERE = " Toutes communes."


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("meals")
    panels = [
        house.figures(
            "Repas",
            sql["meals"],
            "À porter : sur les tournées publiées. Non remis : absents, refusés, bloqués. Annulés avant :"
            " demandes et absences acceptées, au jour du repas." + FEW,
            "short",
            10,
        ),
        house.figures("Ponctualité", sql["punctuality"], "Part des portes." + PLANNED + FEW, "percent", 6),
        house.figures(
            "Habitudes gardées",
            sql["kept"],
            "Part des personnes qui gardent leur conducteur habituel et leur demi-heure.",
            "percent",
            4,
        ),
        house.figures(
            "Dépassements de température",
            sql["cold"],
            "Relevés au-dessus de la limite." + EVERYWHERE,
            "short",
            4,
        ),
        house.over_time(
            "Repas par jour de tournée",
            sql["by_day"],
            "Dernier mot du conducteur à chaque porte, en repas." + FEW,
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.over_time(
            "Repas à porter et annulés",
            sql["asked_by_day"],
            "À porter : jour de la tournée. Annulés avant : jour du repas.",
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.over_time(
            "Ponctualité par jour",
            sql["punctuality_by_day"],
            "Part des portes." + PLANNED,
            "percent",
            12,
            decimals=0,
        ),
        house.bars(
            "Écart à l'heure prévue",
            sql["lateness"],
            "Portes. À l'heure : à un quart d'heure près." + PLANNED,
            "short",
            12,
        ),
        house.over_time(
            "Températures",
            sql["temperatures"],
            "Relevés des conducteurs, au départ et à la porte." + EVERYWHERE,
            "celsius",
            12,
            low=None,
            decimals=1,
        ),
        house.over_time(
            "Relevés au-dessus de la limite",
            sql["excursions"],
            "Par jour." + EVERYWHERE,
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.over_time(
            "Par tournée",
            sql["rounds"],
            "Moyennes des tournées publiées ; kilomètres prévus." + EVERYWHERE,
            "short",
            12,
            decimals=1,
        ),
        house.over_time(
            "Conducteur et heure",
            sql["habits"],
            "Ce qui change pour qui a une habitude. Autre heure : à plus d'un quart d'heure de la sienne.",
            "short",
            12,
            bars=True,
            decimals=0,
        ),
        house.rows(
            "Communes", sql["communes"], "Sommes de la période." + FEW, {"À l'heure": "percent"}, 14
        ).height(9),
        house.bars(
            "À traiter",
            sql["concerns"],
            "Signalements ouverts maintenant, selon leur âge." + EVERYWHERE,
            "short",
            10,
            stacked=True,
        ),
    ]
    return house.board(
        "glaneur-repas",
        "Portage de repas",
        "Repas portés, ponctualité, températures ; des comptes, jamais une personne.",
        panels,
        ("territoire", "commune"),
        ("Portage", "/portage"),
        "now-30d",
    )
