"""What a planning starts from, read from the database: columns of a stream, trucks, unloading sites."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection
from psycopg.rows import DictRow

from api.dispatch.planning import Site, Truck
from api.dispatch.selection import Column
from api.french import PARIS, day
from store.queries import named_queries

SQL = named_queries("api.dispatch", "planning.sql")


def read_trucks(connection: Connection[DictRow], ids: Sequence[int]) -> list[Truck]:
    """Return the vehicles of these ids, by code."""
    return [Truck(**row) for row in connection.execute(SQL["vehicles_by_id"], {"ids": list(ids)})]


def read_sites(connection: Connection[DictRow], stream: str) -> list[Site]:
    """Return the unloading sites that take this stream."""
    return [Site(**row) for row in connection.execute(SQL["unloading_sites_of_stream"], {"stream": stream})]


def read_columns(connection: Connection[DictRow], stream: str, now: datetime) -> list[Column]:
    """Return the columns of a stream, with what is known of each and the round that takes it already."""
    today = now.astimezone(PARIS).date()
    rows = connection.execute(SQL["containers_to_judge"], {"stream": stream, "today": today})
    return [column_of(row) for row in rows.fetchall()]


def column_of(row: DictRow) -> Column:
    """Read a row of `containers_to_judge`."""
    taken = f"tournée de {row['vehicle']}, {day(row['day'])}" if row["vehicle"] else None
    plain = {name: value for name, value in row.items() if name not in ("vehicle", "day")}
    return Column(**plain, planned=taken)
