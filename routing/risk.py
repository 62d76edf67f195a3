"""What waiting costs for one column: the risk that it overflows against the visit that waiting spares.

A column is a level that grows, known as a mean and a standard deviation on each of the next days. Emptying
it on day d spends one visit of worth v for the T days it takes to fill: each day of waiting saves v / T,
and adds litres that find no room, each at the price the dispatcher's dial sets. Their sum is the column's
price on day d, and its lowest point the best day. (The reasoning is renewal-reward: a cost per cycle over
the length of the cycle; the price of risk as litres rather than as a yes-or-no follows from the service
level being counted in litres.) Levels are taken as normal, unclipped.

Pure arithmetic: it knows no roads, trucks or calendars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, exp, pi, sqrt

DAYS = 14
"""How far ahead levels are given."""
SLOWEST = 0.2
"""Percent a day: a column that gains less is taken to gain that much, so that nothing lasts for ever."""
LEAST_CENTS_L, MOST_CENTS_L = 0.01, 100_000.0
"""The prices of a litre between which the dial looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A column's level to come, in percent of its volume and not clipped at 100.

    `mean` and `sd` hold the level now, then at the end of today, of tomorrow…: `DAYS + 1` figures. `sd` says
    what is not known, the doubt on the probe included.
    """

    id: str
    place: str
    volume_l: int
    density_kg_m3: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]


def refusal(outlook: Outlook) -> str | None:
    """What is wrong with an outlook, in French, or None."""
    figures = (*outlook.mean, *outlook.sd)
    if len(outlook.mean) < 2 or len(outlook.mean) != len(outlook.sd):
        return "la prévision n'a pas une moyenne et un écart par jour"
    if any(value != value or abs(value) > 1e6 for value in figures) or min(outlook.sd) < 0:
        return "la prévision contient des valeurs impossibles"
    if outlook.volume_l <= 0 or outlook.density_kg_m3 < 0:
        return "le volume ou la densité de la colonne est impossible"
    return None


def overflow_percent(mean: float, sd: float) -> float:
    """Expected excess over 100 of a normal level, in percent of the volume."""
    over = mean - 100.0
    if sd < 1e-6:
        return max(0.0, over)
    z = over / sd
    if z < -6.0:
        return 0.0
    return over * below(z) + sd * exp(-0.5 * z * z) / sqrt(2.0 * pi)


def below(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))


def level_on(outlook: Outlook, day: int) -> tuple[float, float]:
    """Mean and standard deviation at the visit of day `day` (0 today), between its morning and its evening.

    Beyond what is given, the mean goes on at the mean rate and the variance as over the last days given.
    """
    last = len(outlook.mean) - 1
    if day < last:
        return (
            (outlook.mean[day] + outlook.mean[day + 1]) / 2,
            sqrt((outlook.sd[day] ** 2 + outlook.sd[day + 1] ** 2) / 2),
        )
    more = day + 0.5 - last
    growth = max(0.0, outlook.sd[last] ** 2 - outlook.sd[0] ** 2) / last
    return outlook.mean[last] + rate(outlook) * more, sqrt(outlook.sd[last] ** 2 + growth * more)


def rate(outlook: Outlook) -> float:
    """Percent a day over the days given, at least `SLOWEST`."""
    return max(SLOWEST, (outlook.mean[-1] - outlook.mean[0]) / (len(outlook.mean) - 1))


def probability_full(outlook: Outlook, day: int) -> float:
    """Probability that it is full before the visit of day `day`."""
    mean, sd = level_on(outlook, day)
    return below((mean - 100.0) / sd) if sd > 1e-6 else float(mean >= 100.0)


def overflow_l(outlook: Outlook, day: int) -> float:
    """Expected litres without room before the visit of day `day`, those of the past included."""
    mean, sd = level_on(outlook, day)
    return overflow_percent(mean, sd) * outlook.volume_l / 100.0


def prices(
    outlook: Outlook, days: Sequence[int], worth: float, cents_l: float, full: float = 1.0
) -> list[float]:
    """Cents of emptying it on each of `days`, up to a constant that is the same for all days.

    `full` is how full it is emptied, as a rule: the part of its volume that one visit's worth lasts for.
    """
    daily = worth * rate(outlook) / (100.0 * full)
    return [cents_l * overflow_l(outlook, day) - daily * day for day in days]


def price_later(outlook: Outlook, from_day: int, worth: float, cents_l: float, full: float = 1.0) -> float:
    """The same for the best of eleven days from `from_day` on, a visit of its own (`worth`) included."""
    span = max(2.0, 100.0 / rate(outlook))
    days = {from_day + round(span * part / 10) for part in range(11)}
    return worth + min(prices(outlook, sorted(days), worth, cents_l, full))


def cents_per_litre(
    outlooks: Sequence[Outlook], worths: Sequence[float], service: float, gap: float
) -> float:
    """The price of a litre at which `service` is kept (0.995: all litres brought but 0.5 % find room).

    Each column alone, looked at every `gap` days and emptied as soon as waiting costs more than it saves.
    An estimate: emptying neighbours together comes earlier, so what is seen is usually better. Bisection.
    """
    low, high = LEAST_CENTS_L, MOST_CENTS_L
    if not outlooks:
        return low
    brought = sum(rate(one) * one.volume_l / 100.0 for one in outlooks)
    for _ in range(24):
        middle = sqrt(low * high)
        pairs = zip(outlooks, worths, strict=True)
        lost = sum(_lost_l_a_day(one, worth, middle, gap) for one, worth in pairs)
        low, high = (middle, high) if lost > (1.0 - service) * brought else (low, middle)
    return high


def _lost_l_a_day(outlook: Outlook, worth: float, cents_l: float, gap: float) -> float:
    pace = rate(outlook)
    growth = max(0.0, outlook.sd[-1] ** 2 - outlook.sd[0] ** 2) / (len(outlook.sd) - 1)
    sd = sqrt(outlook.sd[0] ** 2 + growth * gap)
    litre = outlook.volume_l / 100.0
    spared = worth * pace * gap / 100.0
    low, high = 0.0, 100.0 + 4.0 * sd
    for _ in range(12):  # the level at which one more wait costs as much as it saves
        level = (low + high) / 2
        added = overflow_percent(level + pace * gap, sd) - overflow_percent(level, sd)
        low, high = (level, high) if cents_l * litre * added < spared else (low, level)
    lost = overflow_percent(low + pace * gap / 2, sd) * litre
    return lost * pace / max(20.0, low)
