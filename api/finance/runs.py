"""A run of bills: draft, controlled, approved by a second person, issued for good. Resumable.

The bills are written page by page, each page in its own transaction, so a run that was cut goes on where it
stopped. A run refuses grids that changed since it was opened. Nothing is ever issued by half.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance.imports import Refusal
from api.finance.registry import SQL, accounts, stored_grids
from api.french import PARIS
from store.queries import named_queries
from tariff.billing import bill
from tariff.calendar import Period
from tariff.documents import write_bill
from tariff.grids import Grids
from tariff.model import Refused

BILLS = named_queries("api.finance", "bills.sql")
ANOMALIES = 100


@dataclass(frozen=True, slots=True)
class Control:
    """What a person looks at before approving: totals, the bills that stand out and why, the five least and
    most, and the last issued run that ended before this one began, for the accounts that are in both.
    """

    totals: DictRow
    anomalies: list[DictRow]
    extremes: list[DictRow] = field(default_factory=list)
    compared: DictRow | None = None


def open_run(connection: Connection[DictRow], label: str, period: Period, by: str) -> int:
    """Open a draft on the grids as they are now. Errors: `Refusal` when they are not right."""
    _, digest = _grids(connection)
    values = {"label": label, "first": period.first, "end": period.end, "digest": digest, "by": by}
    row = connection.execute(SQL["run_opened"], values).fetchone()
    connection.commit()
    assert row  # noqa: S101 - the statement returns
    return int(row["id"])


def compute(
    connection: Connection[DictRow], run: int, progress: Callable[[int, int], None] = lambda done, of: None
) -> DictRow:
    """Make the draft's missing bills, one process at a time, and give the totals. Errors: `Refusal`."""
    if not _one(connection, "run_taken", {"run": run})["taken"]:
        raise Refusal(f"Le calcul {run} est déjà en cours.")
    found = run_row(connection, run)
    if found["status"] != "draft":
        raise Refusal(f"Le calcul {run} n'est plus un brouillon.")
    grids, digest = _grids(connection)
    if digest != found["grids_digest"]:
        raise Refusal(
            "Les grilles ont changé depuis l'ouverture de ce calcul : abandonnez-le, ouvrez-en un autre."
        )
    period = Period(found["first"], found["end"])
    reached = connection.execute(SQL["run_reached"], {"run": run}).fetchone()
    after = int(reached["account_id"]) if reached else 0
    left = _one(connection, "accounts_left", {"after": after, "first": period.first, "end": period.end})[
        "left"
    ]
    before = _one(connection, "run_totals", {"run": run})["accounts"]
    done = 0
    for page in accounts(connection, [grids], period, after):
        with connection.cursor() as cursor:
            cursor.executemany(SQL["bill_kept"], [_row(run, number, bill(usage, situation, grids, period))
                                                  for number, situation, usage in page])  # fmt: skip
        done += len(page)
        event = {"topic": "run", "run": run, "done": before + done, "of": before + left}
        connection.execute(BILLS["progress_told"], {"event": json.dumps(event)})
        connection.commit()
        progress(done, left)
    return _one(connection, "run_totals", {"run": run})


def _row(run: int, account: int, found: Any) -> dict[str, object]:
    if isinstance(found, Refused):
        said = " ".join(one.sentence for one in found.problems)
        return {"run": run, "account": account, "total": None, "document": None, "refused": said}
    return {
        "run": run,
        "account": account,
        "total": found.total,
        "document": Jsonb(write_bill(found)),
        "refused": None,
    }


def progress(connection: Connection[DictRow], run: int) -> DictRow:
    """Bills made, accounts in all, state. Errors: `Refusal` when there is no such run."""
    row = connection.execute(BILLS["run_progress"], {"run": run}).fetchone()
    if row is None:
        raise Refusal(f"Il n'y a pas de calcul {run}.")
    return row


def control(connection: Connection[DictRow], run: int, by: str) -> Control:
    """Close the draft and show what to check. Errors: `Refusal` when accounts are still without a bill."""
    found = _locked(connection, run, "draft", "contrôlé")
    reached = _one(connection, "run_reached", {"run": run})["account_id"]
    left = _one(
        connection, "accounts_left", {"after": reached, "first": found["first"], "end": found["end"]}
    )["left"]
    if left:
        raise Refusal(f"{left} comptes n'ont pas encore de facture : reprenez le calcul.")
    connection.execute(SQL["run_controlled"], {"run": run, "by": by})
    shown = look(connection, run)
    connection.commit()
    return shown


def look(connection: Connection[DictRow], run: int) -> Control:
    """Totals and anomalies of a run, whatever its state."""
    anomalies = connection.execute(BILLS["run_anomalies"], {"run": run, "limit": ANOMALIES}).fetchall()
    return Control(
        totals=_one(connection, "run_totals", {"run": run}),
        anomalies=anomalies,
        extremes=connection.execute(BILLS["run_extremes"], {"run": run}).fetchall(),
        compared=connection.execute(BILLS["run_compared"], {"run": run}).fetchone(),
    )


def approve(connection: Connection[DictRow], run: int, by: str) -> None:
    """Approve a controlled run. Errors: `Refusal`, also when it is the same person."""
    _locked(connection, run, "controlled", "approuvé")
    try:
        connection.execute(SQL["run_approved"], {"run": run, "by": by})
    except psycopg.errors.CheckViolation as why:
        connection.rollback()
        raise Refusal(
            "Une autre personne que celles qui ont ouvert et contrôlé ce calcul doit l'approuver."
        ) from why
    connection.commit()


def issue(connection: Connection[DictRow], run: int, now: datetime) -> int:
    """Number the bills and issue them all, in one transaction; how many. Errors: `Refusal`."""
    _locked(connection, run, "approved", "émis")
    totals = _one(connection, "run_totals", {"run": run})
    if totals["refused"]:
        connection.rollback()
        raise Refusal(f"{totals['refused']} comptes n'ont pas de facture : un calcul ne s'émet pas à moitié.")
    exercise = now.astimezone(PARIS).year
    first = numbers(connection, f"factures-{exercise}", totals["bills"])
    connection.execute(BILLS["bills_numbered"], {"run": run, "exercise": exercise, "first": first})
    taxes = [grid.resolution for grid in stored_grids(connection)[0] if grid.regime == "TEOMi"]
    connection.execute(BILLS["bills_made_payable"], {"run": run, "exercise": exercise, "taxes": taxes})
    connection.execute(SQL["run_issued"], {"run": run, "now": now})
    connection.commit()
    return int(totals["bills"])


def numbers(connection: Connection[DictRow], series: str, count: int) -> int:
    """Take `count` consecutive numbers of a series, the caller's once it commits; gives the first.

    Whoever else wants some waits: no gap, no number twice.
    """
    row = connection.execute(BILLS["numbers_taken"], {"series": series, "count": count}).fetchone()
    assert row  # noqa: S101 - the statement returns
    return int(row["last"]) - count + 1


def abandon(connection: Connection[DictRow], run: int) -> None:
    """Give a run up before it is issued. Errors: `Refusal`."""
    if connection.execute(SQL["run_abandoned"], {"run": run}).fetchone() is None:
        connection.rollback()
        raise Refusal(f"Le calcul {run} est déjà émis ou abandonné.")
    connection.commit()


def run_row(connection: Connection[DictRow], run: int) -> DictRow:
    """The run. Errors: `Refusal` when there is none."""
    row = connection.execute(SQL["run"], {"run": run}).fetchone()
    if row is None:
        raise Refusal(f"Il n'y a pas de calcul {run}.")
    return row


def _locked(connection: Connection[DictRow], run: int, status: str, then: str) -> DictRow:
    found = run_row(connection, run)
    locked = _one(connection, "run_locked", {"run": run})["status"]
    if locked != status:
        connection.rollback()
        raise Refusal(f"Le calcul {run} ne peut pas être {then} : il est {WORDS[locked]}.")
    return found


WORDS = {"draft": "en brouillon", "controlled": "contrôlé", "approved": "approuvé", "issued": "émis",
         "abandoned": "abandonné"}  # fmt: skip


def _one(connection: Connection[DictRow], query: str, values: dict[str, object]) -> DictRow:
    row = connection.execute(SQL[query], values).fetchone()
    assert row  # noqa: S101 - aggregates and locks of a known run always return
    return row


def _grids(connection: Connection[DictRow]) -> tuple[Grids, str]:
    grids, problems, texts = stored_grids(connection)
    if problems:
        raise Refusal(" ".join(map(str, problems)))
    digest = hashlib.sha256()
    for file, body in sorted(texts.items()):
        digest.update(f"{file}\0{body}\0".encode())
    return grids, digest.hexdigest()
