"""Believe one container anew: fold its readings again, and bring its state, alerts and emptyings in line.

What the past said stays in the log: an alert that should not be open is closed with its reason, an emptying
that was another container's is withdrawn, never removed. Alerts still true keep their number and who took
note of them.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.range import Range

from api.alerts.kinds import rules_by_date
from fill.calibration import calibration_of
from fill.document import state_to_document
from fill.emptyings import told
from fill.fold import fold, restart, tick
from fill.model import AlertClosed, AlertOpened, Calibration, Emptied, Event, Reading, State
from store.queries import named_queries

CORRECTED = "Le montage, l'étalonnage ou le décodeur de la sonde a été corrigé."
_WARMED = timedelta(days=3)
_SQL = named_queries("api.devices", "recompute.sql")
Period = tuple[datetime, datetime | None]


def rebuild(
    connection: Connection[DictRow], container_id: int, since: datetime, now: datetime, period: Period
) -> None:
    """Fold the container's readings since an instant; `period` is where emptyings may have changed hands."""
    row = connection.execute(_SQL["container"], {"id": container_id, "now": now}).fetchone()
    if row is None:
        return
    readers = _readers(connection, container_id, since, row)
    calibration = _reader_at(readers, now)
    state, device_id, events = _folded(connection, container_id, since, readers)
    if row["device_id"] is not None:
        state, late = tick(state, now, calibration, rules_by_date(connection)(now))
        events.extend(late)
    document = state_to_document(state)
    silent = state.measured_at is None or "silent" in state.open_alerts
    connection.execute(
        _SQL["write_state"],
        {
            "container_id": container_id,
            "device_id": row["device_id"] or device_id,
            "quality": "silent" if silent else state.quality,
            "memory": json.dumps(document),
        },
    )
    connection.execute(_SQL["forget_habit"], {"id": container_id})
    _align_alerts(connection, container_id, state, events, now)
    _align_emptyings(connection, container_id, events, period, since, now)


_Readers = list[tuple[Range[datetime] | None, Calibration]]


def _readers(
    connection: Connection[DictRow], container_id: int, since: datetime, declared: DictRow
) -> _Readers:
    """Return how the container was read and when: dated calibrations, then what it was declared with."""
    dated = connection.execute(_SQL["calibrations"], {"id": container_id, "since": since})
    found: _Readers = [(row["during"], calibration_of({**declared, **row})) for row in dated]
    return [*found, (None, calibration_of(declared))]


def _reader_at(readers: _Readers, at: datetime) -> Calibration:
    return next(reader for during, reader in readers if during is None or at in during)


def _folded(
    connection: Connection[DictRow], container_id: int, since: datetime, readers: _Readers
) -> tuple[State, int | None, list[Event]]:
    state, device_id, reader = State(), None, None
    happened: list[Event] = []
    rules_at = rules_by_date(connection)
    wanted = {"container_id": container_id, "since": since}
    told_at = [row["emptied_at"] for row in connection.execute(_SQL["told"], wanted)]
    for row in connection.execute(_SQL["to_fold"], wanted).fetchall():
        while told_at and told_at[0] <= row["measured_at"]:
            state = told(state, told_at.pop(0))
        calibration = _reader_at(readers, row["measured_at"])
        if device_id is not None and (device_id != row["device_id"] or calibration != reader):
            state = restart(state)
        device_id, reader = row["device_id"], calibration
        state, events = fold(state, _reading(row), calibration, rules_at(row["measured_at"]))
        happened.extend(events)
    for at in told_at:
        state = told(state, at)
    return state, device_id, happened


def _reading(row: DictRow) -> Reading:
    error = None
    if row["distance_mm"] is None and row["quality"] != "ok":
        error = "blind_zone" if row["quality"] == "saturated" else "no_echo"
    return Reading(
        measured_at=row["measured_at"],
        distance_mm=row["distance_mm"],
        temperature_c=row["temperature_c"],
        battery_percent=row["battery_percent"],
        tilt_deg=row["tilt_deg"],
        echo_error=error,
        fill_percent=row["fill_percent"],
        fire=row["fire"],
    )


def _align_alerts(
    connection: Connection[DictRow], container_id: int, state: State, events: list[Event], now: datetime
) -> None:
    """Close what is open and should not be.

    Open what should be and is not, with its own instant and sentence.
    """
    connection.execute(
        _SQL["close_alerts"],
        {"id": container_id, "kept": sorted(state.open_alerts), "at": now, "because": CORRECTED},
    )
    last: dict[str, AlertOpened] = {}
    for event in events:
        if isinstance(event, AlertOpened):
            last[event.kind] = event
        elif isinstance(event, AlertClosed):
            last.pop(event.kind, None)
    for opened in last.values():
        connection.execute(
            _SQL["open_alert"],
            {"id": container_id, "kind": opened.kind, "at": opened.at, "sentence": opened.sentence},
        )


def _align_emptyings(
    connection: Connection[DictRow],
    container_id: int,
    events: list[Event],
    period: Period,
    since: datetime,
    now: datetime,
) -> None:
    """Add the emptyings the levels show now, and withdraw those of the period that they no longer show."""
    found = [row for one in events if isinstance(one, Emptied) for row in emptying_rows(container_id, one)]
    for row in found:
        connection.execute(_SQL["add_emptying"], row)
    ids = [row["event_id"] for row in found]
    # The first readings folded have nothing before them: what they cannot show is not withdrawn.
    parameters = {
        "container_id": container_id,
        "shown": ids,
        "since": max(period[0], since + _WARMED),
        "until": period[1],
        "now": now,
    }
    connection.execute(_SQL["withdraw_emptyings"], parameters)
    connection.execute(_SQL["restore_emptyings"], parameters)


def emptying_rows(container_id: int, event: Emptied) -> list[dict[str, Any]]:
    """Return the rows ingest writes for this emptying, with the same identities, so that each stays one."""
    shown = [(event.source, event.at)]
    if event.lifted_at is not None and event.source == "level":
        shown.append(("crane", event.lifted_at))
    return [
        {
            "event_id": emptying_id(source, container_id, at),
            "container_id": container_id,
            "emptied_at": at,
            "source": source,
            "before_percent": event.before_percent,
            "after_percent": event.after_percent if event.source == "level" else None,
            "not_before": event.since if source == "level" else None,
        }
        for source, at in shown
    ]


def emptying_id(source: str, container_id: int, at: datetime) -> UUID:
    """Return the identity of an emptying: told twice, it is recorded once."""
    text = f"emptying|{source}|{container_id}|{at.astimezone(UTC).isoformat()}"
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())
