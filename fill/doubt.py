"""Echoes of a probe that lies or trembles: stories of what happened, weighed against each other (Bayes).

One story is told: the level goes on as before. At each echo another begins: the container was emptied since
the echo before, more likely the fuller it was; and where an echo is far off a third: the level is now what it
shows. Each follows the echoes in its own way and gains or loses weight by how well it foretold them; when one
of the others is likely enough it is told instead, and the old one goes on as a doubt. Meanwhile the probe
itself is learned (`fill.tremor`). At most `KEPT` stories are kept, so that neither cost nor memory grows.
Knows no rule of alerts and no quality; `track` decides which probe comes here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt

from fill.story import LIE_DENSITY, Doubt, Echo, Story, follow, foreseen
from fill.tremor import first_doubt, heard, learned

KEPT = 4
LEAST_WEIGHT = 0.002
LEAST_DAYS = 1e-6
# The probability above which another story is told. Some lies look like the bottom: they wait for more.
TELLS, TELLS_OF_LIAR = 0.75, 0.85
HELPED = 0.9  # the probability of an emptying which the crane or a driver's word tells
SUSPECTED_LIES = 0.15  # of a probe that lies: lies come in bad days, before they are known
EMPTY_LEVEL, EMPTY_VARIANCE = 3.0, 9.0  # points, squared: where a container stands after an emptying
SELDOM = 0.002  # emptyings a day, or a point brought, of a container nobody needs to empty
ROUNDS = 0.06  # emptyings a day, whatever the pace, of one that is worth it: a calendar of a fortnight
WORTH, LATEST, SOONEST = 35.0, 105.0, 12.0  # points: from WORTH on it comes within LATEST - level
MOST_HAZARD = 0.6
ELSEWHERE = (
    0.0015  # probability at each echo that the level changes to anything: a van-load, half an emptying
)
FAR_SIGMAS = 2.5
NEAR_POINTS, NEAR_SIGMAS = 8.0, 2.0  # stories whose levels are this near say the same
UNEVEN_VARIANCE = 2.0  # points squared: a heap under the hatch, which no filter sees


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one echo of a doubtful probe made of the level, and how honest it was.

    `expected` is the level told before it. `change` is the story of a change that is told from now on.
    """

    doubt: Doubt
    level: float
    variance: float
    noise: float
    lies: float
    expected: float
    honesty: float
    change: Story | None = None


def began(
    level: float, variance: float, noise: float, lies: float, pace: float, pace_variance: float
) -> Doubt:
    """The first doubt of a probe: one story, and what was known of its noise."""
    return first_doubt(noise, lies, (Story(1.0, level, variance, pace, pace_variance),))


def emptied(doubt: Doubt, level: float, variance: float) -> Doubt:
    """What goes on after an emptying that is certain: the probe and the pace."""
    one = doubt.stories[0]
    return replace(doubt, stories=(Story(1.0, level, variance, one.pace, one.pace_variance),))


def judge(doubt: Doubt, since: datetime, at: datetime, echo: Echo, helped: bool) -> Judgement:
    """Take one echo, `since` the one before. `helped`: somebody, or the crane, tells of an emptying."""
    days = max(LEAST_DAYS, (at - since).total_seconds() / 86_400.0)
    noise, lies = heard(doubt)
    square = noise * noise
    if doubt.odds < 0.0:
        lies = max(SUSPECTED_LIES, lies)
    told = doubt.stories[0]
    level, variance = foreseen(told, days)
    hazard = HELPED if helped else _hazard(told.level, told.pace, days)
    weighed = [follow(told, (1.0 - hazard) * told.weight, days, echo, lies, square)]
    weighed += [follow(one, one.weight, days, echo, lies, square) for one in doubt.stories[1:]]
    fallen = _fallen(told, level, hazard, days, since, at)
    weighed.append(follow(fallen, fallen.weight, 0.0, echo, lies, square))
    if echo.percent is not None and abs(echo.percent - level) > FAR_SIGMAS * sqrt(variance + square):
        weighed.append((_elsewhere(told, level, echo.percent, square, lies, since, at), 1.0))
    total = honesty = 0.0
    for one, honest in weighed:
        total += one.weight
        honesty += one.weight * honest
    tells = TELLS if doubt.odds >= 0.0 else TELLS_OF_LIAR
    stories, change = _told(_kept([one for one, _ in weighed], total), tells)
    if change is None and echo.percent is not None:
        doubt = learned(doubt, echo.percent - level, variance, stories[0].weight, stories)
    else:
        doubt = replace(doubt, stories=stories)
    shown, uncertain = _shown(stories)
    return Judgement(doubt, shown, uncertain, *heard(doubt), level, honesty / total, change)


def _hazard(level: float, pace: float, days: float) -> float:
    """How likely a container at `level` is emptied within so many days: the crew comes by its pace."""
    if level > WORTH:
        hazard = (pace / max(SOONEST, LATEST - level) + ROUNDS) * days
    else:
        hazard = (pace + 1.0) * SELDOM * days
    return min(MOST_HAZARD, hazard)


def _fallen(told: Story, expected: float, hazard: float, days: float, since: datetime, at: datetime) -> Story:
    """The container was emptied at some instant between the two echoes, and filled again since."""
    brought = told.pace * days
    return Story(
        hazard * told.weight,
        EMPTY_LEVEL + 0.5 * brought,
        EMPTY_VARIANCE + (1.0 + told.pace) * days + brought * brought / 12.0,
        told.pace,
        told.pace_variance,
        0.0,
        at,
        since,
        round(expected, 1),
    )


def _elsewhere(
    told: Story,
    expected: float,
    percent: float,
    square: float,
    lies: float,
    since: datetime,
    at: datetime,
) -> Story:
    """The level is now anywhere between 0 and 100: where this echo, if it is honest, shows it."""
    return Story(
        ELSEWHERE * told.weight * (1.0 - lies) * LIE_DENSITY,
        min(100.0, max(0.0, percent)),
        round(square, 3),
        told.pace,
        told.pace_variance,
        0.0,
        at,
        since,
        round(expected, 1),
    )


def _kept(stories: list[Story], total: float) -> list[Story]:
    """The likeliest, the told one first, their weights summing to 1."""
    least = LEAST_WEIGHT * total
    rest = [one for one in stories[1:] if one.weight > least]
    if len(rest) >= KEPT:
        rest.sort(key=_weight, reverse=True)
        del rest[KEPT - 1 :]
    kept = [stories[0], *rest]
    total = sum(one.weight for one in kept)
    return [_weighing(one, round(one.weight / total, 5)) for one in kept]


def _weight(story: Story) -> float:
    return story.weight


def _weighing(one: Story, weight: float) -> Story:
    return Story(
        weight,
        one.level,
        one.variance,
        one.pace,
        one.pace_variance,
        one.covariance,
        one.at,
        one.since,
        one.before,
    )


def _told(stories: list[Story], tells: float) -> tuple[tuple[Story, ...], Story | None]:
    """Whether another story is told from now on: it, and those that say the same, become the first."""
    main = stories[0]
    if main.weight >= 1.0 - tells:
        return tuple(stories), None
    best = max(stories[1:], key=_weight)
    alike = [one for one in stories[1:] if _near(one, best)]
    if sum(one.weight for one in alike) <= tells:
        return tuple(stories), None
    one = _merged(alike)
    others = [each for each in stories[1:] if each not in alike]
    return (replace(one, at=None, since=None, before=None), main, *others), replace(
        one, at=best.at, since=best.since, before=best.before
    )


def _near(one: Story, other: Story) -> bool:
    return abs(one.level - other.level) <= max(NEAR_POINTS, NEAR_SIGMAS * sqrt(one.variance + other.variance))


def _merged(stories: list[Story]) -> Story:
    """One story with the mean and the variance of several."""
    weight = sum(one.weight for one in stories)
    level = min(100.0, sum(one.weight * one.level for one in stories) / weight)  # rounding
    pace = sum(one.weight * one.pace for one in stories) / weight
    variance = pace_variance = covariance = 0.0
    for one in stories:
        share, up, faster = one.weight / weight, one.level - level, one.pace - pace
        variance += share * (one.variance + up * up)
        pace_variance += share * (one.pace_variance + faster * faster)
        covariance += share * (one.covariance + up * faster)
    return Story(weight, level, variance, pace, pace_variance, covariance)


def _shown(stories: tuple[Story, ...]) -> tuple[float, float]:
    """The level of the story that is told; the variance knows of the others."""
    main = stories[0]
    variance = main.variance + UNEVEN_VARIANCE
    for one in stories[1:]:
        away = one.level - main.level
        variance += one.weight * away * away
    return main.level, variance
