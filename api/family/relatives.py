"""Who follows a person's meals, as the office's file shows it. Changes nothing."""

from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.family.access import SQL
from api.family.words import CHANNELS, RIGHTS


def relatives_of(connection: Connection[DictRow], person: int) -> dict[str, Any]:
    """What the section « Proches » of a file needs: accesses, live ones first, and the words of rights."""
    rows = connection.execute(SQL["relatives_of"], {"person": person}).fetchall()
    return {"people": rows, "rights": RIGHTS, "channels": CHANNELS}
