"""A month's bills of everybody: worked out as a draft, looked at, issued by another person for good.

Each meal of the month goes on one bill or stands with its reason (a primary key holds it). Months issued
before are worked out again: what has changed since stands on the new bill as a line with its reason.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.cias.asking import settled
from api.cias.files import note_reading
from api.cias.outcomes import said_at_doors
from api.finance.runs import numbers
from api.french import PARIS
from meals.corrections import Correction, correction, why
from meals.french import MONTHS, REASONS
from meals.model import Meal, Person
from meals.prices import LABELS, Bill, Grid, Kind, NoGrid, bill
from meals.rules import read_grid
from store.queries import named_queries

SQL = named_queries("api.cias", "bills.sql")
LOOKED_BACK = 3
"""Months before that a run works out again: what a phone said late, an income that came late, a death."""

UNSUITED = "aucun menu ne convenait"


class NotNow(Exception):
    """What was asked of a run cannot be done; the message is a French sentence."""


def month_text(month: date) -> str:
    """`novembre 2026`."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def of_month(month: date) -> str:
    """`de novembre 2026`, `d'octobre 2026`."""
    text = month_text(month)
    return f"d'{text}" if text[0] in "ao" else f"de {text}"


def open_run(
    connection: Connection[DictRow], key: bytes, month: date, account: Account, now: datetime
) -> int:
    """Open the month's run and work its bills out. Errors: `NotNow`."""
    if _after(month) > now.astimezone(PARIS).date():
        raise NotNow(f"{month_text(month).capitalize()} n'est pas fini : ses repas peuvent encore changer.")
    row = connection.execute(SQL["open_run"], {"month": month, "now": now, "by": account.id}).fetchone()
    if row is None:
        raise NotNow(f"Les factures {of_month(month)} sont déjà ouvertes.")
    _work_out(connection, key, row["id"], month, account, now)
    return int(row["id"])


def work_out_again(
    connection: Connection[DictRow], key: bytes, run: int, account: Account, now: datetime
) -> None:
    """Make a draft's bills anew from what is known now. Errors: `NotNow`."""
    found = _locked(connection, run, "draft", "looked")
    connection.execute(SQL["drop_draft"], {"run": run})
    connection.execute(SQL["mark_draft"], {"run": run})
    _work_out(connection, key, run, found["month"], account, now)


def look(connection: Connection[DictRow], run: int, account: Account, now: datetime) -> None:
    """Say that somebody looked at the draft and found it right. Errors: `NotNow`."""
    _locked(connection, run, "draft")
    connection.execute(SQL["mark_looked"], {"run": run, "by": account.id, "now": now})


def issue(connection: Connection[DictRow], run: int, account: Account, now: datetime) -> int:
    """Number the bills and issue them all; how many. Errors: `NotNow`, also when it is the same person."""
    found = _locked(connection, run, "looked")
    if found["looked_by"] == account.id:
        raise NotNow("Une autre personne que celle qui a relu ces factures doit les émettre.")
    count = len(connection.execute(SQL["run_bills"], {"run": run, "bill": None}).fetchall())
    exercise = now.astimezone(PARIS).year
    if count:
        first = numbers(connection, f"portage-{exercise}", count)
        connection.execute(SQL["number_bills"], {"run": run, "exercise": exercise, "first": first})
    connection.execute(SQL["keep_debtors"], {"run": run})
    connection.execute(SQL["tell_families"], {"run": run, "now": now})
    connection.execute(SQL["mark_issued"], {"run": run, "by": account.id, "now": now})
    return count


def abandon(connection: Connection[DictRow], run: int) -> None:
    """Give a run up before it is issued; its meals are free again. Errors: `NotNow`."""
    _locked(connection, run, "draft", "looked")
    connection.execute(SQL["drop_draft"], {"run": run})
    connection.execute(SQL["mark_abandoned"], {"run": run})


def grids(connection: Connection[DictRow]) -> tuple[Grid, ...]:
    """The prices that were voted, oldest first."""
    found = [read_grid(row["document"]) for row in connection.execute(SQL["grids"]).fetchall()]
    return tuple(one for one in found if isinstance(one, Grid))


def discreet(reason: str) -> str:
    """A reason as a bill may say it, whoever opens the letter: a stay in hospital is an absence."""
    return reason.replace(REASONS["hospital"], REASONS["absence"])


@dataclass(slots=True)
class _Billed:
    """What issued bills say of one person's month so far."""

    sums: dict[tuple[Kind, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    meals: set[str] = field(default_factory=set)


def _work_out(
    connection: Connection[DictRow], key: bytes, run: int, month: date, account: Account, now: datetime
) -> None:
    first = _back(month, LOOKED_BACK)
    last = _after(month) - timedelta(days=1)
    rows = connection.execute(SQL["people_billed"], {"first": first, "last": last}).fetchall()
    if not rows:
        return
    note_reading(connection, account, [row["id"] for row in rows], "bill", now)
    service, found = settled(connection, key, rows, first, last)
    prices = grids(connection)
    earlier = [
        row["month"] for row in connection.execute(SQL["issued_months"], {"first": first, "month": month})
    ]
    billed = _billed(connection, first, month)
    said = said_at_doors(connection, [row["id"] for row in rows])
    carried = {(one.person, one.delivery) for one in said if one.handed != "blocked"}
    counted = {meal for one in billed.values() for meal in one.meals}
    mine: dict[str, list[Meal]] = defaultdict(list)
    for meal in found.meals:
        mine[meal.person].append(_as_served(meal, carried, counted))
    lost: list[str] = []
    for person in service.people:
        made = bill(person, mine[person.id], prices, month.year, month.month)
        if isinstance(made, NoGrid):
            lost += made.meals
            continue
        corrected = [
            (one, wrong)
            for one in earlier
            if (wrong := _corrected(person, mine[person.id], prices, one, billed.get((int(person.id), one))))
        ]
        _keep(connection, run, int(person.id), made, corrected, {one.id: one for one in mine[person.id]})
    if lost:
        raise NotNow(f"Aucun tarif n'est en vigueur pour {len(lost)} repas (glaneur meals grid).")


def _as_served(meal: Meal, carried: Set[tuple[str, date]], counted: Set[str]) -> Meal:
    """A diet is not dated: what was carried or billed stays due, though an allergy found since says that no
    menu suited; and no bill says which."""
    if meal.status != "undeliverable" or meal.delivery is None:
        return meal
    if meal.id in counted or (meal.person, meal.delivery) in carried:
        return replace(meal, due=True, reason="")
    return replace(meal, reason=UNSUITED)


def _corrected(
    person: Person, meals: Sequence[Meal], prices: Sequence[Grid], month: date, billed: _Billed | None
) -> Correction | None:
    now = bill(person, meals, prices, month.year, month.month)
    known = billed or _Billed()
    return None if isinstance(now, NoGrid) else correction(known.sums, known.meals, now)


def _billed(connection: Connection[DictRow], first: date, month: date) -> dict[tuple[int, date], _Billed]:
    found: dict[tuple[int, date], _Billed] = defaultdict(_Billed)
    wanted = {"first": first, "last": month - timedelta(days=1)}
    for row in connection.execute(SQL["earlier_lines"], wanted):
        known = found[row["beneficiary_id"], row["about"]]
        known.sums[row["kind"], row["payer"]] += row["amount"]
        if row["kind"] == "meal":
            # A correction names the meals that changed sides.
            known.meals = known.meals ^ set(row["meals"])
    return dict(found)


def _keep(
    connection: Connection[DictRow],
    run: int,
    person: int,
    made: Bill,
    corrected: Sequence[tuple[date, Correction]],
    meals: Mapping[str, Meal],
) -> None:
    number = None
    if made.lines or corrected:
        total = made.total + sum((one.total for _, one in corrected), Decimal(0))
        delivery = made.delivery + sum((one.delivery for _, one in corrected), Decimal(0))
        row = connection.execute(
            SQL["add_bill"], {"run": run, "person": person, "total": total, "delivery": delivery}
        ).fetchone()
        assert row is not None  # noqa: S101 - RETURNING always returns
        number = int(row["id"])
        lines = _lines(made)
        lines += [line for month, one in corrected for line in _correcting(month, one, meals)]
        with connection.cursor() as cursor:
            cursor.executemany(
                SQL["add_line"], [{"bill": number, "position": n} | line for n, line in enumerate(lines, 1)]
            )
    billed = {meal for line in made.lines for meal in line.meals if line.kind == "meal"}
    kept = [{"meal": one, "bill": number, "reason": discreet(meals[one].reason)} for one in sorted(billed)]
    kept += [
        {"meal": one.meal, "bill": None, "reason": discreet(one.reason) or "non dû"} for one in made.unbilled
    ]
    with connection.cursor() as cursor:
        cursor.executemany(SQL["add_meal"], [{"run": run, "person": person} | one for one in kept])


def _lines(made: Bill) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind,
            "label": one.label,
            "payer": one.payer,
            "bracket": one.bracket,
            "quantity": one.quantity,
            "unit": one.unit,
            "amount": one.amount,
            "meals": list(one.meals),
            "corrects": None,
            "reason": "",
        }
        for one in made.lines
    ]


def _correcting(month: date, found: Correction, meals: Mapping[str, Meal]) -> list[dict[str, Any]]:
    """The lines of one month's correction. When only meals changed sides, a line of nothing still says so."""
    reason = discreet(why(found, meals))
    changed = sorted({*found.added, *found.dropped})
    amounts = {(one.kind, one.payer): one.amount for one in found.lines}
    if changed:
        amounts.setdefault(("meal", ""), Decimal(0))
    return [
        {
            "kind": kind,
            "label": f"Correction {of_month(month)} : {LABELS[kind]}{f' ({payer})' if payer else ''}",
            "payer": payer,
            "bracket": "",
            "quantity": len(found.added) - len(found.dropped) if kind == "meal" else 0,
            "unit": None,
            "amount": amount,
            "meals": changed if kind == "meal" else [],
            "corrects": month,
            "reason": reason,
        }
        for (kind, payer), amount in amounts.items()
    ]


def _locked(connection: Connection[DictRow], run: int, *wanted: str) -> DictRow:
    found = connection.execute(SQL["lock_run"], {"run": run}).fetchone()
    if found is None:
        raise NotNow(f"Il n'y a pas de calcul {run}.")
    if found["status"] not in wanted:
        raise NotNow(f"Les factures {of_month(found['month'])} sont {STATUS[found['status']]}.")
    return found


STATUS = {"draft": "à relire", "looked": "relues", "issued": "émises", "abandoned": "abandonnées"}


def _after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _back(month: date, months: int) -> date:
    for _ in range(months):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
