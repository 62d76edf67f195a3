"""The fixed calendars that `bench.policy` measures against, and the best service that anybody can give.

Every column has its own pace. `calendar` tunes it in hindsight on the very deposits of the measured weeks,
in the order in which they come: no real calendar knows those. `calendar_of_means` knows of each column what
it is brought on an average day of these weeks, which the counts of some years could tell. Columns of one
pace take turns by sectors, cut by direction from the hub.
"""

import numpy as np
from numpy.typing import NDArray

from bench.policy_rivals import MUST, Morning, Policy
from bench.policy_world import WARM_UP, Flags, Floats, Territory, Truth

Counts = NDArray[np.int64]

PACES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60)
"""Days of service between two visits that a calendar may hold; 5 is weekly in the countryside, 6 in town."""


def calendar(territory: Territory, what: Truth, part: float) -> Policy:
    """Each column at the slowest pace that loses at most this part of what it is brought."""
    turn, shift = turns(territory)
    pace = np.ones(len(territory.volume), dtype=np.int64)
    brought = what.brought[WARM_UP:].sum(axis=(0, 1))
    for candidate in PACES:
        lost = _lost(territory, what, (turn + shift) % candidate, candidate)
        pace = np.where(lost <= part * brought, candidate, pace)
    return _at_pace(pace, turn, shift)


def calendar_of_means(territory: Territory, what: Truth, percent: float) -> Policy:
    """Each column at the slowest pace at which it is expected to be at most so full when it is emptied."""
    turn, shift = turns(territory)
    days = len(what.brought) - WARM_UP
    mean = what.brought[WARM_UP:].sum(axis=(0, 1)) / days * 7 / len(territory.weekdays)
    pace = np.ones(len(territory.volume), dtype=np.int64)
    for candidate in PACES:
        pace = np.where(candidate * mean <= percent / 100 * territory.volume, candidate, pace)
    return _at_pace(pace, turn, shift)


def _at_pace(pace: Counts, turn: Counts, shift: Counts) -> Policy:
    def decide(morning: Morning) -> dict[int, float]:
        return {
            one: MUST
            for one in morning.stream.columns
            if (morning.number + shift[one] + turn[one]) % pace[one] == 0
        }

    return decide


def turns(territory: Territory) -> tuple[Counts, Counts]:
    """The sector of each column and the rank of its stream, which set its days; one sector in the country."""
    sectors = 1 if territory.name == "countryside" else len(territory.weekdays)
    turn = np.zeros(len(territory.volume), dtype=np.int64)
    shift = np.zeros(len(territory.volume), dtype=np.int64)
    hub = territory.places[0]
    for number, stream in enumerate(territory.streams):
        place = {one: territory.places[territory.place_of[one]] for one in stream.columns}
        angle = sorted(
            place, key=lambda one: np.arctan2(place[one].lat - hub.lat, 0.63 * (place[one].lon - hub.lon))
        )
        for rank, one in enumerate(angle):
            turn[one] = rank * sectors // len(angle)
            shift[one] = number
    return turn, shift


def _lost(territory: Territory, what: Truth, first: Counts, pace: int) -> Floats:
    """Litres without room in the measured weeks when every column is emptied at this pace."""
    days = [day for day in range(len(what.brought)) if day % 7 in territory.weekdays]
    visits = {day: (number + first) % pace == 0 for number, day in enumerate(days)}
    return _overflow(territory, what, visits)[0]


def best_service(territory: Territory, what: Truth) -> float:
    """The part of the litres that finds room when everything is emptied on every day of service."""
    every = np.ones(len(territory.volume), dtype=bool)
    visits = {day: every for day in range(len(what.brought)) if day % 7 in territory.weekdays}
    lost, brought = _overflow(territory, what, visits)
    return float(1 - lost.sum() / brought.sum())


def _overflow(territory: Territory, what: Truth, visits: dict[int, Flags]) -> tuple[Floats, Floats]:
    """Litres lost and brought by column, in the measured weeks; a visit is at noon."""
    level, volume = what.start.copy(), territory.volume
    lost, brought = np.zeros(len(volume)), np.zeros(len(volume))
    for day, halves in enumerate(what.brought):
        for half, litres in enumerate(halves):
            over = np.maximum(0.0, level + litres - volume)
            level = level + litres - over
            if day >= WARM_UP:
                lost, brought = lost + over, brought + litres
            if half == 0 and day in visits:
                level = np.where(visits[day], 0.0, level)
    return lost, brought
