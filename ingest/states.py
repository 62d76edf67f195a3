"""New readings folded into what is believed of their containers, and what that changes in the database.

Knows how a batch's events become rows of `container_state`, `alert` and `emptying`; the rules themselves are
`fill`'s. Works inside the caller's transaction, on rows it locks.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from pydantic_core import from_json, to_json

from fill.alerts import Chosen, rules_of
from fill.document import state_from_document, state_to_document
from fill.fold import first, fold, restart
from fill.model import DEFAULT, AlertOpened, Calibration, Emptied, Event, Reading, Refused, Rules, State
from fill.values import state_to_values
from ingest.directory import Place
from ingest.message import Measurement
from store.queries import named_queries

_QUERIES = named_queries("ingest")
_LOG = logging.getLogger("ingest")
_KNOWN_AT_MOST = 20_000  # containers, about 1 kB each

Cursor = psycopg.Cursor[DictRow]
Row = dict[str, Any]
_Heard = tuple[Reading, int, Calibration]  # what a device said, and how it reads in its container


@dataclass(frozen=True, slots=True)
class Located:
    """A measurement of a registered device, where that device hung then, and what `fill` judges there.

    `place` and `said` are None when it hung nowhere.
    """

    measurement: Measurement
    device_id: int
    place: Place | None
    said: Reading | None


@dataclass(frozen=True, slots=True)
class Held:
    """The state of a container as a committed row has it; `version` is the transaction that wrote the row."""

    version: str
    state: State
    device_id: int | None


# What was last read or written, by container, for as long as a connection lives. Only a shortcut: a row that
# another process wrote since has another version, and is read again.
Known = dict[int, Held]


@dataclass(frozen=True, slots=True)
class Changes:
    """What folding did: states as they will be once committed, and how many events it recorded.

    `late` readings are older than what is believed of their container, which they leave alone.
    """

    states: Mapping[int, Held]
    alerts: int = 0
    emptyings: int = 0
    late: int = 0


def fold_readings(cursor: Cursor, new: Iterable[Located], known: Known) -> Changes:
    """Fold readings just stored per container in time order; write states, alerts and emptyings."""
    by_container: dict[int, list[_Heard]] = {}
    places: dict[int, Place] = {}
    for one in new:
        if one.place is not None and one.said is not None:
            container = one.place.container_id
            places[container] = one.place
            by_container.setdefault(container, []).append((one.said, one.device_id, one.place.calibration))
    if not by_container:
        return Changes({})
    moved: dict[int, tuple[State, int | None]] = {}
    events: list[tuple[int, Event]] = []
    rules, late = _rules(cursor), 0
    for container, held in _locked_states(cursor, places, known).items():
        state, device_id, happened, old = _folded(held, by_container[container], rules)
        late += old
        if state is not held.state:
            moved[container] = (state, device_id)
        events.extend((container, event) for event in happened)
    alerts, emptyings = _write_events(cursor, events)
    return Changes(_write_states(cursor, moved), alerts, emptyings, late)


def remember(known: Known, changes: Changes) -> None:
    """Keep what was committed, forgetting the oldest when there is too much."""
    known.update(changes.states)
    while len(known) > _KNOWN_AT_MOST:
        del known[next(iter(known))]


def _rules(cursor: Cursor) -> Rules:
    """The rules with what the installation chose, as they are at this moment."""
    chosen = [Chosen(**row) for row in cursor.execute(_QUERIES["alert_conditions"])]
    try:
        return rules_of(chosen)
    except Refused as refused:
        # Written by another version: the defaults are safe, refusing would stop every container.
        _LOG.error("the chosen alert conditions cannot be, defaults are used: %s", refused)
        return DEFAULT


def _locked_states(cursor: Cursor, places: Mapping[int, Place], known: Known) -> dict[int, Held]:
    held = _lock(cursor, sorted(places), places, known)
    missing = sorted(places.keys() - held.keys())
    if missing:
        blank = first(places[missing[0]].calibration)
        document = to_json(state_to_document(blank)).decode()
        cursor.execute(_QUERIES["begin_states"], {"containers": missing, "memory": document})
        held |= {row["container_id"]: Held(row["version"], blank, None) for row in cursor}
        # Another process may have begun, and even moved, some of them since.
        if others := [container for container in missing if container not in held]:
            held |= _lock(cursor, others, places, known)
    return held


def _lock(
    cursor: Cursor, containers: list[int], places: Mapping[int, Place], known: Known
) -> dict[int, Held]:
    versions = [known[one].version if one in known else None for one in containers]
    cursor.execute(_QUERIES["lock_states"], {"containers": containers, "versions": versions})
    held: dict[int, Held] = {}
    for row in cursor:
        container = row["container_id"]
        held[container] = (
            known[container]
            if row["memory"] is None
            else Held(
                row["version"],
                _remembered(container, row["memory"], places[container].calibration),
                row["device_id"],
            )
        )
    return held


def _write_states(cursor: Cursor, moved: Mapping[int, tuple[State, int | None]]) -> dict[int, Held]:
    if not moved:
        return {}
    rows = [
        {"container_id": container, "device_id": device_id, "memory": state_to_values(state)}
        for container, (state, device_id) in moved.items()
    ]
    cursor.execute(_QUERIES["write_states"], {"states": to_json(rows).decode()})
    (row,) = cursor.fetchall()
    return {container: Held(row["version"], *state) for container, state in moved.items()}


def _remembered(container: int, memory: str, calibration: Calibration) -> State:
    try:
        return state_from_document(from_json(memory))
    except Refused as refused:
        # Left by another version: forgetting costs a few readings, refusing would stop the container.
        _LOG.warning("container %d starts from a blank state: %s", container, refused)
        return first(calibration)


def _folded(held: Held, readings: list[_Heard], rules: Rules) -> tuple[State, int | None, list[Event], int]:
    state, device_id, late = held.state, held.device_id, 0
    happened: list[Event] = []
    for reading, speaker, calibration in sorted(readings, key=_instant):
        if state.measured_at is not None and reading.measured_at <= state.measured_at:
            late += 1  # stored, but it does not rewrite what is believed now
            continue
        if device_id is not None and device_id != speaker:
            state = restart(state)
        device_id = speaker
        state, events = fold(state, reading, calibration, rules)
        happened.extend(events)
    return state, device_id, happened, late


def _instant(one: _Heard) -> datetime:
    return one[0].measured_at


def reading_of(measurement: Measurement) -> Reading:
    """Return the part of a measurement that `fill` judges."""
    return Reading(
        measured_at=measurement.measured_at,
        distance_mm=measurement.distance_mm,
        temperature_c=measurement.temperature_c,
        battery_percent=measurement.battery_percent,
        tilt_deg=measurement.tilt_deg,
        echo_error=measurement.echo_error,
        fill_percent=measurement.fill_percent,
        fire=measurement.fire,
    )


def _write_events(cursor: Cursor, events: Sequence[tuple[int, Event]]) -> tuple[int, int]:
    emptyings = [
        row
        for container, event in events
        if isinstance(event, Emptied)
        for row in emptying_rows(container, event)
    ]
    if emptyings:
        cursor.executemany(_QUERIES["add_emptying"], emptyings)
    closings, alerts = alert_rows(events)
    if closings:
        cursor.executemany(_QUERIES["close_alert"], closings)
    if alerts:
        cursor.executemany(_QUERIES["add_alert"], alerts)
    return len(alerts), sum(isinstance(event, Emptied) for _, event in events)


def alert_rows(events: Sequence[tuple[int, Event]]) -> tuple[list[Row], list[Row]]:
    """Return (alerts to close in the database, alerts to add), from events in time order.

    An alert that opens and closes within the batch is added closed; the first closing of each kind also ends
    one that was open before the batch.
    """
    closings: dict[tuple[int, str], Row] = {}
    added: list[Row] = []
    open_now: dict[tuple[int, str], Row] = {}
    for container, event in events:
        if isinstance(event, Emptied):
            continue
        key = (container, event.kind)
        if isinstance(event, AlertOpened):
            row = {
                "container_id": container, "kind": event.kind, "opened_at": event.at,
                "sentence": event.sentence, "closed_at": None, "closed_because": None,
            }  # fmt: skip
            open_now[key] = row
            added.append(row)
            continue
        ending = {"container_id": container, "kind": event.kind, "at": event.at, "because": event.because}
        closings.setdefault(key, ending)
        row = open_now.pop(key, {})
        row.update(closed_at=event.at, closed_because=event.because)
    return list(closings.values()), added


def emptying_rows(container: int, event: Emptied) -> list[Row]:
    """Return what the log keeps of an emptying: a row for each that shows it, the level and the crane."""
    shown = [(event.source, event.at)]
    if event.lifted_at is not None and event.source == "level":
        shown.append(("crane", event.lifted_at))
    return [
        {
            "event_id": emptying_id(source, container, at),
            "container_id": container,
            "emptied_at": at,
            "source": source,
            "before_percent": event.before_percent,
            "after_percent": event.after_percent if event.source == "level" else None,
            "not_before": event.since if source == "level" else None,
        }
        for source, at in shown
    ]


def emptying_id(source: str, container: int, at: datetime) -> UUID:
    """Return the identity of an emptying: told twice, it is recorded once."""
    text = f"emptying|{source}|{container}|{at.astimezone(UTC).isoformat()}"
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())
