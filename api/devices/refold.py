"""Believe one container anew: fold its readings again, and bring its state, alerts and emptyings in line.

What the past said stays in the log: an alert that should not be open is closed with its reason, an emptying
that was another container's is withdrawn, never removed. Alerts still true keep their number and who took
note of them.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.kinds import rules_by_date
from fill.document import state_to_document
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
    calibration = Calibration(**{name: row[name] for name in Calibration.__slots__})
    state, device_id, events = _folded(connection, container_id, since, calibration)
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


def _folded(
    connection: Connection[DictRow], container_id: int, since: datetime, calibration: Calibration
) -> tuple[State, int | None, list[Event]]:
    state, device_id = State(), None
    happened: list[Event] = []
    rules_at = rules_by_date(connection)
    for row in connection.execute(_SQL["to_fold"], {"container_id": container_id, "since": since}):
        if device_id is not None and device_id != row["device_id"]:
            state = restart(state)
        device_id = row["device_id"]
        state, events = fold(state, _reading(row), calibration, rules_at(row["measured_at"]))
        happened.extend(events)
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
    found = [event for event in events if isinstance(event, Emptied)]
    for event in found:
        connection.execute(
            _SQL["add_emptying"],
            {
                "event_id": emptying_id(container_id, event.at),
                "container_id": container_id,
                "emptied_at": event.at,
                "before_percent": event.before_percent,
                "after_percent": event.after_percent,
            },
        )
    ids = [emptying_id(container_id, event.at) for event in found]
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


def emptying_id(container_id: int, at: datetime) -> UUID:
    """Return the identity ingest gives this emptying of the level, so that it stays one."""
    text = f"emptying|level|{container_id}|{at.astimezone(UTC).isoformat()}"
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())
