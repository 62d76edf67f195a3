"""The sums of meals: those of the doors, and never of so few people that they could be recognised."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import DictRow
from psycopg.types.json import Json
from services import Database

from store.boards import refresh_meals
from store.connection import connect

pytestmark = pytest.mark.db
TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()
Owner = psycopg.Connection[DictRow]


def count(database: Database) -> dict[str, DictRow]:
    """Count as the worker does, and return what Grafana's role reads of today, by area."""
    with connect(database.dsn, role="glaneur_worker", autocommit=True) as worker:
        refresh_meals(worker)
    with connect(database.dsn, "glaneur_grafana", autocommit=True) as grafana:
        rows = grafana.execute("SELECT * FROM boards.meal_day WHERE day = %s", (TODAY,)).fetchall()
    return {row["area"]: row for row in rows}


def settle(owner: Owner, communes: dict[str, tuple[str | None, int]]) -> None:
    """Territories, communes and so many people in each; one van and its round of today, nobody on it."""
    for insee, (territory, people) in communes.items():
        if territory is not None:
            owner.execute(
                "INSERT INTO territory VALUES (%s, %s) ON CONFLICT DO NOTHING", (territory, territory)
            )
        owner.execute(
            "INSERT INTO commune (insee, name, postcode, population, lat, lon, territory)"
            " VALUES (%s, %s, '62000', 300, 50.5, 2, %s)",
            (insee, f"Commune {insee}", territory),
        )
        owner.execute(
            "INSERT INTO people.beneficiary (reference, name, insee, since, window_from, window_until,"
            " health, access_note) SELECT %s || '-' || n, 'Secret', %s, %s, '09:00', '10:00', 'x', 'x'"
            " FROM generate_series(1, %s) AS n",
            (insee, insee, TODAY - timedelta(days=30), people),
        )
    owner.execute(
        "WITH room AS"
        " (INSERT INTO meals.cold_room (code, name, lat, lon) VALUES ('c', 'c', 50, 2) RETURNING id),"
        " van AS (INSERT INTO meals.van (code, name, cold_room_id, trays) SELECT 'v', 'v', id, 90 FROM room"
        " RETURNING id), shift AS (INSERT INTO meals.shift (van_id, name, weekdays, starts, ends)"
        " SELECT id, 's', '{1}', '08:00', '13:00' FROM van RETURNING id),"
        " planning AS (INSERT INTO meals.planning (day, requested_at) VALUES (%(day)s, now()) RETURNING id)"
        " INSERT INTO meals.round"
        " (planning_id, day, shift_id, status, distance_m, starts_at, ends_at, published_at)"
        " SELECT p.id, %(day)s, s.id, 'published', 42000, now(), now(), now() FROM shift s, planning p",
        {"day": TODAY},
    )


def door(owner: Owner, person: int, hour: str = "09:30", meals: int = 1) -> int:
    """A door of today's round, planned for that hour in Paris."""
    row = owner.execute(
        "INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, meals, usual)"
        " SELECT id, %(person)s, %(person)s, at, at, array_fill('m'::text, ARRAY[%(meals)s]), 'kept'"
        " FROM meals.round, (SELECT (%(day)s::date + %(hour)s::time) AT TIME ZONE 'Europe/Paris' AS at) AS t"
        " RETURNING id",
        {"person": person, "meals": meals, "day": TODAY, "hour": hour},
    ).fetchone()
    assert row is not None
    return int(row["id"])


def say(owner: Owner, at_door: int, kind: str, hour: str) -> None:
    """What the driver says there, at that hour in Paris."""
    owner.execute(
        "INSERT INTO meals.door_event (event_id, door_id, kind, happened_at)"
        " SELECT %s, %s, %s, (%s::date + %s::time) AT TIME ZONE 'Europe/Paris'",
        (uuid4(), at_door, kind, TODAY, hour),
    )


def ask(owner: Owner, person: int, rule: str | None = None, **document: Any) -> None:
    """A request of theirs, granted unless a rule is named; each comes after the one before."""
    text = {key: str(value) for key, value in document.items()}
    owner.execute(
        "INSERT INTO meals.request (id, at, beneficiary_id, document, rule, answer)"
        " VALUES (%s, clock_timestamp(), %s, %s, %s, '')", (uuid4(), person, Json(text), rule))  # fmt: skip


@pytest.mark.parametrize(
    ("communes", "shown"),
    [
        ({"62001": (None, 4)}, set()),
        ({"62001": (None, 5)}, {"*", "62001"}),
        # One person's row would be the difference of the two others': the smaller of these hides too.
        ({"62001": (None, 6), "62002": (None, 1), "62003": (None, 9)}, {"*", "62003"}),
        ({"62001": (None, 6), "62002": (None, 3), "62003": (None, 2)}, {"*", "62001"}),
        ({"62001": ("n", 8), "62002": ("n", 2), "62003": ("s", 7)}, {"*", "@n", "@s", "62003"}),
        ({"62001": ("n", 8), "62002": ("s", 4), "62003": ("e", 9)}, {"*", "@e", "62001", "62003"}),
        ({"62001": ("n", 8), "62002": (None, 4), "62003": ("s", 9)}, {"*", "@s", "62001", "62003"}),
    ],
)
def test_fewer_than_five_people_are_not_shown_and_cannot_be_found(
    plain_database: Database, communes: dict[str, tuple[str | None, int]], shown: set[str]
) -> None:
    """Neither themselves, nor as what is left when those shown are taken from a larger sum."""
    with connect(plain_database.dsn, autocommit=True) as owner:
        settle(owner, communes)
    areas = count(plain_database)
    assert set(areas) == shown
    assert all(row["people"] >= 5 for row in areas.values())
    whole = {"*": sum(people for _, people in communes.values())}
    for territory, people in communes.values():
        if territory is not None:
            whole[f"@{territory}"] = whole.get(f"@{territory}", 0) + people
    beside = {
        "*": [one for one in shown if one.startswith("@")] or [one for one in shown if one[0] == "6"],
        **{
            f"@{t}": [i for i, (of, _) in communes.items() if of == t and i in shown]
            for t, _ in communes.values()
            if t
        },
    }
    for area, parts in beside.items():
        if area in shown and parts:
            left = whole[area] - sum(areas[one]["people"] for one in parts)
            assert left == 0 or left >= 5, (area, parts)


def test_doors_add_up_by_their_last_word_and_ring_by_their_first(plain_database: Database) -> None:
    """Late words, corrections and one taken back; a quarter of an hour is still on time."""
    with connect(plain_database.dsn, autocommit=True) as owner:
        settle(owner, {"62001": (None, 6)})
        doors = [door(owner, person, meals=person) for person in range(1, 7)]
        first = count(plain_database)["*"]
        assert (first["doors"], first["meals"], first["served"], first["rung"]) == (6, 21, 0, 0)
        for at_door, kind, hour in zip(
            doors,
            ("delivered", "neighbour", "absent", "refused", "blocked", "delivered"),
            ("09:45", "10:01", "08:59", "09:10", "09:30", "09:30"),
            strict=True,
        ):
            say(owner, at_door, kind, hour)
        say(owner, doors[2], "delivered", "11:00")  # they were in after all: rung at 08:59, handed over later
        say(owner, doors[5], "undone", "09:31")
        row = count(plain_database)["*"]
        owner.execute("DELETE FROM meals.door_event WHERE door_id = %s", (doors[0],))
        owner.execute("DELETE FROM meals.door WHERE id = %s", (doors[0],))
        assert count(plain_database)["*"]["doors"] == 5  # taken off the round
    words = ("served", "absent", "refused", "blocked", "doors_absent", "doors_refused")
    assert [row[one] for one in words] == [1 + 2 + 3, 0, 4, 5, 0, 1]
    assert [row[one] for one in ("early_30", "early_15", "on_time", "late_15", "late_30")] == [1, 1, 1, 0, 1]
    assert (row["rung"], row["windowed"], row["in_window"], row["kept"]) == (4, 4, 2, 6)


def test_meals_given_up_are_those_of_the_last_granted_word(plain_database: Database) -> None:
    """A cancellation, an absence over a habit, one asked for again, one refused, a day to come."""
    tomorrow = TODAY + timedelta(days=1)
    with connect(plain_database.dsn, autocommit=True) as owner:
        settle(owner, {"62001": (None, 6)})
        owner.execute(
            "INSERT INTO people.beneficiary_habit (beneficiary_id, valid_from, lunch, dinner)"
            " SELECT id, %s, '{1,2,3,4,5,6,7}',"
            " CASE WHEN id = 3 THEN '{1,2,3,4,5,6,7}'::smallint[] ELSE '{}' END"
            " FROM people.beneficiary", (TODAY - timedelta(days=9),))  # fmt: skip
        ask(owner, 1, kind="cancel", day=TODAY, moment="lunch")
        ask(owner, 2, kind="cancel", day=TODAY, moment="lunch")
        ask(owner, 2, kind="order", day=TODAY, moment="lunch")
        ask(owner, 3, kind="absence", first=TODAY - timedelta(days=2), last=tomorrow, reason="hospital")
        ask(owner, 4, "too_late", kind="cancel", day=TODAY, moment="lunch")
        ask(owner, 5, kind="cancel", day=tomorrow, moment="lunch")
        assert count(plain_database)["*"]["cancelled"] == 1 + 2
        waiting = owner.execute("SELECT DISTINCT day FROM board_meal_mark").fetchall()
        assert [row["day"] for row in waiting] == [tomorrow]
        ask(owner, 3, kind="order", day=TODAY, moment="dinner")
        assert count(plain_database)["*"]["cancelled"] == 2


def test_who_leaves_is_no_longer_counted_among_the_people(plain_database: Database) -> None:
    """A file closed since yesterday: the days since are counted again, and four are too few."""
    with connect(plain_database.dsn, autocommit=True) as owner:
        settle(owner, {"62001": (None, 5)})
        assert set(count(plain_database)) == {"*", "62001"}
        owner.execute(
            "UPDATE people.beneficiary SET until = %s, end_reason = 'moved' WHERE id = 1",
            (TODAY - timedelta(days=1),),
        )
        assert count(plain_database) == {}


def test_sums_of_a_year_are_those_of_the_doors(filled: Database) -> None:
    """Counted here again from the rows, everywhere; and every day of every area has its five people."""
    with connect(filled.dsn, autocommit=True) as owner:
        counted = owner.execute(
            "SELECT sum(doors)::int AS doors, sum(meals)::int AS meals, sum(served)::int AS served,"
            " sum(rung)::int AS rung,"
            " sum(early_30 + early_15 + on_time + late_15 + late_30)::int AS classes"
            " FROM board_meal_day WHERE area = '*'"
        ).fetchone()
        rows = owner.execute(
            "SELECT count(*)::int AS doors, sum(cardinality(d.meals))::int AS meals,"
            " sum(cardinality(d.meals)) FILTER (WHERE e.kind IN ('delivered', 'neighbour'))::int AS served,"
            " count(*) FILTER (WHERE e.kind <> 'blocked')::int AS rung,"
            " count(*) FILTER (WHERE e.kind <> 'blocked')::int AS classes"
            " FROM meals.door d LEFT JOIN meals.door_event e ON e.door_id = d.id"
        ).fetchone()
        assert counted == rows
        assert counted is not None
        assert counted["doors"] > 5000
        few = owner.execute(
            "SELECT count(*) AS n FROM board_meal_day b WHERE b.area !~ '^[*@]' AND 5 >"
            " (SELECT count(*) FROM people.beneficiary p WHERE p.insee = b.area)"
        ).fetchone()
        shown = owner.execute("SELECT count(DISTINCT area) AS n FROM board_meal_day").fetchone()
        assert (few, shown) == ({"n": 0}, {"n": 5})  # everywhere, two territories, the north's two communes
        cold = owner.execute(
            "SELECT sum(measures)::int AS measures, sum(excursions)::int AS above,"
            " max(celsius_max) AS highest"
            " FROM board_meal_cold_day"
        ).fetchone()
        measured = owner.execute(
            "SELECT count(*)::int AS measures, count(*) FILTER (WHERE celsius > limit_c)::int AS above,"
            " max(celsius) AS highest FROM meals.temperature"
        ).fetchone()
        assert cold == measured


def test_counting_twice_changes_nothing(filled: Database) -> None:
    """Every day again gives the same rows: marks may come as often as they like."""
    sums = "SELECT md5(string_agg(b::text, ',' ORDER BY day, area)) AS sum FROM board_meal_day b"
    found = []
    with connect(filled.dsn, autocommit=True) as owner:
        found.append(owner.execute(sums.encode()).fetchone())
        since = TODAY - timedelta(days=20)
        owner.execute(
            "INSERT INTO board_meal_mark SELECT DISTINCT day FROM meals.round WHERE day > %s", (since,)
        )
        with connect(filled.dsn, role="glaneur_worker", autocommit=True) as worker:
            assert refresh_meals(worker) >= 14
        found.append(owner.execute(sums.encode()).fetchone())
    assert all(one == other for one, other in pairwise(found))


@pytest.mark.parametrize(
    "question",
    [
        "SELECT name FROM people.beneficiary",
        "SELECT health FROM people.beneficiary",
        "SELECT wellbeing FROM meals.door_event",
        "SELECT note FROM meals.door_event",
        "SELECT document FROM meals.request",
    ],
)
def test_the_worker_counts_without_reading_who_or_why(plain_database: Database, question: str) -> None:
    """Its rights end at numbers, places and hours."""
    with (
        connect(plain_database.dsn, role="glaneur_worker", autocommit=True) as worker,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        worker.execute(question.encode())
