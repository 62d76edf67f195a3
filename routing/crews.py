"""Hours that streams share: one truck and its crew may serve glass on Monday and paper on Tuesday.

Each stream is planned alone first; then the most pressing chooses again, and each of the others after it
with what is left of the trucks' days and of the crews' weeks. So two streams never count on the same hours,
and a day that one stream has filled is dear for the next. Knows trucks by what they offer, and no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from routing.horizon import Horizon, Roads
from routing.policy import Campaign, choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A truck and its crew. `seconds` are left on each day of the horizons, `week_s` in each of their weeks.

    `weeks` says in which week (0 the first) each day is. What rounds already have is taken off both.
    """

    id: str
    streams: frozenset[str]
    seconds: tuple[int, ...]
    weeks: tuple[int, ...]
    week_s: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One stream to plan. The horizons of all streams have the same days."""

    horizon: Horizon
    roads: Roads


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one stream gets: its horizon with the hours it may count on, and what it would use of them."""

    horizon: Horizon
    campaign: Campaign
    lacking_s: tuple[int, ...]
    """Seconds of its trips on each day for which no crew has time left: to be said, never dropped."""


def share(asked: Mapping[str, Asked], crews: Sequence[Crew], seed: int = 1) -> dict[str, Share]:
    """Give the crews' hours out among the streams; raises ValueError when their days differ."""
    days = {one.horizon.days for one in asked.values()}
    if len(days) > 1 or any(len(crew.seconds) != len(crew.weeks) for crew in crews):
        raise ValueError("streams that share crews are planned over the same days")
    span = len(next(iter(days), ()))
    alone = {code: choose(_offered(one.horizon, code, crews), one.roads, seed) for code, one in asked.items()}
    left, taken = list(crews), {crew.id: [0] * span for crew in crews}
    found: dict[str, Share] = {}
    for code in sorted(asked, key=lambda code: (-_pressing(alone[code]), code)):
        able = [crew for crew in left if code in crew.streams]
        others = tuple(sum(taken[crew.id][day] for crew in able) for day in range(span))
        horizon = replace(_offered(asked[code].horizon, code, left), taken=others)
        campaign = choose(horizon, asked[code].roads, seed) if len(asked) > 1 else alone[code]
        left, lacking = _give(left, code, campaign.seconds, taken)
        found[code] = Share(horizon=horizon, campaign=campaign, lacking_s=lacking)
    return found


def _pressing(campaign: Campaign) -> float:
    """How much a stream would lose by coming last: its columns that cannot wait, then their prizes."""
    due = [one for one in campaign.choices if one.need == "due"]
    return len(due) + sum(one.prize_cents for one in due) / 1e12


def _offered(horizon: Horizon, code: str, crews: Sequence[Crew]) -> Horizon:
    """The horizon with what the crews that serve this stream have left."""
    able = [crew for crew in crews if code in crew.streams]
    if not able:
        return replace(horizon, seconds=(0,) * len(horizon.days))
    days = range(len(horizon.days))
    weeks = max((len(crew.week_s) for crew in able), default=0)
    return replace(
        horizon,
        seconds=tuple(sum(min(crew.seconds[day], _week(crew, day)) for crew in able) for day in days),
        weeks=able[0].weeks,
        week_s=tuple(sum(crew.week_s[week] for crew in able) for week in range(weeks)),
    )


def _week(crew: Crew, day: int) -> int:
    return crew.week_s[crew.weeks[day]]


def _give(
    crews: Sequence[Crew], code: str, seconds: Sequence[int], taken: Mapping[str, list[int]]
) -> tuple[list[Crew], tuple[int, ...]]:
    """Take these seconds of each day from the crews, those that serve fewest streams first."""
    left = {crew.id: crew for crew in crews}
    order = sorted(
        (crew for crew in crews if code in crew.streams), key=lambda crew: (len(crew.streams), crew.id)
    )
    lacking = []
    for day, wanted in enumerate(seconds):
        rest = wanted
        for crew in order:
            now = left[crew.id]
            part = max(0, min(rest, now.seconds[day], _week(now, day)))
            if part:
                left[crew.id] = _less(now, day, part)
                taken[crew.id][day] += part
                rest -= part
        lacking.append(rest)
    return [left[crew.id] for crew in crews], tuple(lacking)


def _less(crew: Crew, day: int, seconds: int) -> Crew:
    days, weeks = list(crew.seconds), list(crew.week_s)
    days[day] -= seconds
    weeks[crew.weeks[day]] -= seconds
    return replace(crew, seconds=tuple(days), week_s=tuple(weeks))
