"""The demonstration's sites behind their gates: skips, where they go, their truck, stocks, an agent.

Names and addresses are invented; what passes the gates is the simulator's.
"""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import DictRow

from store.queries import named_queries

_SQL = named_queries("api.demo", "yards.sql")


def equip_yards(connection: Connection[DictRow], now: datetime) -> None:
    """Write what the pages of a site show on a first look."""
    for name in ("places", "partners", "skips", "truck"):
        connection.execute(_SQL[name])
    for name in ("levels", "asked", "hazards", "duty"):
        connection.execute(_SQL[name], {"now": now})
