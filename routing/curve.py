"""What each position of the dial is expected to cost: kilometres against service, over the days ahead.

An estimate from the same outlooks and trips the policy decides with; it knows nothing of what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.horizon import Horizon, Roads
from routing.policy import choose
from routing.risk import overflow_l, rate, refusal
from routing.worth import for_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One position: the service asked for, and what the coming days then look like."""

    asked: float
    expected: float
    """The part of the litres brought in these days that is expected to find room."""
    metres: int
    """Over the days looked at."""
    emptyings: int
    days: int


def curve(horizon: Horizon, known: Roads, services: Sequence[float]) -> tuple[Point, ...]:
    """Plan the coming days once for each service asked for, in their order."""
    if not horizon.days:
        return ()
    return tuple(_point(horizon, known, asked) for asked in services)


def _point(horizon: Horizon, known: Roads, asked: float) -> Point:
    found = choose(for_service(horizon, known, asked), known)
    days = found.days
    visit_of = {choice.column: choice.day for choice in found.choices}
    columns = [one for one in horizon.columns if refusal(one) is None and one.id in visit_of]
    lost = brought = 0.0
    for one in columns:
        day = visit_of[one.id]
        # What lies beside the column this morning is past: no decision changes it.
        already = max(0.0, one.mean[0] - 100.0) * one.volume_l / 100
        lost += max(0.0, overflow_l(one, days - 1 if day is None else day) - already)
        brought += rate(one) * one.volume_l / 100 * days
    return Point(
        asked=asked,
        expected=max(0.0, 1.0 - lost / brought) if brought else 1.0,
        metres=sum(found.metres),
        emptyings=sum(day is not None for day in visit_of.values()),
        days=days,
    )
