"""A Saturday at the déchetteries: who comes when, and gates that live through it, online or not.

Three hundred cars a site between nine and half past five, most of them before noon. Each gate is cut off for
a while at its own time, one clock is two hours wrong, some badges are nobody's, some answers are asked for
twice. Knows the protocol through `Gate` and keeps the truth: what each gate did.
"""

import json
import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import FrameType
from uuid import UUID
from zoneinfo import ZoneInfo

from fleet import Broker
from gate_link import Gate
from gate_terminal import Terminal

log = logging.getLogger("firmware-sim")

PARIS = ZoneInfo("Europe/Paris")
CARS = 300
OPENS_H, CLOSES_H = 9.0, 17.5
PEAKS = ((10.5, 1.0, 0.6), (15.5, 1.2, 0.4))  # hour, spread in hours, share
UNKNOWN = 0.01
ASKED_TWICE = 0.01
CUT_S = (1200, 4200)  # shown seconds without a line, once a day
POLL, QUIET = timedelta(seconds=30), timedelta(seconds=3)  # shown, real
LOADS = (("car", "none"), ("car", "none"), ("car", "loaded"), ("van", "none"))


@dataclass(frozen=True, slots=True)
class Site:
    """One gate to play: its terminal's name and key, and the badges that come."""

    name: str
    key: str = field(repr=False)
    badges: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A car at the gate."""

    at: datetime
    id: UUID
    badge: str
    twice: bool


@dataclass(slots=True)
class Told:
    """What a gate did, for whoever compares."""

    cars: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)


def arrivals(
    seed: int, site: Site, day: datetime, cars: int = CARS, round_the_clock: bool = False
) -> list[Arrival]:
    """The cars of one day at one site, in order. `day` is its midnight in Paris."""
    dice = Random(f"{seed}/{site.name}/{day.date()}")
    found = []
    for _ in range(cars):
        peak, spread, _share = dice.choices(PEAKS, [one[2] for one in PEAKS])[0]
        hour = min(CLOSES_H - 0.01, max(OPENS_H, dice.gauss(peak, spread)))
        if round_the_clock:
            hour = dice.uniform(0, 24)
        unknown = dice.random() < UNKNOWN
        badge = f"0BAD{dice.randrange(10**6):06}" if unknown else dice.choice(list(site.badges))
        name = UUID(int=dice.getrandbits(128), version=4)
        found.append(Arrival(day + timedelta(hours=hour), name, badge, dice.random() < ASKED_TWICE))
    return sorted(found, key=lambda one: one.at)


def cut(seed: int, site: Site, day: datetime) -> tuple[datetime, datetime]:
    """When this gate has no line that day."""
    dice = Random(f"cut/{seed}/{site.name}/{day.date()}")
    start = day + timedelta(hours=dice.uniform(OPENS_H, CLOSES_H - 2))
    return start, start + timedelta(seconds=dice.uniform(*CUT_S))


def midnight(at: datetime) -> datetime:
    """The midnight in Paris that began the day of an instant."""
    return at.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(slots=True)
class Day:
    """A gate's day, lived against the shown clock. `rest` waits shown seconds, and tells when to stop."""

    gate: Gate
    site: Site
    seed: int
    cars: int
    now: Callable[[], datetime]
    rest: Callable[[float], bool]
    told: Told = field(default_factory=Told)
    polled_at: datetime | None = None
    round_the_clock: bool = False
    poll: timedelta = POLL

    def live(self) -> None:
        """Day after day until told to stop."""
        while not self.gate.hello():
            if self.rest(10):
                return
        self.gate.refresh()
        day = midnight(self.now())
        while True:
            gone, back = cut(self.seed, self.site, day)
            for one in arrivals(self.seed, self.site, day, self.cars, self.round_the_clock):
                if one.at < self.now() - timedelta(minutes=2):
                    continue  # before we began
                while self.now() < one.at:
                    self.keep_up(gone, back)
                    if self.rest(min(self.poll.total_seconds(), (one.at - self.now()).total_seconds())):
                        return
                self.keep_up(gone, back)
                self.receive(one)
            day = midnight(day + timedelta(hours=36))
            while self.now() < day:
                self.keep_up(gone, back)
                if self.rest(self.poll.total_seconds()):
                    return

    def keep_up(self, gone: datetime, back: datetime) -> None:
        """The line comes and goes; online, forward the journal, say the clock, ask for changes."""
        now = self.now()
        if gone <= now < back and self.gate.online:
            self.gate.go_away()
        elif not gone <= now < back and not self.gate.online:
            self.gate.come_back()
        if self.gate.online and (self.polled_at is None or now - self.polled_at >= self.poll):
            self.polled_at = now
            if self.gate.broker is None:
                self.gate.hello()
            self.gate.beat()
            self.gate.forward()
            self.gate.refresh()

    def receive(self, one: Arrival) -> None:
        """A car shows its badge."""
        vehicle, trailer = LOADS[one.id.int % len(LOADS)]
        scan = self.gate.terminal.scan(one.id, one.badge, vehicle=vehicle, trailer=trailer)
        asked = self.gate.tally.answered
        _, rule = self.gate.show(scan)
        if one.twice and self.gate.tally.answered > asked:
            self.gate.show(scan)
        self.told.cars += 1
        self.told.rules[rule] += 1
        self.told.ids.append(str(one.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person who started the gates asked for; `rate` is shown seconds per real second."""

    seed: int
    start: datetime
    real_start: datetime
    rate: float
    cars: int
    badge_key: bytes
    api: tuple[str, int]
    broker: Broker | None
    for_s: float | None = None
    round_the_clock: bool = False


def play(wish: Wish, sites: Sequence[Site], real_now: Callable[[], datetime]) -> dict[str, object]:
    """Live until asked to stop; return what the gates did."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    deadline = None if wish.for_s is None else time.monotonic() + wish.for_s

    def now() -> datetime:
        return wish.start + (real_now() - wish.real_start) * wish.rate

    def rest(seconds: float) -> bool:
        left = max(0.05, seconds / wish.rate)
        if deadline is not None:
            left = min(left, max(0.0, deadline - time.monotonic()))
        return stop.wait(left) or (deadline is not None and time.monotonic() >= deadline)

    days = [_day(wish, site, number, now, rest) for number, site in enumerate(sites)]
    threads = [threading.Thread(target=one.live, daemon=True) for one in days]
    for one in threads:
        one.start()
    for one in threads:
        while one.is_alive():
            one.join(0.5)
    for day in days:
        _leave(day.gate)
    return _report(days)


def _day(
    wish: Wish, site: Site, number: int, now: Callable[[], datetime], rest: Callable[[float], bool]
) -> Day:
    error = timedelta(hours=2) if number == 0 else timedelta(seconds=17 * number)
    poll = max(POLL, QUIET * wish.rate)  # a clock that runs fast is no reason to ask ever more
    terminal = Terminal(site.name, wish.badge_key, now, clock_error=error)
    gate = Gate(terminal, *wish.api, site.key, wish.broker)
    return Day(gate, site, wish.seed, wish.cars, now, rest, round_the_clock=wish.round_the_clock, poll=poll)


def _leave(gate: Gate) -> None:
    """The last lines of the journal, if anybody takes them."""
    gate.come_back()
    deadline = time.monotonic() + 3
    while gate.forward() and time.monotonic() < deadline:
        time.sleep(0.05)
    gate.go_away()


def _report(days: Sequence[Day]) -> dict[str, object]:
    rules = sum((one.told.rules for one in days), Counter[str]())
    return {
        "gates": len(days),
        "cars": sum(one.told.cars for one in days),
        "answered": sum(one.gate.tally.answered for one in days),
        "decided_alone": sum(one.gate.tally.alone for one in days),
        "opened": sum(one.gate.tally.opened for one in days),
        "lists": sum(one.gate.tally.lists for one in days),
        "journal_left": sum(len(one.gate.terminal.memory.journal) for one in days),
        "rules": dict(sorted(rules.items())),
    }


def read_sites(text: str) -> list[Site]:
    """The gates to play, as JSON: `[{"name", "key", "badges"}]`."""
    return [Site(one["name"], one["key"], one["badges"]) for one in json.loads(text)]
