"""Twelve weeks of one policy, for `bench.policy`: mornings, rounds, noons, and what overflowed.

Every policy drives by the same router (`bench.policy_router`). Trucks start and unload at the hub. Columns of
the day's rounds are emptied at noon, whatever their place in the round.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from bench.policy_forecast import beliefs, emptied, listen, outlook, pass_day, told
from bench.policy_rivals import COSTS, MUST, Morning, Policy
from bench.policy_router import rounds
from bench.policy_world import WARM_UP, Floats, Stream, Territory, Truth
from routing.campaign import Fleet, Trip, Visits
from routing.horizon import Roads, roads


@dataclass(slots=True)
class Account:
    """Sums over the measured weeks."""

    km: float = 0.0
    hours: float = 0.0
    emptyings: int = 0
    filled: float = 0.0
    overflows: int = 0
    overflow_l: float = 0.0
    brought_l: float = 0.0
    unserved: int = 0
    loads: int = 0
    loaded: float = 0.0
    """Parts of a truck that the loads filled, as expected in the morning."""

    @property
    def service(self) -> float:
        """The part of the litres that found room."""
        return 1 - self.overflow_l / max(1.0, self.brought_l)


def grounds(territory: Territory) -> Roads:
    """The roads of a territory, the same for all streams."""
    return roads([place.id for place in territory.places], territory.matrix, "hub", COSTS)


def live(
    territory: Territory,
    known: Roads,
    truth: Truth,
    policy: Policy,
    noise_sd: float,
    seed: int,
    foresight: bool = False,
) -> Account:
    """Run one policy over every day of `truth`, counting from the end of the warm-up.

    With `foresight` it is told each morning what will be brought, in place of a forecast.
    """
    rng, account, now = np.random.default_rng([seed, 4]), Account(), beliefs(territory, truth)
    level, volume, number = truth.start.copy(), territory.volume, 0
    spilt = np.zeros(len(volume), dtype=bool)
    heard = truth.fault != 1
    for day in range(len(truth.brought)):
        if day:
            pass_day(now, (day - 1) % 7)
        noise = rng.normal(0, noise_sd, len(volume)) + truth.offset
        listen(now, np.clip(level / volume * 100 + noise, 0, 100), heard, max(1.0, noise_sd))
        counted = day >= WARM_UP
        lifted = np.zeros(len(volume), dtype=bool)
        if day % 7 in territory.weekdays:
            if foresight:
                mean, sd = told(level / volume * 100, truth.brought[day:].sum(axis=1) / volume * 100)
            else:
                mean, sd = outlook(now, day % 7)
            coming = tuple(k for k in range(15) if (day + k) % 7 in territory.weekdays)
            left_s = territory.trucks * territory.shift_s
            for stream in territory.streams:
                at = list(stream.columns)
                morning = Morning(
                    territory=territory, stream=stream, roads=known, number=number, days=coming,
                    mean=mean[:, at], sd=sd[:, at],
                )  # fmt: skip
                wanted = policy(morning)
                done, left_s = _drive(morning, wanted, left_s, account, counted)
                lifted[done] = True
            number += 1
        for half in (0, 1):
            brought = truth.brought[day, half]
            over = np.maximum(0.0, level + brought - volume)
            level = level + brought - over
            if counted:
                account.brought_l += float(brought.sum())
                account.overflow_l += float(over.sum())
                account.overflows += int(((over > 0) & ~spilt).sum())
            spilt |= over > 0
            if half == 0 and lifted.any():
                percent = level / volume * 100
                if counted:
                    account.emptyings += int(lifted.sum())
                    account.filled += float(percent[lifted].sum())
                noted = np.clip(np.round((percent + rng.normal(0, 5, len(volume))) / 10) * 10, 0, 100)
                emptied(now, lifted, noted, heard)
                level, spilt = np.where(lifted, 0.0, level), spilt & ~lifted
    return account


def _drive(
    morning: Morning, wanted: dict[int, float], left_s: int, account: Account, counted: bool
) -> tuple[list[int], int]:
    """Route what a policy wants today; returns what is emptied and the seconds of trucks left."""
    if not wanted:
        return [], left_s
    territory, _stream, known = morning.territory, morning.stream, morning.roads
    order, fleet, visits = list(wanted), _fleet(territory, left_s), _visits(morning, wanted)
    trips = rounds(visits, known.ground, fleet)
    trips.sort(key=lambda trip: -sum(wanted[order[one]] for one in trip.stops) / len(trip.stops))
    kept: list[Trip] = []
    for trip in trips:
        if trip.seconds <= left_s:
            left_s -= trip.seconds
            kept.append(trip)
    done = [order[one] for trip in kept for one in trip.stops]
    if counted:
        account.unserved += sum(value >= MUST for one, value in wanted.items() if one not in set(done))
        account.loads += len(kept)
        account.loaded += sum(trip.share for trip in kept)
        for trip in kept:
            spots = [0, *(visits.spot[one] for one in trip.stops), 0]
            account.km += sum(known.metres[a][b] for a, b in itertools.pairwise(spots)) / 1000
            account.hours += trip.seconds / 3600
    return done, left_s


def _fleet(territory: Territory, left_s: int) -> Fleet:
    return Fleet(
        seconds=(left_s,), shift_s=territory.shift_s, unload_s=COSTS.unload_s,
        trip_cents=COSTS.seconds_cents(COSTS.unload_s), outing_cents=0.0,
    )  # fmt: skip


def _visits(morning: Morning, wanted: dict[int, float]) -> Visits:
    territory, stream = morning.territory, morning.stream
    where = {one: i for i, one in enumerate(stream.columns)}
    expected: Floats = np.clip((morning.mean[0] + morning.mean[1]) / 2, 0, 100)
    service = COSTS.seconds_cents(COSTS.container_service_s)
    return Visits(
        spot=tuple(territory.place_of[one] for one in wanted),
        prices=((0.0,),) * len(wanted),
        later=tuple(prize - service for prize in wanted.values()),
        share=tuple(
            (load_share(stream, float(territory.volume[one] * expected[where[one]] / 100)),) for one in wanted
        ),
        service_s=COSTS.container_service_s,
    )


def load_share(stream: Stream, litres: float) -> float:
    """The part of a truck that these litres take, by volume or by weight."""
    return max(litres / stream.capacity_l, litres * stream.density_kg_m3 / 1000 / stream.capacity_kg)
