"""The policies that `bench.policy` compares: for one stream and morning, what must and may be emptied.

- calendar: every column at its own fixed pace (`bench.policy_calendar`);
- threshold: every column expected at or above a level;
- one-day prize: Wouda, Aerts-Veenstra and van Foreest 2024 (arXiv 2409.13386), written from the paper: prize
  = a cost times the probability of overflowing before the next planning, required above 0.99;
- ours: `routing.policy`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bench.policy_world import Floats, Stream, Territory
from routing.horizon import Costs, Horizon, Roads
from routing.policy import choose
from routing.risk import Outlook, below
from routing.worth import for_service

MUST = 1e6
"""The prize of a required column, in cents: more than any trip costs."""
COSTS = Costs()


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
