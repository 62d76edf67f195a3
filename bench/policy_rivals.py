"""The policies that `bench.policy` compares: for one stream and morning, what must and may be emptied.

- calendar: every column at its own fixed pace, tuned in hindsight on the very deposits of the measurement;
- threshold: every column expected at or above a level;
- one-day prize: Wouda, Aerts-Veenstra and van Foreest 2024 (arXiv 2409.13386), written from the paper: prize
  = a cost times the probability of overflowing before the next planning, required above 0.99;
- ours: `routing.policy`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bench.policy_world import Floats, Stream, Territory
from routing.policy import Costs, Horizon, Roads, choose, for_service
from routing.risk import Outlook, below

MUST = 1e6
"""The prize of a required column, in cents: more than any trip costs."""
COSTS = Costs()
PACES = (1, 2, 3, 4, 5, 10, 15, 20, 30, 40, 60)
"""Days of service between two visits that a calendar may hold; 5 is weekly in the countryside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What every policy sees: the outlook of the stream's columns ([15, columns]), the days to come."""

    territory: Territory
    stream: Stream
    roads: Roads
    number: int
    """Days of service since the start."""
    days: tuple[int, ...]
    mean: Floats
    sd: Floats


Policy = Callable[[Morning], dict[int, float]]
"""Prize in cents by column (a position in the territory); MUST or more is required."""


def threshold(percent: float) -> Policy:
    """All columns expected at `percent` or more when the truck passes."""

    def decide(morning: Morning) -> dict[int, float]:
        level = (morning.mean[0] + morning.mean[1]) / 2
        return {
            one: MUST for one, value in zip(morning.stream.columns, level, strict=True) if value >= percent
        }

    return decide


def one_day_prize(cost_cents: float) -> Policy:
    """Prize = cost x P(overflow before the next planning's visit); required when that is above 0.99."""

    def decide(morning: Morning) -> dict[int, float]:
        after = morning.days[1]
        mean = (morning.mean[after] + morning.mean[after + 1]) / 2
        sd = np.sqrt((morning.sd[after] ** 2 + morning.sd[after + 1] ** 2) / 2)
        chance = [below((m - 100) / max(s, 1e-3)) for m, s in zip(mean, sd, strict=True)]
        pairs = zip(morning.stream.columns, chance, strict=True)
        return {one: MUST if p > 0.99 else cost_cents * p for one, p in pairs if cost_cents * p > 1}

    return decide


def calendar(territory: Territory, brought: Floats, quantile: float, sectors: int) -> Policy:
    """Each column at the slowest pace at which `quantile` of the measured stretches do not fill it.

    Sectors are cut by direction from the hub; those of one pace take turns, so that the days are alike.
    """
    pace, turn = {}, {}
    weekly = 7 / len(territory.weekdays)
    daily = brought.sum(axis=1)
    total = np.concatenate([np.zeros((1, daily.shape[1])), np.cumsum(daily, axis=0)])
    hub = territory.places[0]
    for stream in territory.streams:
        place = {one: territory.places[territory.place_of[one]] for one in stream.columns}
        angle = sorted(
            place, key=lambda one: np.arctan2(place[one].lat - hub.lat, 0.63 * (place[one].lon - hub.lon))
        )
        for rank, one in enumerate(angle):
            pace[one] = PACES[0]
            for candidate in PACES:
                span = max(1, round(candidate * weekly))
                stretches = total[span:, one] - total[:-span, one]
                if len(stretches) and np.quantile(stretches, quantile) <= territory.volume[one]:
                    pace[one] = candidate
            turn[one] = rank * sectors // len(angle)

    def decide(morning: Morning) -> dict[int, float]:
        shift = morning.territory.streams.index(morning.stream)
        return {
            one: MUST
            for one in morning.stream.columns
            if (morning.number + shift + turn[one]) % pace[one] == 0
        }

    return decide


def ours(service: float) -> Policy:
    """`routing.policy` with its dial at `service`; the price of a litre is set again every ten mornings."""
    dial: dict[str, float] = {}

    def decide(morning: Morning) -> dict[int, float]:
        horizon = _horizon(morning, COSTS)
        if morning.number % 10 == 0 or morning.stream.code not in dial:
            dial[morning.stream.code] = for_service(horizon, morning.roads, service).cents_l
        chosen = choose(replace(horizon, cents_l=dial[morning.stream.code]), morning.roads)
        wanted = {}
        for one, choice in zip(morning.stream.columns, chosen.choices, strict=True):
            if choice.need == "due":
                wanted[one] = MUST + choice.prize_cents
            elif choice.need != "left":
                wanted[one] = float(choice.prize_cents)
        return wanted

    return decide


def _horizon(morning: Morning, costs: Costs) -> Horizon:
    territory, stream = morning.territory, morning.stream
    mean, sd = morning.mean.T.tolist(), morning.sd.T.tolist()
    columns = tuple(
        Outlook(
            id=str(one), place=territory.places[territory.place_of[one]].id,
            volume_l=int(territory.volume[one]),
            density_kg_m3=stream.density_kg_m3, mean=tuple(mean[i]), sd=tuple(sd[i]),
        )
        for i, one in enumerate(stream.columns)
    )  # fmt: skip
    days = tuple(day for day in morning.days if day < len(morning.mean) - 1)
    return Horizon(
        columns=columns, days=days, seconds=(territory.trucks * territory.shift_s,) * len(days),
        shift_s=territory.shift_s, capacity_l=stream.capacity_l, capacity_kg=stream.capacity_kg, costs=costs,
    )  # fmt: skip
