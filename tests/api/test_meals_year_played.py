"""Days of the meals' service played by the simulator's people against the platform: both tell the same story.

The simulator shares no code with the platform: it asks, plans, drives, measures and corrects over HTTP, and
keeps what it knows to be true. The database must know the same: no request, meal or word at a door lost or
doubled.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from crew import Account
from fastapi import FastAPI
from meals_belief import PARIS, belief
from meals_service import look, report
from meals_staff import Driver, Family, Service
from meals_world import meals_world, people_csv
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.auth import create_account
from api.cias.asking import settled
from api.cias.solving import run_planning
from api.demo.meals import DRIVERS, OFFICE, furnish_meals, told_to_the_simulator
from routing.travel import GreatCircle
from store.boards import refresh_meals
from store.clock import Clock, set_clock
from store.connection import connect
from tests.api.conftest import make_app, serving
from tests.api.little_territory import PASSWORD
from tests.dashboards.asking import PANELS, ask, fits

KEY = "0f" * 32
WEDNESDAY = date(2026, 3, 4)
"""Nothing is carried; then a Thursday, and a Friday that carries the weekend."""
SEED = 4
GLANCE = timedelta(minutes=20)
UNUSUAL = ("Habitudes gardées", "Conducteur et heure", "Communes")
"""Boards' panels that say nothing here: nobody is used to anything yet, no commune is loaded."""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@dataclass(frozen=True, slots=True)
class Town:
    """The platform, served, with the meals' world in it."""

    dsn: str
    app: FastAPI
    service: Service
    connection: Connection[DictRow]

    def show(self, now: datetime) -> None:
        """Let the platform's clocks stand at this instant."""
        clock = Clock(real_start=datetime.now(UTC), shown_start=now, rate=1.0)
        set_clock(self.connection, clock)
        self.app.state.clock = clock


@pytest.fixture
def town(timescale_database: Database) -> Iterator[Town]:
    """120 people, three vans, their drivers and the office."""
    dsn = timescale_database.dsn
    world = meals_world(SEED, WEDNESDAY)
    with psycopg.connect(dsn, row_factory=dict_row, autocommit=True) as connection:
        with connection.transaction():
            for login, name, role in (OFFICE, *DRIVERS):
                create_account(connection, login=login, display_name=name, password=PASSWORD, role=role)
            relatives = furnish_meals(connection, world, people_csv(world), bytes.fromhex(KEY))
            installed = told_to_the_simulator(connection, relatives)
        app = make_app(dsn)
        with serving(app, timescale_database) as site:
            service = Service(
                office=Account(site.url, OFFICE[0], PASSWORD),
                drivers=[Driver(Account(site.url, login, PASSWORD)) for login, _, _ in DRIVERS],
                families={
                    one["reference"]: Family(one["reference"], one["code"], Account(site.url, None, ""))
                    for one in installed["families"]
                },
                numbers=installed["people"],
                held=belief(world),
                seed=SEED,
                asks_a_day=40,
                plan_seconds=30,  # patience: one step ends it sooner, and a starved machine leaves nobody out
            )
            yield Town(dsn, app, service, connection)


def _play(town: Town, days: int) -> None:
    """From six in the morning to the evening, every twenty minutes; the worker plans in between."""
    real = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(days):
        now = datetime.combine(WEDNESDAY + timedelta(days=n), datetime.min.time(), PARIS) + timedelta(hours=6)
        for _ in range(3 * 14):
            town.show(now)
            for _ in range(2):
                real += timedelta(seconds=10)
                look(town.service, now, real)
            _work(town)
            now += GLANCE


def _work(town: Town) -> None:
    waiting = town.connection.execute("SELECT id FROM meals.planning WHERE status = 'queued'").fetchall()
    for row in waiting:
        run_planning(
            town.dsn,
            row["id"],
            GreatCircle(),
            steps=1,
        )


def test_what_the_people_know_is_what_the_platform_knows(town: Town) -> None:
    """Three days: every request, door, tap and temperature, compared one by one."""
    _play(town, 3)
    told = report(town.service)
    wrong = ("late_granted", "forbidden_granted", "answers_changed", "doors_differ", "wrong_answers")
    assert {name: told[name] for name in (*wrong, "left_out", "untold", "unanswered")} == dict.fromkeys(
        (*wrong, "left_out", "untold", "unanswered"), 0
    )
    assert (told["plannings"], told["rounds_published"]) == (2, 6)
    happened = (
        "late_refused",
        "forbidden_refused",
        "sent_twice",
        "batches_again",
        "words_refused",
        "concerns_closed",
    )
    assert all(told[name] > 0 for name in happened), told
    assert {*told["told"]} == {"delivered", "neighbour", "absent", "refused", "blocked"}
    _requests_are_known(town)
    _words_are_known(town)
    _each_meal_travelled_once(town)
    _boards_agree(town)


def _boards_agree(town: Town) -> None:
    """The board of meals, counted by the worker and read as Grafana reads: every panel, the same figures."""
    with connect(town.dsn, role="glaneur_worker", autocommit=True) as worker:
        refresh_meals(worker)
    until = datetime.combine(WEDNESDAY + timedelta(days=3), datetime.min.time(), PARIS)
    with connect(town.dsn, "glaneur_grafana", autocommit=True) as grafana:
        for name, panel in PANELS.items():
            if name.startswith("glaneur-repas/") and not name.endswith(UNUSUAL):
                fits(name, panel, ask(grafana, panel, 5, until))
        row = grafana.execute(
            "SELECT sum(doors)::int AS doors, sum(doors_absent)::int AS absent,"
            " sum(doors_refused)::int AS refused, sum(served)::int AS served"
            " FROM boards.meal_day WHERE area = '*'"
        ).fetchone()
        measured = grafana.execute("SELECT sum(measures)::int AS n FROM boards.meal_cold_day").fetchone()
    said = Counter(_doors(town).values())
    trays = {
        one["id"]: one["trays"]
        for one in town.connection.execute(
            "SELECT id, cardinality(meals) AS trays FROM meals.door"
        ).fetchall()
    }
    assert row == {
        "doors": len(_doors(town)),
        "absent": said["absent"],
        "refused": said["refused"],
        "served": sum(trays[k] for k, v in _doors(town).items() if v in ("delivered", "neighbour")),
    }
    assert measured == town.connection.execute("SELECT count(*)::int AS n FROM meals.temperature").fetchone()


def _doors(town: Town) -> dict[int, str]:
    trips = [one for driver in town.service.drivers for one in driver.trips.values()]
    return {door: kind for one in trips for door, kind in one.said.items()}


def _requests_are_known(town: Town) -> None:
    rows = town.connection.execute(
        "SELECT id::text, rule IS NULL AS granted FROM meals.request WHERE document->>'kind' <> 'outcome'"
    ).fetchall()
    assert len(rows) == len(town.service.requests)
    assert {row["id"]: row["granted"] for row in rows} == town.service.requests


def _words_are_known(town: Town) -> None:
    """Each tap once, the last at each door, each temperature, and what the office had to see."""
    trips = [one for driver in town.service.drivers for one in driver.trips.values()]
    taps = {event: outcome for one in trips for event, outcome in one.events.items()}
    rows = town.connection.execute(
        "SELECT event_id::text AS id FROM meals.door_event"
        " UNION ALL SELECT event_id::text FROM meals.temperature WHERE door_id IS NULL"
    ).fetchall()
    assert Counter(row["id"] for row in rows) == Counter(
        one for one, what in taps.items() if what != "refused"
    )
    last = town.connection.execute(
        "SELECT DISTINCT ON (door_id) door_id, kind FROM meals.door_event"
        " ORDER BY door_id, happened_at DESC, recorded_at DESC"
    ).fetchall()
    assert {row["door_id"]: row["kind"] for row in last} == {
        k: v for one in trips for k, v in one.said.items()
    }
    concerns = town.connection.execute(
        "SELECT kind, count(*) AS n FROM meals.concern GROUP BY kind"
    ).fetchall()
    said = Counter(kind for one in trips for kind in one.said.values())
    opened = Counter({row["kind"]: row["n"] for row in concerns})
    # Who was said to be absent by a slip was seen to all the same.
    assert opened["absent"] >= said["absent"]
    assert opened["refused"] == said["refused"]
    assert opened["excursion"] >= said["blocked"]


def _each_meal_travelled_once(town: Town) -> None:
    """What was ordered for a day of delivery is at exactly one door, and settles to what was said there."""
    rows = town.connection.execute("SELECT * FROM people.beneficiary ORDER BY id").fetchall()
    for day in (WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)):
        _, found = settled(town.connection, bytes.fromhex(KEY), rows, day, day + timedelta(days=6))
        carried = {one.id: one for one in found.meals if one.delivery == day and one.status == "ordered"}
        doors = town.connection.execute(
            "SELECT d.id, unnest(d.meals) AS meal FROM meals.door d JOIN meals.round r ON r.id = d.round_id"
            " WHERE r.day = %s AND r.status IN ('published', 'done')",
            [day],
        ).fetchall()
        at = {row["meal"]: row["id"] for row in doors}
        assert len(at) == len(doors)
        assert set(at) == set(carried)
        said = {
            k: v
            for driver in town.service.drivers
            for one in driver.trips.values()
            for k, v in one.said.items()
        }
        assert {meal: said[door] for meal, door in at.items()} == {
            k: one.handed for k, one in carried.items()
        }
        assert all(one.due == (one.handed != "blocked") for one in carried.values())
