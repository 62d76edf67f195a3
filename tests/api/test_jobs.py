"""What the worker does by itself: planning from the queue, silence, purges, and what a dead worker leaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from services import Database

from api.dispatch.requests import add_planning
from api.dispatch.round_models import NewPlanning
from api.dispatch.solving import Interrupted, run_planning
from api.jobs import GAVE_UP, defer_planning, notice_silence, purge, sweep
from fill.document import state_from_document, state_to_document
from fill.fold import fold
from fill.model import Calibration, Reading, State
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.little_territory import container_id, now, set_state
from tests.api.rounds_territory import ask, seed_rounds, tomorrow

pytestmark = pytest.mark.db
CALIBRATION = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)


def add(dsn: str) -> int:
    """A planning of tomorrow's glass, queued with its job as long ago as the sweep needs."""
    with connect(dsn) as connection:
        wanted = NewPlanning(day=tomorrow(), stream="verre", budget_s=1)
        number = add_planning(connection, wanted, now(), 1)
        defer_planning(connection, number)
        connection.execute("UPDATE planning SET requested_at = now() - INTERVAL '1 minute'")
    return number


def status(dsn: str, number: int) -> tuple[str, str]:
    """Status and message of a planning."""
    with connect(dsn) as connection:
        row = connection.execute("SELECT status, message FROM planning WHERE id = %s", (number,)).fetchone()
    assert row is not None
    return row["status"], row["message"]


def worker(dsn: str) -> subprocess.Popen[bytes]:
    """A real `glaneur worker`, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker"],
        env={**os.environ, "GLANEUR_DATABASE": dsn},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(dsn: str, number: int, wanted: set[str], seconds: float = 90) -> str:
    """The planning's status once it is one of `wanted`, or at the deadline."""
    deadline = time.monotonic() + seconds
    while (found := status(dsn, number)[0]) not in wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_worker_plans_what_the_api_asked_for(database: Database) -> None:
    """From the JSON request to draft rounds, through the queue and a worker process, with live events."""
    seed_rounds(database.dsn)
    heard: list[str] = []

    def listen() -> None:
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            connection.execute("LISTEN glaneur_live")
            heard.extend(note.payload for note in connection.notifies(timeout=60, stop_after=3))

    ear = threading.Thread(target=listen)
    ear.start()
    process = worker(database.dsn)
    try:
        with TestClient(make_app(database.dsn)) as client:
            number = ask(sign_in(client, "regulation"))
            assert wait_until(database.dsn, number, {"done", "failed", "cancelled"}) == "done"
            rounds = client.get(f"/api/v1/rounds?day={tomorrow()}").json()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        ear.join(70)
    assert rounds
    assert f'{{"topic": "planning", "planning": {number}}}' in heard


def test_killed_worker_loses_no_planning(timescale_database: Database) -> None:
    """A worker killed in the middle of a planning leaves it to the next one, which finishes it."""
    dsn = timescale_database.dsn
    seed_rounds(dsn)
    number = add(dsn)
    with connect(dsn) as connection:
        connection.execute("UPDATE planning SET budget_s = 5")
    first = worker(dsn)
    assert wait_until(dsn, number, {"running"}) == "running"
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(10)

    second = worker(dsn)
    try:
        assert wait_until(dsn, number, {"done", "failed"}) == "done"
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(30)


def test_sweep_gives_up_after_two_tries(timescale_database: Database) -> None:
    """A planning that takes its worker down twice ends as failed, with a sentence, not for ever again."""
    dsn = timescale_database.dsn
    seed_rounds(dsn)
    number = add(dsn)
    outcomes = []
    with connect(dsn, role="glaneur_worker") as connection:
        for _ in range(2):
            connection.execute("UPDATE planning SET status = 'running'")
            connection.execute("SET LOCAL search_path TO public, jobs")
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
            connection.commit()
            assert sweep(connection) == 1
            outcomes.append(status(dsn, number))
        jobs = connection.execute("SELECT status::text FROM jobs.procrastinate_jobs ORDER BY id").fetchall()

    assert outcomes == [("queued", ""), ("failed", GAVE_UP)]
    assert [row["status"] for row in jobs] == ["failed", "failed"]


def test_sweep_leaves_the_living_alone(timescale_database: Database) -> None:
    """A planning that waits with its job, and one that a living process holds, are not touched."""
    dsn = timescale_database.dsn
    seed_rounds(dsn)
    number = add(dsn)
    with connect(dsn, role="glaneur_worker") as connection, connect(dsn, role="glaneur_worker") as runner:
        assert sweep(connection) == 0
        connection.execute("UPDATE planning SET status = 'running'")
        connection.execute("SET LOCAL search_path TO public, jobs")
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        connection.commit()
        runner.execute("SELECT pg_advisory_lock(1735156078, %s::integer)", (number,))
        assert sweep(connection) == 0
        runner.execute("SELECT pg_advisory_unlock_all()")
        assert sweep(connection) == 1


def test_sweep_queues_a_lost_job_again(timescale_database: Database) -> None:
    """A planning whose job vanished gets another."""
    dsn = timescale_database.dsn
    seed_rounds(dsn)
    add(dsn)
    with connect(dsn) as connection:
        connection.execute("SET LOCAL search_path TO public, jobs")
        connection.execute("DELETE FROM procrastinate_jobs")
    with connect(dsn, role="glaneur_worker") as connection:
        assert sweep(connection) == 1
        row = connection.execute("SELECT count(*) AS jobs FROM jobs.procrastinate_jobs").fetchone()

    assert row == {"jobs": 1}


def test_shutdown_puts_the_planning_back(timescale_database: Database) -> None:
    """A planner asked to stop by its process leaves the planning as if it had not begun."""
    dsn = timescale_database.dsn
    seed_rounds(dsn)
    number = add(dsn)

    with pytest.raises(Interrupted):
        run_planning(dsn, number, stopping=lambda: True)

    assert status(dsn, number) == ("queued", "")


def heard_state(hours_ago: float) -> Jsonb:
    """fill's memory of a probe heard once."""
    reading = Reading(measured_at=now() - timedelta(hours=hours_ago), distance_mm=1000)
    return Jsonb(state_to_document(fold(State(), reading, CALIBRATION)[0]))


def test_silence_is_noticed_once(database: Database) -> None:
    """A probe unheard for more than three reports opens one alert, tells pages, and not again next minute."""
    seed_rounds(database.dsn)
    with connect(database.dsn) as connection:
        connection.execute("DELETE FROM alert")
        for code, hours in (("V1", 13.0), ("V2", 11.0), ("G1", 50.0)):
            set_state(connection, code, memory=heard_state(hours), measured_at=now() - timedelta(hours=hours))
    with connect(database.dsn, role="glaneur_worker") as connection:
        connection.execute("LISTEN glaneur_live")
        assert notice_silence(connection) == 2
        assert notice_silence(connection) == 0
        rows = connection.execute(
            "SELECT c.code, a.kind, a.sentence, t.quality, t.memory"
            " FROM alert a JOIN container c ON c.id = a.container_id"
            " JOIN container_state t ON t.container_id = c.id ORDER BY c.code"
        ).fetchall()
        connection.commit()
        notes = [note.payload for note in connection.notifies(timeout=1, stop_after=1)]
        silent = [container_id(connection, code) for code in ("G1", "V1")]

    assert [(row["code"], row["kind"], row["quality"]) for row in rows] == [
        ("G1", "silent", "silent"),
        ("V1", "silent", "silent"),
    ]
    assert all(row["sentence"] for row in rows)
    assert all("silent" in state_from_document(row["memory"]).open_alerts for row in rows)
    assert len(notes) == 1
    assert all(str(number) in notes[0] for number in silent)


def test_a_probe_that_never_spoke_is_awaited_then_silent(timescale_database: Database) -> None:
    """A mounted probe without a word gets a state, and an alert once it had time to speak."""
    seed_rounds(timescale_database.dsn)
    with connect(timescale_database.dsn, role="glaneur_worker") as connection:
        assert notice_silence(connection) == 0
        state = connection.execute(
            "SELECT t.memory, t.quality FROM container_state t"
            " JOIN container c ON c.id = t.container_id WHERE c.code = 'G5'"
        ).fetchone()
        assert state is not None
        assert state["quality"] == "silent"
        # Thirteen hours later, as the platform's clock tells.
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO clock (real_start, shown_start, rate) VALUES (now(), now() + INTERVAL '13 hours', 1)"
        )
        connection.execute("SET ROLE glaneur_worker")
        notice_silence(connection)
        row = connection.execute(
            "SELECT a.kind FROM alert a JOIN container c ON c.id = a.container_id WHERE c.code = 'G5'"
        ).fetchone()

    assert row == {"kind": "silent"}


def test_a_memory_that_cannot_be_read_does_not_stop_the_minute(timescale_database: Database) -> None:
    """One broken state is skipped; the others are looked at."""
    seed_rounds(timescale_database.dsn)
    with connect(timescale_database.dsn) as connection:
        connection.execute("DELETE FROM alert")
        late = now() - timedelta(hours=30)
        set_state(connection, "V1", memory=Jsonb({"nonsense": 1}), measured_at=late)
        set_state(connection, "V2", memory=heard_state(30), measured_at=late)
    with connect(timescale_database.dsn, role="glaneur_worker") as connection:
        notice_silence(connection)
        rows = connection.execute(
            "SELECT c.code FROM alert a JOIN container c ON c.id = a.container_id WHERE a.kind = 'silent'"
        ).fetchall()

    assert {"code": "V2"} in rows
    assert {"code": "V1"} not in rows


def test_purge_takes_expired_sessions_only(database: Database) -> None:
    """Expired sessions go, living ones stay; the worker's role can do nothing else to sessions."""
    seed_rounds(database.dsn)
    with connect(database.dsn) as connection:
        for token, hours in ((b"old", -1), (b"new", 1)):
            connection.execute(
                "INSERT INTO people.session (token_hash, account_id, csrf_token, expires_at)"
                " SELECT %s, min(id), 'x', now() + %s * INTERVAL '1 hour' FROM people.account",
                (token, hours),
            )
    with connect(database.dsn, role="glaneur_worker") as connection:
        assert purge(connection) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM people.session")
    with connect(database.dsn) as connection:
        rows = connection.execute("SELECT token_hash FROM people.session").fetchall()

    assert [bytes(row["token_hash"]) for row in rows] == [b"new"]
