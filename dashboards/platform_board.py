"""Plateforme: messages in, jobs done, a database that holds."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house
from dashboards.colours import AMBER, GREEN, RED

LATE: house.Steps = ((None, GREEN), (3600, AMBER), (14_400, RED))


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("platform")
    panels = [
        house.figures(
            "Dernière mesure", sql["now"], "Âge de la mesure la plus récente du parc.", "s", 6, LATE
        ),
        house.figures(
            "En attente",
            sql["waiting_now"],
            "Relevé toutes les cinq minutes.",
            "short",
            18,
        ),
        house.over_time(
            "Mesures écrites",
            sql["rate"],
            "Lignes écrites par seconde, comptées par PostgreSQL.",
            "wps",
            12,
            step="5m",
        ),
        house.over_time("Retards", sql["lag"], "Le plus grand de chaque intervalle.", "s", 12, step="5m"),
        house.over_time(
            "File des travaux",
            sql["queue"],
            "Ce que le service de fond doit encore faire.",
            "short",
            12,
            step="5m",
            decimals=0,
        ),
        house.over_time("Base de données", sql["size"], "Taille sur le disque.", "decbytes", 12, step="5m"),
        house.rows(
            "Quarantaine",
            sql["quarantine"],
            "Messages que personne n'a encore réglés.",
            {"Depuis": "dateTimeAsLocal", "Dernier": "dateTimeAsLocal"},
            12,
        ),
        house.rows("Travaux", sql["jobs"], "Ceux d'une semaine.", {}, 12),
        house.gauges("Tables", sql["relations"], "Les plus grandes, index compris.", "decbytes", 24),
    ]
    return house.board(
        "glaneur-plateforme",
        "Plateforme",
        "Ce que fait la machine.",
        panels,
        (),
        ("Quarantaine", "/quarantaine"),
        "now-24h",
    )
