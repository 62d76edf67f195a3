"""Tarification: how the service is used and whether the product comes in; no account can be recognised."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import house

YEAR = " Année de la fin de la période."
FEW = " Moins de onze comptes : rien n'est montré."


def board() -> Dashboard:
    """Return the board."""
    sql = house.queries("tariff")
    panels = [
        house.figures(
            "Produit émis / budget",
            sql["product_share"],
            "Factures émises sur le produit voté." + YEAR,
            "percent",
            6,
        ),
        house.figures(
            "Usage moyen", sql["mean_use"], "Du service choisi." + YEAR + FEW, "short", 6, decimals=1
        ),
        house.bars(
            "Produit et budget",
            sql["product"],
            "Émis, en préparation, et voté (glaneur dashboards budget).",
            "currencyEUR",
            12,
        ),
        house.bars(
            "Répartition de l'usage",
            sql["usage"],
            "Comptes selon leur nombre d'utilisations." + YEAR + FEW,
            "short",
            12,
        ),
        house.rows("Services", sql["by_year"], "Par année." + FEW, {"0 à 3 fois": "percent"}, 12).height(9),
    ]
    return house.board(
        "glaneur-tarification",
        "Tarification",
        "Usage et produit, sans personne.",
        panels,
        ("territoire", "commune", "service"),
        ("Finances", "/finances"),
        "now-1y",
    )
