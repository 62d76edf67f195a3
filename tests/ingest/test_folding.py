"""What a batch makes of container states, alerts and emptyings, on real databases of both editions."""

import json
import random
import threading

import psycopg
import pytest
from services import Database

from fill.model import State
from ingest import batch
from ingest.batch import Written, prepare
from ingest.letter import Letter
from ingest.states import Changes, Held, Known, remember
from store.connection import connect
from tests.ingest.probe import mount
from tests.ingest.written import (
    KNOWN,
    LIMITS,
    Connection,
    count,
    filling,
    hours,
    rows,
    snapshot,
    write,
    write_surely,
)

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_folding")]


def test_order_within_a_batch_does_not_matter(ingesting: Connection) -> None:
    """Shuffled or not, the same batch leaves the same state, alerts and emptyings."""
    letters = filling("GLN-1", [10 + 6 * n for n in range(14)] + [3, 9, 15])
    shuffled = list(letters)
    random.Random(1).shuffle(shuffled)
    as_second = [
        Letter(one.topic.replace("GLN-1", "GLN-2"), one.payload, one.received_at) for one in shuffled
    ]
    write(ingesting, letters, LIMITS)
    write(ingesting, as_second, LIMITS)
    first, second = snapshot(ingesting)[0]
    assert {**first, "container_id": 0, "device_id": 0} == {**second, "container_id": 0, "device_id": 0}
    alerts = rows(ingesting, "SELECT opened_at, closed_at FROM alert ORDER BY container_id, opened_at")
    assert alerts[: len(alerts) // 2] == alerts[len(alerts) // 2 :] != []


def test_late_readings_are_stored_and_change_nothing_else(ingesting: Connection) -> None:
    """A reading older than the state takes its place in history and leaves what is believed now alone."""
    on_time, late = filling("GLN-1", [10, 20, 30, 40])[2:], filling("GLN-1", [95, 96])
    write(ingesting, on_time, LIMITS)
    before = snapshot(ingesting)
    assert write(ingesting, late, LIMITS) == Written(readings=2)
    assert snapshot(ingesting) == before
    stored = rows(ingesting, "SELECT fill_percent FROM reading ORDER BY measured_at")
    assert [row["fill_percent"] for row in stored] == pytest.approx([95, 96, 30, 40], abs=0.1)


def test_another_probe_in_the_column_is_no_emptying(ingesting: Connection, database: Database) -> None:
    """A probe replaced by one that reads much lower starts the level again instead of telling a lift."""
    write(ingesting, filling("GLN-1", [70, 72, 74, 76]), LIMITS)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("DELETE FROM mounting")
        mount(owner, "GLN-1", "C1", str(hours(-100)), str(hours(13)))
        mount(owner, "GLN-3", "C1", str(hours(13)), None)
    write(ingesting, filling("GLN-3", [20, 21, 22], first=4), LIMITS)
    assert count(ingesting, "emptying") == 0
    (state,) = rows(
        ingesting, "SELECT fill_percent, d.serial FROM container_state JOIN device d ON d.id = device_id"
    )
    assert state["serial"] == "GLN-3"
    assert state["fill_percent"] == pytest.approx(21, abs=2)


def test_alerts_open_and_close_across_batches(ingesting: Connection) -> None:
    """One message a batch: the alert opens once, closes once with the emptying, and opens again."""
    open_after: list[int] = []
    for one in filling("GLN-1", [50, 60, 72, 74, 80, 6, 8, 50, 60, 73, 75]):
        write(ingesting, [one], LIMITS)
        open_after.append(len(rows(ingesting, "SELECT FROM alert WHERE kind = 'plan' AND closed_at IS NULL")))
    told = rows(ingesting, "SELECT * FROM alert WHERE kind = 'plan' ORDER BY opened_at")
    assert len(told) == 2
    assert open_after[1] == 0
    assert open_after[4] == 1
    assert open_after[7] == 0
    assert open_after[-1] == 1
    assert "%" in told[0]["sentence"]
    assert told[0]["closed_because"]
    assert told[1]["closed_at"] is None
    assert count(ingesting, "emptying") == 1


def test_history_in_one_batch_tells_what_it_would_have_told_live(ingesting: Connection) -> None:
    """The same messages, one at a time or all at once, leave the same state, alerts and emptyings."""
    levels = [50, 60, 72, 74, 80, 92, 95, 6, 8, 50, 60, 73, 75]
    for one in filling("GLN-1", levels):
        write(ingesting, [one], LIMITS)
    write(ingesting, filling("GLN-2", levels), LIMITS)
    state, alerts, emptyings = snapshot(ingesting)
    assert len(alerts) >= 4
    for found in (state, alerts, emptyings):
        both = [
            {k: v for k, v in row.items() if k not in ("container_id", "device_id", "event_id")}
            for row in found
        ]
        assert both[: len(both) // 2] == both[len(both) // 2 :]


def test_an_alert_opened_by_the_clock_may_be_closed_by_an_earlier_reading(
    ingesting: Connection, database: Database
) -> None:
    """A silent alert opened at 12:00 ends with a reading of 11:00 that came late; the table's rule holds."""
    from fill.document import state_from_document, state_to_document
    from fill.fold import tick
    from fill.model import AlertOpened, Calibration

    write(ingesting, filling("GLN-1", [10]), LIMITS)
    (held,) = rows(ingesting, "SELECT container_id, memory FROM container_state")
    calibration = Calibration(volume_l=4000, empty_distance_mm=2000, full_distance_mm=200)
    state, (opened,) = tick(state_from_document(held["memory"]), hours(60), calibration)
    assert isinstance(opened, AlertOpened)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("UPDATE container_state SET memory = %s", (json.dumps(state_to_document(state)),))
        owner.execute(
            "INSERT INTO alert (container_id, kind, opened_at, sentence) VALUES (%s, 'silent', %s, 'x')",
            (held["container_id"], hours(60)),
        )
    assert write(ingesting, filling("GLN-1", [12], first=14), LIMITS).readings == 1
    (alert,) = rows(ingesting, "SELECT opened_at, closed_at FROM alert")
    assert alert["closed_at"] == alert["opened_at"] == hours(60)


def test_a_state_that_cannot_be_read_is_begun_again(ingesting: Connection, database: Database) -> None:
    """A document left by another version costs what was remembered, not the readings to come."""
    write(ingesting, filling("GLN-1", [10]), LIMITS)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("UPDATE container_state SET memory = '{\"v\": 999}'")
    assert write_surely(ingesting, filling("GLN-1", [12, 13], first=1), LIMITS) == Written(readings=2)
    (state,) = rows(ingesting, "SELECT fill_percent FROM container_state")
    assert state["fill_percent"] == pytest.approx(13, abs=2)


def test_what_another_process_wrote_is_seen(ingesting: Connection, database: Database) -> None:
    """What is remembered of a state is worth only as long as its row was not written by somebody else."""
    levels = [20, 22, 24, 26, 28, 30]
    letters = filling("GLN-1", levels)
    with connect(database.dsn, "glaneur_ingest", autocommit=True) as other:
        prepare(other)
        for number, one in enumerate(letters):
            write((ingesting, other)[number % 2], [one], LIMITS)
    write(ingesting, filling("GLN-2", levels), LIMITS)
    one_by_two, alone = snapshot(ingesting)[0]
    assert {**one_by_two, "container_id": 0, "device_id": 0} == {**alone, "container_id": 0, "device_id": 0}


def test_a_failed_transaction_is_not_remembered(
    ingesting: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rolled back and tried again, a batch is folded onto the state that was committed."""
    first, second, third = filling("GLN-1", [20, 22, 24])
    write(ingesting, [first], LIMITS)
    with monkeypatch.context() as patched:
        patched.setattr(batch, "_announce", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write(ingesting, [second, third], LIMITS)
    before = dict(KNOWN[ingesting])
    write(ingesting, [second], LIMITS)
    assert {held.state.measured_at for held in before.values()} == {hours(0)}
    assert rows(ingesting, "SELECT measured_at FROM container_state") == [{"measured_at": hours(4)}]


def test_memory_of_states_is_bounded() -> None:
    """The oldest are forgotten; forgetting costs a read."""
    known: Known = {}
    for number in range(25_000):
        remember(known, Changes({number: Held("1", State(), None)}))
    assert len(known) == 20_000
    assert 24_999 in known


def test_two_processes_may_write_the_same_at_the_same_time(ingesting: Connection, database: Database) -> None:
    """Two connections, the same messages in opposite orders: each row once, each fold once."""
    letters = [one for n in (1, 2, 3) for one in filling(f"GLN-{n}", [10 + 2 * k for k in range(40)])]
    failures: list[BaseException] = []

    def work(mine: list[Letter], size: int) -> None:
        with connect(database.dsn, "glaneur_ingest", autocommit=True) as connection:
            prepare(connection)
            for start in range(0, len(mine), size):
                for _ in range(20):
                    try:
                        write(connection, mine[start : start + size], LIMITS)
                        break
                    except psycopg.errors.DeadlockDetected:  # the consumer tries again, and so do we
                        continue
                    except psycopg.Error as error:
                        failures.append(error)
                        return

    threads = [threading.Thread(target=work, args=args) for args in ((letters, 7), (letters[::-1], 11))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert count(ingesting, "reading") == 120
    states_now = rows(ingesting, "SELECT measured_at, fill_percent FROM container_state")
    assert [row["measured_at"] for row in states_now] == [hours(4 * 39)] * 3
