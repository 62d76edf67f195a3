"""A van that is late: one concern a round, one notice to the relatives of who still waits. The worker's."""

from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.concerns import Office, open_concern
from api.french import PARIS
from store.queries import named_queries

LATE = timedelta(minutes=30)
"""Behind the plan by more than this, the people who wait are told: by choice, a setting of the service."""
SQL = named_queries("api.cias", "lateness.sql")


def notice_late_vans(connection: Connection[DictRow], public_url: str, now: datetime) -> int:
    """Open a concern for each van that fell behind and tell who waits; return how many. Commits."""
    wanted = {"now": now, "today": now.astimezone(PARIS).date(), "late": LATE}
    rows = connection.execute(SQL["late_rounds"], wanted).fetchall()
    for row in rows:
        open_concern(connection, Office(public_url=public_url), "late", now, round_id=row["id"])
        connection.execute(SQL["tell_waiting_families"], {"round": row["id"], "now": now})
    connection.commit()
    return len(rows)
