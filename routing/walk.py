"""When a truck is where, along a given order: waits, windows, the start put off, and the pauses placed.

It knows seconds and positions; it refuses to know places, loads and cents. Pauses are taken parked,
between two visits. ``pauses_kept`` says which rules a walk breaks; ``best_walk`` looks for one that
breaks none: at once for the plain pause, by adding one pause at a time for lunch and driving time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from routing.model import Vehicle, Window

FAR_S = 10**9
Halt = tuple[int, Sequence[Window]]
"""How long a stop takes and when it may start."""
Rest = tuple[int, int, int, int]
"""A pause to take: before driving towards this position, for so long, begun within these two moments."""
MAX_PAUSES = 6


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause as taken; ``position`` is the stop driven to next (the number of stops: the end)."""

    position: int
    begin_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Walk:
    """One timing of an order: arrival and service start at each stop, and where the pauses fell."""

    start_s: int
    end_s: int
    arrivals: tuple[int, ...]
    begins: tuple[int, ...]
    missed: int
    pauses: tuple[Pause, ...]

    @property
    def duration_s(self) -> int:
        """From leaving the start to reaching the end, pauses included."""
        return self.end_s - self.start_s

    @property
    def waits(self) -> bool:
        """Whether the truck stands before a closed stop."""
        return any(arrival < begin for arrival, begin in zip(self.arrivals, self.begins, strict=True))


def opening(windows: Sequence[Window], moment: int) -> int | None:
    """The earliest service start at or after ``moment``; None when every window has closed."""
    if not windows:
        return moment
    possible = [max(moment, first) for first, last in windows if moment <= last]
    return min(possible, default=None)


def best_walk(vehicle: Vehicle, halts: Sequence[Halt], legs: Sequence[int], earliest: int) -> Walk:
    """Without a pause when none is due; else with those that cost least, late rather than early."""
    plain = _walk(halts, legs, (), earliest)
    if vehicle.lunch is None and vehicle.driving is None:
        return _one_pause(vehicle, halts, legs, earliest, plain)
    walk = plain
    rests: tuple[Rest, ...] = ()
    for _ in range(MAX_PAUSES):
        ways = list(_cures(vehicle, halts, legs, walk, rests))
        if not ways:
            return walk
        tried = [(_walk(halts, legs, way, earliest), way) for way in ways]
        ranked = [
            ((len(list(_broken(vehicle, legs, one))), one.missed, one.duration_s, i), one, way)
            for i, (one, way) in enumerate(tried)
        ]
        _, walk, rests = min(ranked, key=itemgetter(0))
    return walk


def pauses_kept(vehicle: Vehicle, legs: Sequence[int], walk: Walk) -> bool:
    """Whether every pause due is taken in time."""
    return next(_broken(vehicle, legs, walk), None) is None


def _broken(vehicle: Vehicle, legs: Sequence[int], walk: Walk) -> Iterator[tuple[str, int]]:
    """The rules broken: their name, and for driving the position whose leg is one too many."""
    pause, lunch = vehicle.pause, vehicle.lunch
    if pause is not None and walk.duration_s > pause.latest_after_s:
        latest = walk.start_s + pause.latest_after_s
        if not any(one.begin_s <= latest and one.duration_s >= pause.duration_s for one in walk.pauses):
            yield "pause", 0
    if lunch is not None and walk.start_s < lunch.window[1] < walk.end_s:
        first, last = lunch.window
        if not any(first <= p.begin_s <= last and p.duration_s >= lunch.duration_s for p in walk.pauses):
            yield "lunch", 0
    if vehicle.driving is not None:
        driven, part = 0, False
        first_part, second_part = vehicle.driving.parts
        for position, leg in enumerate(legs):
            for one in walk.pauses:
                if one.position != position:
                    continue
                if one.duration_s >= vehicle.driving.rest_s or (part and one.duration_s >= second_part):
                    driven, part = 0, False
                elif one.duration_s >= first_part:
                    part = True
            driven += leg
            if driven > vehicle.driving.limit_s:
                yield "driving", position
                return


def _cures(
    vehicle: Vehicle, halts: Sequence[Halt], legs: Sequence[int], walk: Walk, rests: tuple[Rest, ...]
) -> Iterator[tuple[Rest, ...]]:
    """Every way to add the pause that the first broken rule asks for; none when none is broken."""
    broken = next(_broken(vehicle, legs, walk), None)
    if broken is None:
        return
    rule, worst = broken
    for position in range(len(halts), -1, -1):
        if rule == "pause" and vehicle.pause is not None:
            yield _with(rests, (position, vehicle.pause.duration_s, 0, FAR_S))
        elif rule == "lunch" and vehicle.lunch is not None:
            yield _with(rests, (position, vehicle.lunch.duration_s, *vehicle.lunch.window))
        elif vehicle.driving is not None and position <= worst:
            yield _with(rests, (position, vehicle.driving.rest_s, 0, FAR_S))
            one, two = vehicle.driving.parts
            for before in range(position - 1, max(-1, position - 8), -1):
                yield _with(_with(rests, (before, one, 0, FAR_S)), (position, two, 0, FAR_S))


def _with(rests: tuple[Rest, ...], rest: Rest) -> tuple[Rest, ...]:
    return tuple(sorted((*rests, rest), key=itemgetter(0)))


def _one_pause(
    vehicle: Vehicle, halts: Sequence[Halt], legs: Sequence[int], earliest: int, plain: Walk
) -> Walk:
    if vehicle.pause is None or plain.duration_s <= vehicle.pause.latest_after_s:
        return plain
    after, lasts = vehicle.pause.latest_after_s, vehicle.pause.duration_s
    waits = plain.waits
    best: Walk | None = None
    for position in range(len(halts), -1, -1):
        if not waits and _leaves(plain, halts, position) - plain.start_s > after:
            continue  # the pause changes nothing before it: too late without even trying
        walk = _walk(halts, legs, ((position, lasts, 0, FAR_S),), earliest)
        if walk.pauses[0].begin_s - walk.start_s > after:
            continue
        if best is None or (walk.missed, walk.duration_s) < (best.missed, best.duration_s):
            best = walk
        if not waits and walk.missed == 0:
            break  # without waiting every position costs the same: the latest is the one people want
    return best or plain


def _leaves(walk: Walk, halts: Sequence[Halt], position: int) -> int:
    return walk.start_s if position == 0 else walk.begins[position - 1] + halts[position - 1][0]


def _walk(halts: Sequence[Halt], legs: Sequence[int], rests: tuple[Rest, ...], earliest: int) -> Walk:
    """Leave at the earliest, then again as late as keeps the same end."""
    first = _walk_from(halts, legs, rests, earliest)
    if first.missed or not (first.waits or any(rest[2] for rest in rests)):
        return first
    latest = first.end_s
    for i in range(len(halts), -1, -1):
        latest -= legs[i]
        for position, lasts, _, last in reversed(rests):
            if position == i:
                latest = min(latest - lasts, last)
        if i > 0:
            service, windows = halts[i - 1]
            latest = min(latest - service, _closing(windows, first.begins[i - 1], latest - service))
    return _walk_from(halts, legs, rests, max(latest, earliest))


def _closing(windows: Sequence[Window], begin: int, otherwise: int) -> int:
    return max((last for start, last in windows if start <= begin <= last), default=otherwise)


def _walk_from(halts: Sequence[Halt], legs: Sequence[int], rests: tuple[Rest, ...], start: int) -> Walk:
    now, missed, taken = start, 0, 0
    arrivals, begins, pauses = [], [], []
    for i in range(len(legs)):
        while taken < len(rests) and rests[taken][0] == i:
            begin_s = max(now, rests[taken][2])
            pauses.append(Pause(i, begin_s, rests[taken][1]))
            now = begin_s + rests[taken][1]
            taken += 1
        now += legs[i]
        if i == len(halts):
            break
        service, windows = halts[i]
        begin = opening(windows, now) if windows else now
        missed += begin is None
        arrivals.append(now)
        begins.append(now if begin is None else begin)
        now = begins[-1] + service
    return Walk(start, now, tuple(arrivals), tuple(begins), missed, tuple(pauses))
