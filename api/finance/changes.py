"""Changes of a household from a day on: its state, its bins and badges, its leaving. Dated.

Errors are `Refusal`s with a French sentence. Within the caller's transaction.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance.household import SQL
from api.finance.imports import WHY, Refusal, keep_badge, keep_bin
from api.finance.plausible import SQL as REVIEW

ONE = timedelta(days=1)


def set_state(
    connection: Connection[DictRow], account: DictRow, since: date, facts: Mapping[str, object]
) -> None:
    """From a day on, these facts replace those of the same names; an empty one is no longer said."""
    _present(account, since)
    values = {"account": account["id"], "since": since}
    before = connection.execute(SQL["state_before"], values).fetchone()
    merged = {**(before["facts"] if before else {}), **facts}
    kept = {name: value for name, value in merged.items() if value not in ("", [], None)}
    connection.execute(SQL["state_set"], {**values, "facts": Jsonb(kept)})


def close(connection: Connection[DictRow], account: DictRow, last: date) -> list[str]:
    """The household leaves at the end of a day; the bins and badges it gives back."""
    _present(account, last)
    values = {"account": account["id"], "end": last + ONE, "code": ""}
    connection.execute(SQL["account_closed"], values)
    returned = [
        *connection.execute(SQL["bins_returned"], values),
        *connection.execute(SQL["badges_returned"], values),
    ]
    return [row["code"] for row in returned]


def give(
    connection: Connection[DictRow], account: DictRow, code: str, first: date, volume: int | None, stream: str
) -> None:
    """A bin (with its volume) or a badge (without) is the household's from a day on."""
    _present(account, first)
    row: dict[str, object] = {"account": account["reference"], "first": first, "end": account["last"] and
                              account["last"] + ONE}  # fmt: skip
    try:
        with connection.transaction():
            if volume is None:
                new = keep_badge(connection, {**row, "badge": code})
            else:
                new = keep_bin(
                    connection, {**row, "bin": code, "volume": volume, "stream": stream, "weights": None}
                )
    except psycopg.errors.IntegrityError as why:
        name = why.diag.constraint_name or ""
        raise Refusal(WHY.get(name, f"La base refuse ce changement ({name}).")) from why
    if not new:
        raise Refusal(f"{code} est déjà à ce foyer depuis ce jour-là.")


def take_back(connection: Connection[DictRow], account: DictRow, code: str, last: date) -> None:
    """A bin or a badge is no longer the household's after a day."""
    values = {"account": account["id"], "end": last + ONE, "code": code}
    if not (connection.execute(SQL["bins_returned"], values).rowcount or
            connection.execute(SQL["badges_returned"], values).rowcount):  # fmt: skip
        raise Refusal(f"Ce foyer n'a ni bac ni badge « {code} » après le {last:%d/%m/%Y}.")


def issued_run(connection: Connection[DictRow], day: date) -> int | None:
    """A run that was issued for a period with this day: what changes then takes a rectification."""
    row = connection.execute(REVIEW["issued_on"], {"day": day}).fetchone()
    return row["id"] if row else None


def _present(account: DictRow, day: date) -> None:
    if day < account["first"] or (account["last"] is not None and day > account["last"]):
        raise Refusal(f"Ce foyer n'était pas là le {day:%d/%m/%Y}.")
