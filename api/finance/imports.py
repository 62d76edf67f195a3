"""Rows of CSV files into the tables, one savepoint a row: what is refused is told, what is right is kept.

Running the same file twice changes nothing. Needs a connection whose transaction is the caller's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance.csv_rows import RefusedRow, Row
from store.queries import named_queries

SQL = named_queries("api.finance")
WHY = {
    "account_occupant_once": "Cet occupant est déjà dans un autre logement à ces dates.",
    "account_dwelling_once": "Ce logement a déjà un autre compte à ces dates.",
    "bin_held_once": "Ce bac est déjà à un autre compte à ces dates.",
    "badge_held_once": "Ce badge est déjà à un autre compte à ces dates.",
    "dwelling_invariant_key": "Ce numéro invariant est celui d'un autre logement.",
}


@dataclass(slots=True)
class Report:
    """How many rows were taken, were already there, are events in doubt; and each refused row."""

    taken: int = 0
    known: int = 0
    doubted: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


class Refusal(Exception):
    """A row that the tables contradict; the argument is one French sentence."""


Keep = Callable[[Connection[DictRow], Row], bool]


def import_rows(connection: Connection[DictRow], rows: Iterable[Row | RefusedRow], keep: Keep) -> Report:
    """Keep each row with `keep`; a refused one costs no other."""
    report = Report()
    for row in rows:
        if isinstance(row, RefusedRow):
            report.refused.append(row)
            continue
        line = int(str(row["line"]))
        try:
            with connection.transaction():
                new = keep(connection, row)
        except Refusal as why:
            report.refused.append(RefusedRow(line, str(why)))
        except psycopg.errors.IntegrityError as why:
            name = why.diag.constraint_name or ""
            report.refused.append(RefusedRow(line, WHY.get(name, f"La base refuse cette ligne ({name}).")))
        else:
            report.taken += new
            report.known += not new
    return report


def keep_account(connection: Connection[DictRow], row: Row) -> bool:
    """A dwelling, its occupant, the account between them, and what is true of it from a day on."""
    dwelling = connection.execute(SQL["dwelling_kept"], row).fetchone()
    occupant = connection.execute(SQL["occupant_kept"], row).fetchone()
    assert dwelling and occupant  # noqa: S101, PT018 - both statements always return
    ids = {"dwelling_id": dwelling["id"], "occupant_id": occupant["id"]}
    account = connection.execute(SQL["account_kept"], {**row, **ids}).fetchone()
    if account is None:
        raise Refusal(
            "Ce compte existe avec un autre logement ou un autre occupant : fermez-le, ouvrez-en un autre."
        )
    connection.execute(SQL["state_kept"], {**row, "account_id": account["id"], "facts": Jsonb(row["facts"])})
    return True


def keep_bin(connection: Connection[DictRow], row: Row) -> bool:
    """A bin, and who has it."""
    found = connection.execute(SQL["bin_kept"], row).fetchone()
    if found is None:
        raise Refusal("Ce bac existe avec un autre volume ou un autre flux : un bac n'en change pas.")
    weights = None if row["weights"] is None else Jsonb(row["weights"])
    given = connection.execute(
        SQL["bin_given"], {**row, "bin_id": found["id"], "weights": weights}
    ).fetchone()
    if given is None and not connection.execute(SQL["account_known"], row).fetchone():
        raise Refusal(f"Le compte {row['account']} n'existe pas.")
    return given is not None


def keep_badge(connection: Connection[DictRow], row: Row) -> bool:
    """A card, and who has it."""
    connection.execute(SQL["badge_kept"], row)
    given = connection.execute(SQL["badge_given"], row).fetchone()
    if given is None and not connection.execute(SQL["account_known"], row).fetchone():
        raise Refusal(f"Le compte {row['account']} n'existe pas.")
    return given is not None


def keep_event(connection: Connection[DictRow], row: Row) -> bool:
    """A use of the service, appended; False when it was already there."""
    return connection.execute(SQL["event_added"], row).fetchone() is not None
