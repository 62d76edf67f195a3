"""Lets the world run against a broker, and against a platform when there is one.

Knows the clocks: shown time = start + (real time since `real_start`) x rate. Refuses to know how
messages are made or written. History and live time are one loop: whatever is due at the shown instant
is published in order, as fast as the in-flight window allows, so a late start simply catches up.
"""

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType

from crew import Crew, Emptying, Robot, look
from equipment import Equipment
from fleet import Broker, Fleet, all_up, fleet, hang_up, kill, on_the_way, send, turn
from waste_model import Lift
from wire import Message, rfc3339
from world import Emptied, Happening, Silence, World, lift_container, next_at, step, world

log = logging.getLogger(__name__)

WINDOW = 200
OPENING_WITHIN_S = 30.0
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person who started the simulator asked for. Real durations in s; `rate` is shown per real."""

    seed: int
    start: datetime
    real_start: datetime
    rate: float
    history: timedelta
    until: datetime | None = None
    for_s: float | None = None
    boot: int = 1
    window: int = WINDOW
    calendar_goes_on: bool = True


@dataclass(slots=True)
class Tally:
    """What happened besides the wire. `lifted_kg` is what the last lift of each container weighed."""

    density_kg_m3: dict[str, int]
    lifted_kg: dict[str, int] = field(default_factory=dict)
    calendar_lifts: int = 0
    emptyings_learned: int = 0
    silenced: int = 0


class Refused(Exception):
    """The broker says no to every probe: nothing can be simulated."""


def shown(wish: Wish, real: datetime) -> datetime:
    """The time the territory shows at this real instant."""
    return wish.start + (real - wish.real_start) * wish.rate


@dataclass(slots=True)
class Road:
    """The crew's thread and what it brings back."""

    crew: Crew
    found: queue.SimpleQueue[Emptying]
    stop: threading.Event
    thread: threading.Thread | None = None


def run(
    wish: Wish,
    equipment: tuple[Equipment, ...],
    broker: Broker,
    crew_of: Callable[[Callable[[str], int | None]], Crew] | None = None,
) -> dict[str, object]:
    """Run until asked to stop; return the counts. Refused when the broker will have none of the probes."""
    stage = world(
        equipment,
        seed=wish.seed,
        start=wish.start,
        history=wish.history,
        calendar_goes_on=wish.calendar_goes_on,
        boot=wish.boot,
    )
    probes = fleet(broker, tuple(e.serial for e in equipment))
    tally = Tally({e.container: e.density_kg_m3 for e in equipment})
    road = _road(crew_of(tally.lifted_kg.get), wish) if crew_of is not None else None
    began = time.monotonic()
    with _stop_on_signals() as stop:
        try:
            _open(probes, stop)
            _loop(wish, stage, probes, road, tally, stop)
        finally:
            if road is not None and road.thread is not None:
                road.stop.set()
                road.thread.join(timeout=1)  # a slow answer does not hold the end back
            hang_up(probes)
    robots = road.crew.robots if road is not None else []
    return _counts(wish, probes, tally, robots, time.monotonic() - began)


def _open(probes: Fleet, stop: threading.Event) -> None:
    """Wait for the first connections, so that a wrong password is a sentence and not a silent wait."""
    until = time.monotonic() + OPENING_WITHIN_S
    while not all_up(probes) and not stop.is_set() and time.monotonic() < until:
        turn(probes, 0.05)
        if probes.refused and probes.counts.connections == 0:
            raise Refused(probes.refused)


def _loop(
    wish: Wish, stage: World, probes: Fleet, road: Road | None, tally: Tally, stop: threading.Event
) -> None:
    ends = None if wish.for_s is None else time.monotonic() + wish.for_s
    while not stop.is_set() and (ends is None or time.monotonic() < ends):
        now = shown(wish, datetime.now(UTC))
        limit = min(now, wish.until) if wish.until is not None else now
        while road is not None and not road.found.empty():
            _empty(stage, road.found.get(), limit, tally)
        room = wish.window - on_the_way(probes)
        while room > 0 and next_at(stage) <= limit:
            room -= _happen(step(stage), probes, tally)
        if wish.until is not None and now >= wish.until and next_at(stage) > limit:
            return
        turn(probes, _pause(wish, stage, now))


def _happen(happening: Happening | None, probes: Fleet, tally: Tally) -> int:
    """Take one thing that happened; return how many readings left."""
    if isinstance(happening, Message):
        send(probes, happening)
        return 1
    if isinstance(happening, Silence):
        tally.silenced += 1
        kill(probes, happening.serial)
    if isinstance(happening, Emptied):
        tally.calendar_lifts += 1
        _weigh(tally, happening.container, happening.lift)
    return 0


def _empty(stage: World, emptying: Emptying, now: datetime, tally: Tally) -> None:
    done = lift_container(stage, emptying.container, min(emptying.at, now))
    if done is not None:
        tally.emptyings_learned += 1
        _weigh(tally, emptying.container, done)


def _weigh(tally: Tally, container: str, done: Lift) -> None:
    tally.lifted_kg[container] = round(done.litres * tally.density_kg_m3[container] / 1000)


def _pause(wish: Wish, stage: World, now: datetime) -> float:
    """Real seconds until the next thing is due: 0 while catching up, at most a quarter of a second."""
    left_s = (next_at(stage) - now).total_seconds() / wish.rate
    return max(0.001, min(0.25, left_s))


def _road(crew: Crew, wish: Wish) -> Road:
    """HTTP may wait for seconds, probes may not: the crew looks from a thread of its own."""
    road = Road(crew, queue.SimpleQueue(), threading.Event())

    def patrol() -> None:
        while not road.stop.wait(LOOK_EVERY_S):
            real = datetime.now(UTC)
            for emptying in look(crew, shown(wish, real), real):
                road.found.put(emptying)

    road.thread = threading.Thread(target=patrol, name="crew", daemon=True)
    road.thread.start()
    return road


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """SIGTERM and SIGINT ask for a clean end; the previous answers to them come back afterwards."""
    stop = threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        log.info("%s: hanging up", signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)


def _counts(
    wish: Wish, probes: Fleet, tally: Tally, robots: list[Robot], seconds: float
) -> dict[str, object]:
    shown_until = shown(wish, datetime.now(UTC))
    if wish.until is not None:
        shown_until = min(shown_until, wish.until)
    return {
        "probes": len(probes.lines),
        "published": probes.counts.published,
        "acked": probes.counts.acked,
        "unacked": on_the_way(probes),
        "connections": probes.counts.connections,
        "reconnections": probes.counts.reconnections,
        "refusals": probes.counts.refusals,
        "silenced": tally.silenced,
        "calendar_lifts": tally.calendar_lifts,
        "emptyings_learned": tally.emptyings_learned,
        "stops_driven": sum(robot.driven for robot in robots),
        "shown_until": rfc3339(shown_until),
        "seconds": round(seconds, 1),
    }
