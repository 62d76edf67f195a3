"""One emptying, whoever tells it; what nobody explains; what a driver's word does to an estimate."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from services import Database

from fill.document import state_from_document, state_to_document
from fill.fold import first, fold, tick
from fill.model import Calibration, Reading
from store.connection import connect
from tests.api.little_round import seed_round, send, stop_ids, tap
from tests.api.little_territory import container_id, now, seed, set_state
from tests.api.queue_worker import work_off

pytestmark = pytest.mark.db


def emptied(connection: Connection[DictRow], code: str, source: str, at: datetime, **facts: Any) -> None:
    """Write one row of the log."""
    row = {"before": None, "after": None, "not_before": None, **facts}
    connection.execute(
        """
        INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent,
                              not_before)
        SELECT gen_random_uuid(), id, %(at)s, %(source)s, %(before)s, %(after)s, %(not_before)s
        FROM container WHERE code = %(code)s
        """,
        {**row, "code": code, "source": source, "at": at},
    )


def told(connection: Connection[DictRow], query: str) -> list[tuple[Any, ...]]:
    """The rows of a query as tuples."""
    return [tuple(row.values()) for row in connection.execute(query.encode())]


def test_one_emptying_whoever_tells_it(database: Database) -> None:
    """The level between two readings, the crane and the driver within them: one row, dated by the crane."""
    seed(database.dsn)
    noon = now() - timedelta(days=3)
    hour = timedelta(hours=1)
    with connect(database.dsn) as connection:
        level = {"before": 80, "after": 30, "not_before": noon - 2 * hour}
        emptied(connection, "V1", "level", noon + 2 * hour, **level)
        emptied(connection, "V1", "crane", noon, before=80)
        emptied(connection, "V1", "driver", noon + 3 * hour, before=78)
        emptied(connection, "V1", "driver", noon - 30 * hour)  # another one
        emptied(connection, "V2", "level", noon, before=70, after=2, not_before=noon - 4 * hour)
        rows = told(
            connection,
            "SELECT c.code, e.emptied_at, e.sources, e.before_percent, e.after_percent, e.partial"
            " FROM answers.emptying e JOIN container c ON c.id = e.container_id"
            " ORDER BY c.code, e.emptied_at",
        )
        assert rows == [
            ("V1", noon - 30 * hour, ["driver"], None, None, False),
            ("V1", noon, ["crane", "driver", "level"], 80, 30, True),
            ("V2", noon, ["level"], 70, 2, False),
        ]
        assert told(connection, "SELECT code, emptied_at, ripe_at FROM answers.unexplained_emptying") == [
            ("V2", noon, noon + 12 * hour)
        ]


def test_a_round_explains_unless_it_was_not_done(driver: TestClient, territory: Database) -> None:
    """A published round of the day that had the container is enough, until its driver says otherwise."""
    round_id = seed_round(territory.dsn)
    query = "SELECT code FROM answers.unexplained_emptying ORDER BY code"
    with connect(territory.dsn) as connection:
        at = told(connection, "SELECT arrival_at FROM stop WHERE position = 1")[0][0]
        for code in ("V1", "P1"):
            emptied(connection, code, "level", at, before=80, after=2, not_before=at - timedelta(hours=4))
        stop = stop_ids(connection, round_id)[1]
        assert told(connection, query) == [("P1",)]
    send(driver, tap(stop, "not_done"))
    with connect(territory.dsn) as connection:
        assert told(connection, query) == [("P1",), ("V1",)]


COLUMN = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)


def silent_state() -> dict[str, Any]:
    """A column that filled for ten days, and whose probe has said nothing for two."""
    state = first(COLUMN)
    begun = now() - timedelta(days=12)
    for report in range(60):
        at = begun + timedelta(hours=4 * report)
        state, _ = fold(state, Reading(measured_at=at, distance_mm=1600 - 15 * report), COLUMN)
    state, _ = tick(state, now() - timedelta(hours=6), COLUMN)
    return state_to_document(state)


def test_a_drivers_word_starts_an_estimate_again(driver: TestClient, territory: Database) -> None:
    """The estimate runs on to the present, marked; « Fait » brings it to the bottom, « annuler » back."""
    document = silent_state()
    round_id = seed_round(territory.dsn)
    with connect(territory.dsn) as connection:
        level = document["fill_percent"]
        set_state(connection, "V1", fill_percent=level, memory=Jsonb(document), quality="silent")
        connection.execute(
            "UPDATE container_state SET estimated = true, rate_percent_per_day = %s, measured_at = %s,"
            " believed_at = %s WHERE container_id = %s",
            (
                document["rate_percent_per_day"],
                document["measured_at"],
                document["believed_at"],
                container_id(connection, "V1"),
            ),
        )
        stop = stop_ids(connection, round_id)[1]
    query = "SELECT fill_percent, estimated, believed_at FROM answers.container_now WHERE code = 'V1'"
    with connect(territory.dsn) as connection:
        level, estimated, _ = told(connection, query)[0]
    assert estimated
    assert level > document["fill_percent"] + 10  # two days more at its rate
    assert send(driver, tap(stop)) == [("accepted", "")]
    with connect(territory.dsn) as connection:
        level, estimated, believed_at = told(connection, query)[0]
        memory = told(connection, "SELECT memory FROM container_state WHERE estimated")
    assert (round(level), estimated) == (2, True)
    assert now() - believed_at < timedelta(minutes=5)
    assert state_from_document(memory[0][0]).last_emptied_at == believed_at
    send(driver, tap(stop, "undone", happened_at=(now() + timedelta(seconds=2)).isoformat()))
    work_off(territory.dsn)
    with connect(territory.dsn) as connection:
        # Believed anew from its readings: there are none here.
        assert told(connection, query)[0][0] is None
