"""New readings folded into what is believed of their containers, and what that changes in the database.

Knows how a batch's events become rows of `container_state`, `alert` and `emptying`; the rules themselves are
`fill`'s. Works inside the caller's transaction, on rows it locks.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from pydantic_core import from_json

from fill.document import state_from_document, state_to_document
from fill.fold import first, fold, restart
from fill.model import AlertOpened, Calibration, Emptied, Event, Reading, Refused, State
from ingest.directory import Place
from ingest.message import Measurement
from store.queries import named_queries

_QUERIES = named_queries("ingest")
_LOG = logging.getLogger("ingest")

Cursor = psycopg.Cursor[DictRow]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A reading just stored, with the device that made it and the container it hung in."""

    measurement: Measurement
    device_id: int
    place: Place


@dataclass(frozen=True, slots=True)
class Changes:
    """What folding did: containers whose state moved, and how many events it recorded."""

    containers: tuple[int, ...] = ()
    alerts: int = 0
    emptyings: int = 0


def fold_readings(cursor: Cursor, heard: Iterable[Heard]) -> Changes:
    """Fold `heard` per container in time order; write states, alerts and emptyings."""
    by_container: dict[int, list[Heard]] = {}
    for one in heard:
        by_container.setdefault(one.place.container_id, []).append(one)
    if not by_container:
        return Changes()
    held = _locked_states(cursor, {container: list_[0].place for container, list_ in by_container.items()})
    states: list[Row] = []
    events: list[tuple[int, Event]] = []
    for container, readings in by_container.items():
        before, device_id = held[container]
        state, device_id, happened = _folded(before, device_id, readings)
        if state is not before:
            states.append(
                {"container_id": container, "device_id": device_id, "memory": state_to_document(state)}
            )
        events.extend((container, event) for event in happened)
    if states:
        cursor.execute(_QUERIES["write_states"], {"states": json.dumps(states)})
    alerts, emptyings = _write_events(cursor, events)
    return Changes(tuple(row["container_id"] for row in states), alerts, emptyings)


def _locked_states(cursor: Cursor, places: Mapping[int, Place]) -> dict[int, tuple[State, int | None]]:
    containers = sorted(places)
    rows = cursor.execute(_QUERIES["lock_states"], {"containers": containers}).fetchall()
    missing = sorted(places.keys() - {row["container_id"] for row in rows})
    if missing:
        blank = json.dumps(state_to_document(first(places[missing[0]].calibration)))
        cursor.execute(_QUERIES["begin_states"], {"containers": missing, "memory": blank})
        # Another process may have begun, and even moved, some of them since.
        rows += cursor.execute(_QUERIES["lock_states"], {"containers": missing}).fetchall()
    return {
        row["container_id"]: (
            _remembered(row["container_id"], row["memory"], places[row["container_id"]].calibration),
            row["device_id"],
        )
        for row in rows
    }


def _remembered(container: int, memory: str, calibration: Calibration) -> State:
    try:
        return state_from_document(from_json(memory))
    except Refused as refused:
        # Left by another version: forgetting costs a few readings, refusing would stop the container.
        _LOG.warning("container %d starts from a blank state: %s", container, refused)
        return first(calibration)


def _folded(
    state: State, device_id: int | None, readings: list[Heard]
) -> tuple[State, int | None, list[Event]]:
    happened: list[Event] = []
    for one in sorted(readings, key=_instant):
        if state.measured_at is not None and one.measurement.measured_at <= state.measured_at:
            continue  # late: stored, but it does not rewrite what is believed now
        if device_id is not None and device_id != one.device_id:
            state = restart(state)
        device_id = one.device_id
        state, events = fold(state, reading_of(one.measurement), one.place.calibration)
        happened.extend(events)
    return state, device_id, happened


def _instant(one: Heard) -> datetime:
    return one.measurement.measured_at


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
    )


def _write_events(cursor: Cursor, events: Sequence[tuple[int, Event]]) -> tuple[int, int]:
    emptyings = [_emptying(container, event) for container, event in events if isinstance(event, Emptied)]
    if emptyings:
        cursor.executemany(_QUERIES["add_emptying"], emptyings)
    closings, alerts = alert_rows(events)
    if closings:
        cursor.executemany(_QUERIES["close_alert"], closings)
    if alerts:
        cursor.executemany(_QUERIES["add_alert"], alerts)
    return len(alerts), len(emptyings)


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


def _emptying(container: int, event: Emptied) -> Row:
    return {
        "event_id": emptying_id("level", container, event.at),
        "container_id": container,
        "emptied_at": event.at,
        "before_percent": event.before_percent,
        "after_percent": event.after_percent,
    }


def emptying_id(source: str, container: int, at: datetime) -> UUID:
    """Return the identity of an emptying: told twice, it is recorded once."""
    text = f"emptying|{source}|{container}|{at.astimezone(UTC).isoformat()}"
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())
