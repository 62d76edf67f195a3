"""Credit notes and rectifications: an issued bill is never touched, a new piece refers to it.

The bill is made again from today's usage and situation under the grids voted for its period; what differs
from the last piece of that bill becomes lines. Drafted by one person, approved by another, then numbered
without a gap in its own series. What the accountant does with it depends on the original's exercise.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance.imports import Refusal
from api.finance.registry import accounts, stored_grids
from api.finance.runs import numbers
from api.french import PARIS
from store.queries import named_queries
from tariff.billing import bill
from tariff.calendar import Period
from tariff.difference import amount, cancelled, difference
from tariff.documents import write_bill
from tariff.model import Refused

SQL = named_queries("api.finance", "credit.sql")
STATES = {"draft": "proposée", "approved": "approuvée", "issued": "émise", "abandoned": "abandonnée"}


def rectify(
    connection: Connection[DictRow], run: int, account: str, *, reason: str, by: str,
    cancel: bool = False, claim: int | None = None,
) -> int:  # fmt: skip
    """Propose a piece that corrects an account's issued bill; its number in the table.

    `cancel`: the bill should not have been at all. `claim`: the complaint it answers. Errors: `Refusal` when
    nothing is issued, nothing would change, or another proposal is open.
    """
    original = connection.execute(SQL["bill_issued"], {"run": run, "account": account}).fetchone()
    if original is None:
        raise Refusal(f"Le compte {account} n'a pas de facture émise dans le calcul {run}.")
    if not reason.strip():
        raise Refusal("Dites pourquoi cette facture est rectifiée.")
    values = {"run": run, "account": original["account_id"]}
    last = connection.execute(SQL["last_piece"], values).fetchone()
    before = last["document"] if last else original["document"]
    period = Period(original["first"], original["end"])
    after = cancelled(before) if cancel else _again(connection, original["account_id"], account, period)
    lines = difference(before, after)
    if not lines:
        raise Refusal("Cette facture est déjà ce qu'elle doit être : rien ne change.")
    try:
        with connection.transaction():
            row = connection.execute(
                SQL["rectification_proposed"],
                {
                    **values,
                    "cancels": cancel,
                    "reason": reason.strip(),
                    "claim": claim,
                    "document": Jsonb(after),
                    "difference": Jsonb(lines),
                    "amount": amount(lines),
                    "by": by,
                },
            ).fetchone()
    except psycopg.errors.UniqueViolation as why:
        raise Refusal(
            "Une rectification de cette facture attend déjà : émettez-la ou abandonnez-la."
        ) from why
    connection.commit()
    assert row  # noqa: S101 - the statement returns
    return int(row["id"])


def _again(connection: Connection[DictRow], number: int, reference: str, period: Period) -> dict[str, object]:
    """The bill as it is today. Errors: `Refusal` with why there is none."""
    grids, problems, _ = stored_grids(connection)
    if problems:
        raise Refusal(" ".join(map(str, problems)))
    for page in accounts(connection, [grids], period, after=number - 1, size=1):
        for found, situation, usage in page:
            if found != number:
                break
            made = bill(usage, situation, grids, period)
            if isinstance(made, Refused):
                raise Refusal(" ".join(one.sentence for one in made.problems))
            return write_bill(made)
        break
    raise Refusal(f"Le compte {reference} n'est plus là dans cette période : annulez sa facture.")


def to_rectify(connection: Connection[DictRow], run: int) -> Iterator[tuple[str, Decimal | None, str]]:
    """Accounts whose issued bill is no longer what it would be today: what would be added, and why.

    Late events, later corrections and changed situations all show here. Takes as long as the run did; changes
    nothing. Accounts billed that are no longer there at all are told too.
    """
    first = connection.execute(SQL["run_period"], {"run": run}).fetchone()
    if first is None:
        raise Refusal(f"Le calcul {run} n'est pas émis.")
    grids, problems, _ = stored_grids(connection)
    if problems:
        raise Refusal(" ".join(map(str, problems)))
    period, after = Period(first["first"], first["end"]), 0
    for page in accounts(connection, [grids], period):
        through = page[-1][0]
        asked = {"run": run, "after": after, "through": through}
        kept = {row["account_id"]: row for row in connection.execute(SQL["bills_as_they_are"], asked)}
        for number, situation, usage in page:
            row = kept.pop(number, None)
            made = bill(usage, situation, grids, period)
            if isinstance(made, Refused):
                yield situation.id, None, " ".join(one.sentence for one in made.problems)
            elif row is None:
                yield situation.id, made.total, "compte arrivé après l'émission, sans facture"
            elif lines := difference(row["document"], write_bill(made)):
                yield situation.id, amount(lines), "la facture changerait"
        for row in kept.values():
            yield row["reference"], None, "n'est plus là dans cette période : facture à annuler"
        after = through
    for row in connection.execute(
        SQL["bills_as_they_are"], {"run": run, "after": after, "through": 2**31 - 1}
    ):
        yield row["reference"], None, "n'est plus là dans cette période : facture à annuler"


def approve(connection: Connection[DictRow], rectification: int, by: str) -> None:
    """Approve a proposal. Errors: `Refusal`, also when it is the same person."""
    _in(connection, rectification, "draft", "approuvée")
    try:
        connection.execute(SQL["rectification_approved"], {"id": rectification, "by": by})
    except psycopg.errors.CheckViolation as why:
        connection.rollback()
        raise Refusal("Une autre personne que celle qui l'a proposée doit l'approuver.") from why
    connection.commit()


def issue(connection: Connection[DictRow], rectification: int, now: datetime) -> str:
    """Number a piece and issue it for good; its number. Errors: `Refusal`."""
    found = _in(connection, rectification, "approved", "émise")
    exercise = now.astimezone(PARIS).year
    credit = found["amount"] < 0
    rank = numbers(connection, f"{'avoirs' if credit else 'rectificatives'}-{exercise}", 1)
    number = f"{'A' if credit else 'R'}{exercise}-{rank:06}"
    connection.execute(
        SQL["rectification_issued"],
        {"id": rectification, "number": number, "exercise": exercise, "now": now},
    )
    connection.commit()
    return number


def abandon(connection: Connection[DictRow], rectification: int) -> None:
    """Give a proposal up before it is issued. Errors: `Refusal`."""
    if connection.execute(SQL["rectification_abandoned"], {"id": rectification}).fetchone() is None:
        connection.rollback()
        raise Refusal(f"La rectification {rectification} est déjà émise ou abandonnée.")
    connection.commit()


def piece(connection: Connection[DictRow], rectification: int) -> DictRow:
    """A rectification with the bill it corrects. Errors: `Refusal` when there is none."""
    row = connection.execute(SQL["rectification"], {"id": rectification}).fetchone()
    if row is None:
        raise Refusal(f"Il n'y a pas de rectification {rectification}.")
    return row


def pieces(connection: Connection[DictRow], run: int, account: str) -> list[DictRow]:
    """Every rectification of an account's bill, oldest first, whatever its state."""
    return connection.execute(SQL["pieces_of_bill"], {"run": run, "account": account}).fetchall()


def close_exercise(connection: Connection[DictRow], exercise: int, by: str) -> None:
    """Say that the accountant closed a year: later corrections of its bills are of another kind."""
    connection.execute(SQL["exercise_closed"], {"exercise": exercise, "by": by})
    connection.commit()


def treatment(row: Mapping[str, Any]) -> str:
    """What the accountant makes of an issued piece, in French: it depends on the original's exercise."""
    if row["amount"] > 0:
        return "titre de recette complémentaire"
    if not row["amount"]:
        return "aucune écriture : le montant ne change pas"
    if not row["original_open"]:
        return "mandat au compte 673 : l'exercice de la facture est clos"
    return "titre annulatif" if row["cancels"] else "titre de réduction"


def balance(connection: Connection[DictRow], run: int, account: int) -> Decimal:
    """What is still due on a bill: itself and its issued rectifications, less what was paid on line."""
    row = connection.execute(SQL["balance"], {"run": run, "account": account}).fetchone()
    assert row  # noqa: S101 - an aggregate
    return Decimal(row["due"])


def _in(connection: Connection[DictRow], rectification: int, status: str, then: str) -> DictRow:
    row = connection.execute(SQL["rectification_locked"], {"id": rectification}).fetchone()
    if row is None:
        raise Refusal(f"Il n'y a pas de rectification {rectification}.")
    if row["status"] != status:
        connection.rollback()
        raise Refusal(
            f"La rectification {rectification} ne peut pas être {then} : elle est {STATES[row['status']]}."
        )
    return row
