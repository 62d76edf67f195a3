"""The territory in motion: columns, their probes and the calendar crew, in one order of time.

Knows what happens next and lets it happen (`step`). Refuses to know sockets and the wall clock: the
caller says what time it is. With the same territory, seed, start and history, the same messages come
out, byte for byte; only emptyings handed in from outside (`lift_container`) change them.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from equipment import Equipment
from probe import Fault, Incident, Probe, faults, incidents, measure, probe, silent
from waste_model import Calendar, Column, Lift, advance, calendar, fill, lift, lift_at
from wire import Message

JITTER_S = 90
END = datetime.max.replace(tzinfo=UTC)
FIRE_REPORT = timedelta(minutes=15)
SETTLES = timedelta(minutes=5)  # a column put back on the ground reports that it stands


@dataclass(frozen=True, slots=True)
class Silence:
    """The probe of this serial will not speak again."""

    serial: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Emptied:
    """The calendar crew emptied a column."""

    container: str
    lift: Lift


Happening = Message | Silence | Emptied


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: datetime
    order: int
    index: int = field(compare=False)
    kind: str = field(compare=False)  # report, extra, hanging, lift, incident
    number: int = field(compare=False, default=0)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that moves. Made by `world`, changed by `step` and `lift_container`."""

    start: datetime
    begins: datetime
    calendar_goes_on: bool
    columns: list[Column]
    probes: list[Probe]
    calendars: list[Calendar]
    incidents: list[list[Incident]]
    faults: dict[str, Fault]
    index_of: dict[str, int]
    agenda: list[_Due] = field(default_factory=list)
    order: int = 0


def world(
    equipment: tuple[Equipment, ...],
    *,
    seed: int,
    start: datetime,
    history: timedelta,
    calendar_goes_on: bool = False,
    boot: int = 1,
) -> World:
    """Set the stage at `start` minus `history`. `boot` is the number of the probes' current start.

    Each column begins empty at its last lift before the history, so that fills are already spread.
    """
    begins = start - history
    wrong = faults(equipment, seed, start, history)
    made = World(
        start=start,
        begins=begins,
        calendar_goes_on=calendar_goes_on,
        columns=[_column(e, seed, begins) for e in equipment],
        probes=[probe(e, wrong.get(e.serial), seed, boot) for e in equipment],
        calendars=[],
        incidents=[incidents(e.serial, seed, begins) for e in equipment],
        faults=wrong,
        index_of={e.container: index for index, e in enumerate(equipment)},
    )
    for index, phase in enumerate(_phases(len(equipment), seed)):
        _schedule(made, index, phase)
    return made


def _column(equipment: Equipment, seed: int, at: datetime) -> Column:
    return Column(
        code=equipment.container,
        stream=equipment.stream,
        volume_l=equipment.volume_l,
        litres_per_day=equipment.litres_per_day,
        seed=seed,
        at=at,
    )


def _phases(count: int, seed: int) -> list[float]:
    """Evenly staggered shares of the period, dealt at random: the fleet never falls due together."""
    rng = random.Random(f"phases/{seed}")
    phases = [(number + rng.random()) / count for number in range(count)]
    rng.shuffle(phases)
    return phases


def _schedule(made: World, index: int, phase: float) -> None:
    column, state = made.columns[index], made.probes[index]
    plan = calendar(column, made.start, phase)
    made.calendars.append(plan)
    number = 0
    while lift_at(plan, number) > made.begins:
        number -= 1
    column.at = lift_at(plan, number)
    _push(made, lift_at(plan, number + 1), index, "lift", number + 1)
    first = max(made.begins, state.equipment.mounted_at) + timedelta(seconds=state.phase_s)
    _push(made, first + _jitter(state, 0), index, "report", 0)
    if made.incidents[index]:
        _push(made, made.incidents[index][0].at, index, "incident", 0)


def _push(made: World, at: datetime, index: int, kind: str, number: int = 0) -> None:
    made.order += 1
    heapq.heappush(made.agenda, _Due(at.replace(microsecond=0), made.order, index, kind, number))


def _jitter(state: Probe, number: int) -> timedelta:
    rng = random.Random(f"jitter/{state.seed}/{state.equipment.serial}/{number}")
    return timedelta(seconds=rng.uniform(0, JITTER_S))


def next_at(made: World) -> datetime:
    """When the next thing happens; the end of time when nothing will."""
    return made.agenda[0].at if made.agenda else END


def due(made: World, now: datetime) -> Iterator[Happening]:
    """Let everything up to `now` happen, in order."""
    while made.agenda and made.agenda[0].at <= now:
        happening = step(made)
        if happening is not None:
            yield happening


def step(made: World) -> Happening | None:
    """Let the next thing happen; None when nothing came of it."""
    now = heapq.heappop(made.agenda)
    column, state = made.columns[now.index], made.probes[now.index]
    if now.kind == "lift":
        if now.at > made.start and not made.calendar_goes_on:
            return None
        following = lift_at(made.calendars[now.index], now.number + 1)
        _push(made, following, now.index, "lift", now.number + 1)
        return Emptied(column.code, _lift(made, now.index, now.at))
    if silent(state, now.at):
        return Silence(state.equipment.serial, now.at) if now.kind == "report" else None
    if now.kind == "incident":
        _begin_incident(made, now)
    if now.kind == "report":
        _plan_next_report(made, now)
    advance(column, now.at)
    hanging = state.rng.randrange(35, 75) if now.kind == "hanging" else None
    return measure(state, now.at, fill(column), lift_deg=hanging)


def _plan_next_report(made: World, now: _Due) -> None:
    state = made.probes[now.index]
    first = max(made.begins, state.equipment.mounted_at) + timedelta(seconds=state.phase_s)
    planned = first + timedelta(seconds=(now.number + 1) * state.equipment.report_interval_s)
    _push(made, planned + _jitter(state, now.number + 1), now.index, "report", now.number + 1)


def _begin_incident(made: World, now: _Due) -> None:
    """The probe wakes at once; during a fire it reports often; it says when it is over."""
    story = made.incidents[now.index]
    incident = story[now.number]
    made.probes[now.index].incident = incident
    if incident.kind == "fire":
        at = incident.at + FIRE_REPORT
        while at < incident.until:
            _push(made, at, now.index, "extra")
            at += FIRE_REPORT
    _push(made, incident.until + timedelta(seconds=1), now.index, "extra")
    if now.number + 1 < len(story):
        _push(made, story[now.number + 1].at, now.index, "incident", now.number + 1)


def _lift(made: World, index: int, at: datetime) -> Lift:
    """Empty the column; the crane tilts it, and some probes notice."""
    done = lift(made.columns[index], at)
    state = made.probes[index]
    if state.wakes_on_lift and done.at >= made.begins and not silent(state, done.at):
        _push(made, done.at + timedelta(seconds=1), index, "hanging")
        _push(made, done.at + SETTLES, index, "extra")
    return done


def lift_container(made: World, container: str, at: datetime) -> Lift | None:
    """A real crew emptied this column at `at`. None when no such column is simulated."""
    index = made.index_of.get(container)
    return None if index is None else _lift(made, index, at)
