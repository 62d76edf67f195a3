"""A driver's day from door to door: what is measured and tapped, when, and when the phone has no network.

Knows the round as `GET /api/v1/driver/meals` tells it, and writes the events that the same address with
`/events` takes. Pure: no network, no clock. Everything follows from the seed and the round.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from wire import rfc3339

Row = dict[str, Any]

EVENTS = UUID("0b0f6d3e-5f0a-5c39-8f0e-6d1c7f6a9f10")  # namespace: the same tap has the same identity
WORDS = {"delivered": 87, "neighbour": 5, "absent": 5, "refused": 3}
WARM_DOOR, CORRECTED, WORRY, WELL, MEASURED = 0.02, 0.03, 0.02, 0.5, 0.2
WARM_START = 0.15
NEIGHBOURS = ("chez la voisine d'en face", "au café", "chez le gardien")
WORRIES = (
    "Ne se lève plus seul",
    "Porte longue à s'ouvrir, paraît confuse",
    "N'a pas touché aux repas d'hier",
)
REFUSALS = ("N'a pas faim", "A de la famille à table")
OFFLINE = timedelta(hours=1)
LEAVES_BEFORE = timedelta(minutes=4)
MEASURED_AGAIN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Tap:
    """One word of the driver. `must` is what the platform has to answer: accepted or refused."""

    at: datetime
    event: Row
    must: str = "accepted"


@dataclass(slots=True, kw_only=True)
class Trip:
    """One round driven: what is still to tap, what waits for network, what stands at each door."""

    round_id: int
    ahead: list[Tap]
    gone: datetime
    back: datetime
    unsent: list[Tap] = field(default_factory=list)
    said: dict[int, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)


def trip(seed: int, tour: Row) -> Trip:
    """Everything that will be tapped on this round, in order, and the hour without network."""
    dice = Random(f"meals/{seed}/{tour['id']}")
    drift = timedelta(minutes=max(-3.0, dice.gauss(2, 4)))
    doors = sorted(tour["doors"], key=lambda one: int(one["position"]))
    taps = list(_leaving(seed, dice, tour, doors, drift))
    for door in doors:
        taps += _at_door(seed, door, drift)
    first, last = taps[0].at, taps[-1].at
    gone = first + (last - first) * dice.uniform(0.1, 0.6)
    return Trip(
        round_id=tour["id"], ahead=sorted(taps, key=lambda one: one.at), gone=gone, back=gone + OFFLINE
    )


def due(one: Trip, now: datetime) -> None:
    """Whatever happened up to now is on the phone."""
    while one.ahead and one.ahead[0].at <= now:
        one.unsent.append(one.ahead.pop(0))


def online(one: Trip, now: datetime) -> bool:
    """Whether the phone has network."""
    return not one.gone <= now < one.back


def heard(one: Trip, tap: Tap, outcome: str) -> bool:
    """Note what the platform answered to a tap; return whether it was the right answer."""
    one.events[tap.event["event_id"]] = outcome
    if outcome in ("accepted", "already") and "door_id" in tap.event:
        one.said[tap.event["door_id"]] = tap.event["kind"]
    return tap.must == ("accepted" if outcome == "already" else outcome)


def _leaving(seed: int, dice: Random, tour: Row, doors: list[Row], drift: timedelta) -> list[Tap]:
    """The van is measured before the first door; too warm, it waits and is measured again."""
    at = min(_instant(doors[0]) + drift, _instant(doors[0])) - LEAVES_BEFORE if doors else _starts(tour)
    cold = round(dice.uniform(0.5, 2.8), 1)
    if dice.random() >= WARM_START:
        return [Tap(at, _departure(seed, tour, 1, cold, at))]
    again = at + MEASURED_AGAIN
    warm = round(float(tour["limit_c"]) + dice.uniform(0.5, 3.0), 1)
    return [Tap(at, _departure(seed, tour, 1, warm, at)), Tap(again, _departure(seed, tour, 2, cold, again))]


def _departure(seed: int, tour: Row, number: int, celsius: float, at: datetime) -> Row:
    return {
        "event_id": str(uuid5(EVENTS, f"{seed}/{tour['id']}/departure/{number}")),
        "round_id": tour["id"],
        "kind": "departure",
        "celsius": celsius,
        "happened_at": rfc3339(at),
    }


def _at_door(seed: int, door: Row, drift: timedelta) -> list[Tap]:
    dice = Random(f"door/{seed}/{door['id']}")
    at = _instant(door) + drift + timedelta(seconds=dice.uniform(30, 150))
    if dice.random() < WARM_DOOR:
        warm = round(dice.uniform(4.0, 7.0), 1)
        later = at + timedelta(seconds=30)
        return [  # « Livré » with a warm tray is refused; then the tray is kept back
            Tap(at, _event(seed, door, 1, "delivered", at, celsius=warm), must="refused"),
            Tap(later, _event(seed, door, 2, "blocked", later, celsius=warm)),
        ]
    kind = dice.choices(list(WORDS), list(WORDS.values()))[0]
    taps = []
    if dice.random() < CORRECTED:
        slip = "absent" if kind == "delivered" else "delivered"
        taps.append(Tap(at, _event(seed, door, 1, slip, at)))
        at += timedelta(seconds=45)
    more: Row = {}
    if kind == "delivered":
        more = _looked(dice)
    elif kind in ("neighbour", "refused"):
        more = {"note": dice.choice(NEIGHBOURS if kind == "neighbour" else REFUSALS)}
    return [*taps, Tap(at, _event(seed, door, 2, kind, at, **more))]


def _looked(dice: Random) -> Row:
    """What a driver notes beside « Livré »: sometimes the temperature, often how the person is."""
    more: Row = {"celsius": round(dice.uniform(1.0, 2.9), 1)} if dice.random() < MEASURED else {}
    luck = dice.random()
    if luck < WORRY:
        return more | {"wellbeing": "worry", "note": dice.choice(WORRIES)}
    return more | {"wellbeing": "well"} if luck < WELL else more


def _event(seed: int, door: Row, number: int, kind: str, at: datetime, **more: Any) -> Row:
    return {
        "event_id": str(uuid5(EVENTS, f"{seed}/{door['id']}/{number}/{kind}")),
        "door_id": door["id"],
        "kind": kind,
        "happened_at": rfc3339(at),
        **more,
    }


def _instant(door: Row) -> datetime:
    return datetime.fromisoformat(door["arrival_at"])


def _starts(tour: Row) -> datetime:
    return datetime.fromisoformat(tour["starts_at"])
