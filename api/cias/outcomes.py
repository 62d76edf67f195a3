"""What became of each delivery, as drivers said it, for `meals` to settle. Knows no name, opens nothing."""

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import DictRow

from meals.model import Outcome
from store.queries import named_queries

SQL = named_queries("api.cias", "outcomes.sql")


def said_at_doors(connection: Connection[DictRow], ids: Sequence[int]) -> list[Outcome]:
    """The last word about each door of these people; a door whose last word was taken back says nothing."""
    return [
        Outcome(
            id=str(row["event_id"]),
            at=row["happened_at"],
            person=str(row["beneficiary_id"]),
            delivery=row["day"],
            handed=row["kind"],
            celsius=row["celsius"],
        )
        for row in connection.execute(SQL["said_at_doors"], {"ids": list(ids)}).fetchall()
    ]
