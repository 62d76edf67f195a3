"""Events before they are billed: corrections applied, the implausible set aside. Never deleted.

A correction is a new event with its author and reason; the last one decides. What is doubtful is not billed
until someone keeps it. Thresholds are a collectivity's choice; the defaults say where they come from.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from tariff.model import Event

CANCEL, KEEP = "annuler", "retenir"
ACTIONS = (CANCEL, KEEP)
EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Someone's decision on an event. To give an event to another account: cancel it, and add one there."""

    id: str
    at: datetime
    event: str
    action: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An event with where it was read, degrees, and how well (dBm, nearer to 0 is stronger)."""

    event: Event
    lat: float | None = None
    lon: float | None = None
    signal_dbm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is implausible. Seconds and metres.

    `cycle_s`: an arm lifts one bin at a time, and antennas read chips up to 2 m away (CC Pays Riolais had
    to add a filter), so two bins read by one device within a cycle are one lift. `most_per_day`: no household
    opens a drum more often (SMD3's inhabitants contested impossible rates). `neighbour_m`: further from the
    bin's own place than a truck stops.
    """

    double_s: int = 600
    double_m: int = 100
    cycle_s: int = 8
    most_per_day: Mapping[str, int] | None = None
    neighbour_m: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why an event is to be reviewed: the rule, a French sentence, and the other event when there is one."""

    event: str
    rule: str
    sentence: str
    other: str | None = None


def settle(events: Iterable[Event], corrections: Iterable[Correction]) -> tuple[list[Event], list[str]]:
    """The events as their last corrections leave them, and the corrections of unknown events."""
    last: dict[str, Correction] = {}
    for one in sorted(corrections, key=lambda c: (c.at, c.id)):
        last[one.event] = one
    told: list[Event] = []
    for event in events:
        found = last.get(event.id)
        if found is None:
            told.append(event)
        elif found.action == KEEP:
            told.append(replace(event, aside=None))
        else:
            told.append(replace(event, aside=f"annulé par la correction {found.id} : {found.reason}"))
    known = {event.id for event in told}
    return told, sorted(one.id for one in last.values() if one.event not in known)


def review(
    readings: Iterable[Reading], rules: Rules, homes: Mapping[str, tuple[float, float]] | None = None
) -> list[Doubt]:
    """Every doubt on these readings, at most one per event, in order of time. `homes`: bins' places."""
    ordered = sorted(readings, key=lambda one: (one.event.at, one.event.id))
    doubts: dict[str, Doubt] = {}
    for found in (
        *_doubles(ordered, rules),
        *_neighbours(ordered, rules),
        *_far(ordered, rules, homes or {}),
        *_too_many(ordered, rules),
    ):
        doubts.setdefault(found.event, found)
    return [doubts[one.event.id] for one in ordered if one.event.id in doubts]


def mark(events: Iterable[Event], doubts: Iterable[Doubt]) -> list[Event]:
    """The events, those in doubt set aside with the sentence."""
    said = {one.event: one.sentence for one in doubts}
    return [
        replace(one, aside=f"à vérifier : {said[one.id]}") if one.id in said and not one.aside else one
        for one in events
    ]


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two (lat, lon)."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, half)))


def _place(one: Reading) -> tuple[float, float] | None:
    return None if one.lat is None or one.lon is None else (one.lat, one.lon)


def _doubles(ordered: list[Reading], rules: Rules) -> Iterator[Doubt]:
    """The same bin or badge again, soon and near: the later one. A place not known counts as near."""
    last: dict[tuple[str, str], Reading] = {}
    for one in ordered:
        name = one.event.bin or one.event.badge
        if name is None:
            continue
        before = last.get((one.event.kind, name))
        if before is not None and _soon(before, one, rules.double_s):
            here, there = _place(one), _place(before)
            if here is None or there is None or metres(here, there) <= rules.double_m:
                gap = int((one.event.at - before.event.at).total_seconds())
                said = f"lu deux fois en {gap} s ({before.event.id})"
                yield Doubt(event=one.event.id, rule="double", sentence=said, other=before.event.id)
                continue
        last[one.event.kind, name] = one


def _soon(before: Reading, after: Reading, seconds: int) -> bool:
    return after.event.at - before.event.at <= timedelta(seconds=seconds)


def _neighbours(ordered: list[Reading], rules: Rules) -> Iterator[Doubt]:
    """Two bins read by one device within one cycle: the weaker signal, or both when it is not known."""
    by_device: dict[str, list[Reading]] = defaultdict(list)
    for one in ordered:
        if one.event.device and one.event.bin:
            by_device[one.event.device].append(one)
    for readings in by_device.values():
        for one, other in pairwise(readings):
            if one.event.bin == other.event.bin or not _soon(one, other, rules.cycle_s):
                continue
            for weak, strong in _weaker(one, other):
                said = f"deux bacs lus dans la même levée (avec {strong.event.bin}) : bac voisin possible"
                yield Doubt(event=weak.event.id, rule="voisin", sentence=said, other=strong.event.id)


def _weaker(one: Reading, other: Reading) -> list[tuple[Reading, Reading]]:
    if one.signal_dbm is None or other.signal_dbm is None or one.signal_dbm == other.signal_dbm:
        return [(one, other), (other, one)]
    return [(one, other)] if one.signal_dbm < other.signal_dbm else [(other, one)]


def _far(ordered: list[Reading], rules: Rules, homes: Mapping[str, tuple[float, float]]) -> Iterator[Doubt]:
    """A bin read far from where it lives."""
    for one in ordered:
        here, home = _place(one), homes.get(one.event.bin or "")
        if here is not None and home is not None:
            away = metres(here, home)
            if away > rules.neighbour_m:
                said = f"lu à {away:.0f} m de l'adresse du bac"
                yield Doubt(event=one.event.id, rule="loin", sentence=said)


def _too_many(ordered: list[Reading], rules: Rules) -> Iterator[Doubt]:
    """More events within 24 hours than anyone makes: those beyond the limit."""
    most = rules.most_per_day or {}
    recent: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for one in ordered:
        name = one.event.bin or one.event.badge
        limit = most.get(one.event.kind)
        if name is None or limit is None:
            continue
        kept = [old for old in recent[one.event.kind, name] if _soon(old, one, 86_400)]
        recent[one.event.kind, name] = [*kept, one]
        if len(kept) >= limit:
            said = f"{len(kept) + 1} « {one.event.kind} » en 24 heures, au plus {limit} sont plausibles"
            yield Doubt(event=one.event.id, rule="cadence", sentence=said)
