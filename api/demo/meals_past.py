"""The demonstration's past: meals of last month and of this one so far, told at each door, and bills.

Asks, plans, publishes, tells and bills by the functions that the pages call, at the hours when people would
have; only what drivers met is drawn here, from a seed. It takes longer than an opening may: a process of its
own does it once the pages are there, `python -m api.demo.meals_past WORLD SEED`. Nobody is told today of what
is long over.
"""

import json
import logging
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.auth import Account, record
from api.cias import bill_runs
from api.cias.asking import load_card
from api.cias.concerns import Office, close
from api.cias.day_problem import SQL as ROUNDS
from api.cias.day_problem import CannotPlan, asked_for
from api.cias.round_acts import publish
from api.cias.round_documents import PlannedRound
from api.cias.round_views import rounds_of
from api.cias.solving import run_planning
from api.driver.meal_documents import DepartureEvent, DoorEvent, DoorKind
from api.driver.meal_events import Desk, take_meal_events
from api.french import PARIS
from routing.travel import GreatCircle
from store.clock import Clock, read_clock
from store.connection import connect
from store.queries import named_queries

OFFICE, CASHIER = "portage", "finances"
STEPS = 1
"""Of the planner: doors stand where they are cheapest to insert, which is all that a past needs."""
OUTCOMES: tuple[tuple[DoorKind, int], ...] = (
    ("delivered", 945), ("neighbour", 25), ("absent", 20), ("refused", 10),
)  # fmt: skip
"""In thousandths, an assumption."""
CLOSED = "Famille appelée : rien de grave."
_SQL = named_queries("api.demo", "meals.sql")
_log = logging.getLogger(__name__)


def live_the_past(dsn: str, key: bytes, card: dict[str, Any], seed: int) -> None:
    """Tell last month and bill it, then this month up to yesterday. Commits day by day."""
    dice = random.Random(seed)  # noqa: S311 - the same past again is the point
    with connect(dsn) as connection:
        today = read_clock(connection).now().astimezone(PARIS).date()
        this = today.replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        fault = load_card(connection, json.dumps(past_menus(card)))
        assert not isinstance(fault, tuple), fault  # noqa: S101 - the simulator's own, on other days
        connection.commit()
        for day in _days(last, this):
            _live(connection, dsn, key, day, dice)
        _bill(connection, key, last, min(_at(this + timedelta(days=2), 9), read_clock(connection).now()))
        for day in _days(this, today):
            _live(connection, dsn, key, day, dice)


def past_menus(card: dict[str, Any]) -> dict[str, Any]:
    """The kitchen's card comes round every few weeks: the menus of the weeks before, two times round."""
    menus = card["menus"]
    days = sorted({date.fromisoformat(one["day"]) for one in menus})
    round_ = days[-1] - days[0] + timedelta(days=1)
    past = [
        {**one, "day": (date.fromisoformat(one["day"]) - n * round_).isoformat()}
        for n in (1, 2)
        for one in menus
    ]
    return {"dishes": [], "menus": past}


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)


def _live(connection: Connection[DictRow], dsn: str, key: bytes, day: date, dice: random.Random) -> None:
    """One day: the office plans and publishes, the vans go and come back, the office calls whom it must."""
    office = _account(connection, OFFICE)
    try:
        asked = asked_for(connection, key, office, day, _at(day, 6))
    except CannotPlan:  # no van goes out that day
        connection.rollback()
        return
    wanted = {"day": day, "budget_s": 1, "seed": 1, "account": office.id}
    made = connection.execute(
        ROUNDS["add_planning"], {**wanted, "problem": Jsonb(asked.model_dump(mode="json"))}
    ).fetchone()
    assert made is not None  # noqa: S101 - RETURNING always returns
    connection.commit()
    run_planning(dsn, made["id"], GreatCircle(), steps=STEPS)
    for one in rounds_of(connection, day).rounds:
        publish(connection, key, office, one.id, _at(day, 6))
        _drive(connection, key, one, dice)
    for row in connection.execute(_SQL["open_concerns"], {"before": _at(day, 23)}).fetchall():
        close(connection, row["id"], office.id, CLOSED, _at(day, 16))
    connection.execute(_SQL["told_then"], {"before": _at(day, 23)})
    connection.commit()


def _drive(connection: Connection[DictRow], key: bytes, found: PlannedRound, dice: random.Random) -> None:
    """What the driver's phone said of one round."""
    assert found.driver_id is not None  # noqa: S101 - each half-day of the simulator's has its driver
    late_s = dice.choice((-240, 0, 0, 180, 420, 780))
    events: list[DoorEvent | DepartureEvent] = [
        DepartureEvent(
            event_id=_uuid(dice),
            round_id=found.id,
            celsius=Decimal(dice.randint(12, 28)) / 10,
            happened_at=found.starts_at - timedelta(minutes=6),
        )
    ]
    kinds, shares = zip(*OUTCOMES, strict=True)
    for door in found.doors:
        late_s = max(-300, late_s + dice.randint(-60, 75))
        events.append(
            DoorEvent(
                event_id=_uuid(dice),
                door_id=door.id,
                kind=dice.choices(kinds, shares)[0],
                note="",
                wellbeing="well" if dice.random() < 0.5 else None,
                happened_at=door.arrival_at + timedelta(seconds=late_s),
            )
        )
    desk = Desk(
        connection=connection,
        account=_account(connection, number=found.driver_id),
        key=key,
        clock=Clock(real_start=datetime.now(UTC), shown_start=found.ends_at + timedelta(hours=1), rate=1.0),
        office=Office(),
    )
    refused = [one.sentence for one in take_meal_events(desk, events) if one.outcome != "accepted"]
    assert not refused, refused  # noqa: S101 - our own words


def _bill(connection: Connection[DictRow], key: bytes, month: date, now: datetime) -> None:
    """As on the page: the office opens the month and looks it over, finance issues it."""
    office, cashier = _account(connection, OFFICE), _account(connection, CASHIER)
    run = bill_runs.open_run(connection, key, month, office, now)
    record(connection, office, "meals.bills.open", f"{month:%Y-%m}")
    bill_runs.look(connection, run, office, now)
    record(connection, office, "meals.bills.relire", str(run))
    count = bill_runs.issue(connection, run, cashier, now)
    record(connection, cashier, "meals.bills.emettre", str(run))
    connection.execute(_SQL["told_then"], {"before": now + timedelta(seconds=1)})
    connection.commit()
    _log.info("%d bills of %s are issued", count, f"{month:%Y-%m}")


def _account(connection: Connection[DictRow], login: str = "", number: int = 0) -> Account:
    row = connection.execute(_SQL["account"], {"login": login, "id": number}).fetchone()
    assert row is not None  # noqa: S101 - the demonstration opened them
    return Account(**row, csrf_token="")


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


if __name__ == "__main__":
    os.nice(10)  # whoever looks at the pages goes first
    logging.basicConfig(level=logging.WARNING)
    _log.setLevel(logging.INFO)
    drawn = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    secret = bytes.fromhex(os.environ["GLANEUR_HEALTH_KEY"])
    live_the_past(os.environ["GLANEUR_DATABASE"], secret, drawn["card"], int(sys.argv[2]))
