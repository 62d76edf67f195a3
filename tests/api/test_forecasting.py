"""The hourly pass on a real database: learn from what is stored, foresee, and say so to the views."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from services import Database

from api.devices.recompute import recompute
from api.dispatch.forecasting import DAYS, Emptying, learn_and_foresee, merged
from api.dispatch.replaying import replay
from fill.document import state_to_document
from fill.fold import fold
from fill.model import Calibration, Reading, State
from fill.notebook import learned_from_document
from fill.prior import Pool, prior_of
from store.connection import connect
from tests.api.little_territory import add_reading, container_id, now, set_state

pytestmark = pytest.mark.db
CALIBRATION = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)


def live(
    connection: Connection[DictRow], code: str, until: datetime, days: int, per_day: float, start: float
) -> State:
    """Rising by `per_day` for `days`, a reading every six hours; the readings and the state are stored."""
    state = State()
    for step in range(days * 4 + 1):
        at = until - timedelta(days=days) + timedelta(hours=6 * step)
        level = start + per_day * step / 4
        add_reading(connection, code, at, level)
        state, _ = fold(state, Reading(measured_at=at, distance_mm=round(1650 - 13 * level)), CALIBRATION)
    believed(connection, code, state)
    return state


def believed(connection: Connection[DictRow], code: str, state: State) -> None:
    """Write the state as ingest would."""
    set_state(
        connection,
        code,
        memory=Jsonb(state_to_document(state)),
        quality=state.quality,
        fill_percent=state.fill_percent,
        full_at=state.full_at,
        measured_at=state.measured_at,
        last_emptied_at=state.last_emptied_at,
    )


def pass_over(dsn: str, at: datetime) -> dict[str, Any]:
    """One pass as the worker's own role; what it did, and the rows it wrote by container code."""
    with connect(dsn, role="glaneur_worker") as connection:
        done = learn_and_foresee(connection, at)
        assert done is not None
        rows = connection.execute(
            "SELECT c.code, f.* FROM container_forecast f JOIN container c ON c.id = f.container_id"
        ).fetchall()
        return {"done": done, **{row["code"]: row for row in rows}}


def test_a_pass_learns_and_foresees(territory: Database) -> None:
    """Twenty days at three percent a day: the pace is learned from the stored readings at the first pass, the
    days follow it, and the views say the hour of 100 % the forecast says.
    """
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
    found = pass_over(territory.dsn, at)
    row = found["V2"]
    assert found["done"].known >= 1
    assert len(row["ends"]) == len(row["mean"]) == DAYS
    assert row["ends"] == sorted(row["ends"])
    gained = row["mean"][6] - row["mean"][0]
    assert 6 * 3.0 * 0.75 < gained < 6 * 3.0 * 1.25
    assert row["q10"][6] < row["q50"][6] < row["q90"][6]
    assert row["p_overflow"] == sorted(row["p_overflow"])
    assert not row["estimated"]
    with connect(territory.dsn, role="glaneur_api") as connection:
        shown = connection.execute("SELECT full_at FROM answers.container_now WHERE code = 'V2'").fetchone()
        days = connection.execute(
            "SELECT day, mean FROM answers.container_forecast WHERE code = 'V2' ORDER BY ends"
        ).fetchall()
    assert shown is not None
    assert shown["full_at"] == row["full_at"]
    assert [day["mean"] for day in days] == row["mean"]
    assert len({day["day"] for day in days}) == DAYS


def test_a_later_pass_goes_on_from_what_is_kept(territory: Database) -> None:
    """The next day's level adds one interval to what was learned, and moves the forecast with it."""
    at = now()
    with connect(territory.dsn) as connection:
        state = live(connection, "V2", at - timedelta(days=1), 20, 3.0, 5.0)
    first = pass_over(territory.dsn, at - timedelta(days=1))
    before = kept(territory.dsn, "V2")
    with connect(territory.dsn) as connection:
        for hours in (18, 12, 6, 0):
            level = 65.0 + 3.0 * (24 - hours) / 24
            reading = Reading(measured_at=at - timedelta(hours=hours), distance_mm=round(1650 - 13 * level))
            state, _ = fold(state, reading, CALIBRATION)
        believed(connection, "V2", state)
    second = pass_over(territory.dsn, at)
    after = kept(territory.dsn, "V2")
    assert after.seen_at == state.measured_at
    assert after.odometer == pytest.approx(before.odometer + 3.0, abs=0.5)
    assert second["V2"]["level_at"] > first["V2"]["level_at"]
    assert pass_over(territory.dsn, at)["V2"]["mean"] == second["V2"]["mean"]


def test_what_nobody_measures_is_estimated(territory: Database) -> None:
    """A silent probe goes on from its last level, wider; a driver's emptying since then starts from empty."""
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
        live(connection, "V3", at - timedelta(days=2), 20, 3.0, 5.0)
        set_quality(connection, "V3", "silent")
        live(connection, "V1", at - timedelta(days=2), 20, 3.0, 5.0)
        connection.execute(
            "INSERT INTO emptying (event_id, container_id, emptied_at, source)"
            " VALUES (gen_random_uuid(), %s, %s, 'driver')",
            (container_id(connection, "V1"), at - timedelta(hours=5)),
        )
    found = pass_over(territory.dsn, at)
    assert [found[code]["estimated"] for code in ("V1", "V2", "V3")] == [True, False, True]
    assert found["V1"]["mean"][0] < 15 < 60 < found["V3"]["mean"][0]
    assert found["V3"]["sd"][3] > found["V2"]["sd"][3]


def test_a_new_container_expects_what_its_neighbours_bring(territory: Database) -> None:
    """A container of one day's history is foreseen at its stream's pace, not at any pace."""
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 1.0, 5.0)
        live(connection, "V1", at, 20, 1.0, 5.0)
        live(connection, "V3", at, 1, 1.0, 20.0)
    row = pass_over(territory.dsn, at)["V3"]
    assert row["mean"][8] - row["mean"][1] < 7 * 2.5
    assert row["sd"][8] > 3


def test_learned_again_when_what_is_kept_cannot_be_read(territory: Database) -> None:
    """A refused document is replaced from the stored readings, and nothing stops."""
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
    first = pass_over(territory.dsn, at)
    with connect(territory.dsn) as connection:
        connection.execute("""UPDATE container_habit SET learned = '{"v": 99}'""")
        connection.execute("""UPDATE stream_habit SET pool = '[]'""")
    again = pass_over(territory.dsn, at)
    assert again["V2"]["mean"] == pytest.approx(first["V2"]["mean"], abs=3)
    assert kept(territory.dsn, "V2").seen > 5


def test_a_corrected_past_is_learned_again(territory: Database) -> None:
    """After a mounting or a calibration was corrected, what was learned is forgotten, then found again."""
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
    pass_over(territory.dsn, at)
    with connect(territory.dsn, role="glaneur_worker") as connection:
        recompute(connection, [], [container_id(connection, "V2")], at - timedelta(days=1), None)
        left = connection.execute(
            "SELECT 1 FROM container_habit WHERE container_id = %s", (container_id(connection, "V2"),)
        ).fetchall()
        assert left == []
    pass_over(territory.dsn, at)
    assert kept(territory.dsn, "V2").seen > 5


def test_the_past_is_read_with_its_own_calibrations(territory: Database) -> None:
    """A column calibrated anew ten days ago: what it showed before is still read as it was read then."""
    at = now()
    changed = at - timedelta(days=10)
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
        number = container_id(connection, "V2")
        # From then on the probe hangs 200 mm higher: the same distances mean a column that is less full.
        connection.execute(
            "INSERT INTO calibration (container_id, during, empty_distance_mm, full_distance_mm, how)"
            " VALUES (%s, tstzrange(%s, NULL), 1850, 550, 'typed')",
            (number, changed),
        )
        prior = prior_of(Pool(), "62000", 3000)
        taught = [
            lesson
            for lesson in replay(connection, number, prior, at, {})[1]
            if lesson.since is not None and lesson.until is not None
        ]
        connection.execute("DELETE FROM calibration WHERE container_id = %s", (number,))
        plain, _ = replay(connection, number, prior, at, {})
        connection.execute(
            "INSERT INTO calibration (container_id, during, empty_distance_mm, full_distance_mm, how)"
            " VALUES (%s, tstzrange(%s, NULL), 2950, 350, 'typed')",
            (number, changed),
        )
        halved, _ = replay(connection, number, prior, at, {})
    assert taught
    assert all(abs(lesson.gained) < 5 for lesson in taught)  # no jump of 15 points was learned
    # Twice as deep since then: the first ten days still gain three points a day, the last ten half of it.
    assert plain.odometer == pytest.approx(60, abs=6)
    assert halved.odometer == pytest.approx(45, abs=6)


def test_one_pass_at_a_time(territory: Database) -> None:
    """While another process learns, a second pass does nothing and says so."""
    with connect(territory.dsn) as other, connect(territory.dsn, role="glaneur_worker") as connection:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (0x666F7265,))
        assert learn_and_foresee(connection, now()) is None


def test_two_words_are_one_emptying() -> None:
    """The driver's word and the level's fall, hours apart, are one emptying with the level's figures."""
    at = now()
    words = [
        Emptying(at, None, None),
        Emptying(at + timedelta(hours=4), 80.0, 2.0),
        Emptying(at + timedelta(days=3), 70.0, 1.0),
    ]
    assert merged(words) == [Emptying(at, 80.0, 2.0), words[2]]


def kept(dsn: str, code: str) -> Any:
    """What was learned of a container."""
    with connect(dsn) as connection:
        row = connection.execute(
            "SELECT learned FROM container_habit WHERE container_id = %s", (container_id(connection, code),)
        ).fetchone()
    assert row is not None
    return learned_from_document(row["learned"])


def set_quality(connection: Connection[DictRow], code: str, quality: str) -> None:
    """Make the probe of a column one that is not trusted."""
    connection.execute(
        "UPDATE container_state SET quality = %s WHERE container_id = %s",
        (quality, container_id(connection, code)),
    )
