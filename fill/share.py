"""What containers tell each other: what they have in common moves to their stream and to their communes.

Empirical Bayes, one step of expectation-maximisation a pass: the most likely common part given what every
container learned, each counting by how much it knows, and held near ordinary values when few know. Moving the
common part changes what a container expects only where it did not know better. Knows no readings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import exp, log

from fill.habit import Learned, unpacked
from fill.learn import Lesson
from fill.prior import HOUR_POINTS, USUAL_LITRES_PER_DAY, Pool, Weights, Width, weights_of
from fill.season import COUNT, Hours, cumulated, local_hour, share_before
from fill.shape import Z_80

USUAL: Weights = (log(USUAL_LITRES_PER_DAY), *((0.0,) * (COUNT - 1)))
STREAM_SPREAD = weights_of(rate=1.0, weekday=0.3, kind=0.4, rain=0.3, year=0.3)
"""How far a stream may be from ordinary, before many containers say so."""
COMMUNE_SPREAD = weights_of(rate=0.4, weekday=0.05, kind=0.25, rain=0.03, year=0.05)
"""How far a commune may be from its stream: holiday homes change its seasons, hardly its Saturdays."""
MISSED = 0.1
"""The share of the truth that each side of an 80 % interval should leave out."""
FASTEST, SLOWEST = 0.1, 0.01
"""How much one check moves a width, at first and in the end."""
NARROWEST, WIDEST = 0.3, 4.0
DISPERSION_DAYS = 200.0  # an ordinary dispersion counts as this many days
LEAST_DISPERSION, MOST_DISPERSION = 0.1, 10.0

Member = tuple[str, Learned]


def absorb(pool: Pool, lessons: Iterable[Lesson]) -> Pool:
    """Learn widths and busy hours from what containers of this stream just saw."""
    widths = list(pool.widths)
    weights = list(pool.hours)
    shares = cumulated(pool.hours)
    for lesson in lessons:
        for horizon, off in lesson.checks:
            widths[horizon] = _checked(widths[horizon], off)
        _spread_over_hours(weights, shares, lesson)
    total = sum(weights)
    if total > 2.0 * HOUR_POINTS:  # as much is remembered: forget the oldest
        weights = [weight * 2.0 * HOUR_POINTS / total for weight in weights]
    return replace(pool, widths=tuple(widths), hours=tuple(round(weight, 4) for weight in weights))


def _checked(width: Width, off: float) -> Width:
    """Move a side outwards when the truth was beyond it, else a little inwards: in the end 1 in 10 is."""
    step = max(SLOWEST, FASTEST / (1.0 + width.checks / 50.0))
    below = width.below * exp(step * ((off < -Z_80 * width.below) - MISSED))
    above = width.above * exp(step * ((off > Z_80 * width.above) - MISSED))
    return Width(_within(below, NARROWEST, WIDEST), _within(above, NARROWEST, WIDEST), width.checks + 1)


def _spread_over_hours(weights: list[float], shares: Hours, lesson: Lesson) -> None:
    if lesson.since is None or lesson.until is None:
        return
    day, began = local_hour(lesson.since)
    last, ended = local_hour(lesson.until)
    if day != last or ended <= began:
        return
    whole = share_before(shares, ended) - share_before(shares, began)
    first = int(began)
    for hour in range(first, min(23, int(ended)) + 1):
        lap = share_before(shares, min(ended, hour + 1)) - share_before(shares, max(began, hour))
        part = lap / whole if whole > 1e-6 else 1.0 / (int(ended) - first + 1)
        weights[hour] = max(0.01, weights[hour] + lesson.gained * part)


def share(pool: Pool, members: Mapping[int, Member]) -> tuple[Pool, dict[int, Learned]]:
    """Move what the `members` of one stream (commune, what is learned) have in common to its pool.

    Returns the pool and the containers, whose deviations are now from the new prior.
    """
    if not members:
        return pool, {}
    doubts = {key: _share_unknown(one.covariance, pool.spread) for key, (_, one) in members.items()}
    means = {key: list(one.mean) for key, (_, one) in members.items()}
    moved = _common(list(means), means, doubts, pool.spread, STREAM_SPREAD, _less(USUAL, pool.mean))
    _move(means, list(means), doubts, moved)
    communes = dict(pool.communes)
    by_commune: dict[str, list[int]] = {}
    for key, (commune, _) in members.items():
        by_commune.setdefault(commune, []).append(key)
    for commune, keys in by_commune.items():
        own = communes.get(commune, (0.0,) * COUNT)
        shift = _common(keys, means, doubts, pool.spread, COMMUNE_SPREAD, _less((0.0,) * COUNT, own))
        _move(means, keys, doubts, shift)
        communes[commune] = tuple(round(a + b, 6) for a, b in zip(own, shift, strict=True))
    common = tuple(round(a + b, 6) for a, b in zip(pool.mean, moved, strict=True))
    dispersion = _dispersion([one for _, one in members.values()])
    settled = {
        key: replace(one, mean=tuple(round(value, 6) for value in means[key]))
        for key, (_, one) in members.items()
    }
    return replace(pool, mean=common, communes=communes, dispersion=dispersion), settled


def _share_unknown(covariance: Sequence[float], spread: Weights) -> list[list[float]]:
    """How much of a move of the prior a container follows: its covariance over the prior's."""
    full = unpacked(covariance)
    return [[full[i][j] / (spread[j] * spread[j]) for j in range(COUNT)] for i in range(COUNT)]


def _common(
    keys: list[int],
    means: Mapping[int, list[float]],
    doubts: Mapping[int, list[list[float]]],
    spread: Weights,
    held: Weights,
    back: Weights,
) -> list[float]:
    """The move of the prior after which the deviations cancel out, but for the pull `back` to ordinary."""
    precision = [1.0 / (each * each) for each in spread]
    pull = [1.0 / (each * each) for each in held]
    matrix = [[pull[i] if i == j else 0.0 for j in range(COUNT)] for i in range(COUNT)]
    wanted = [pull[i] * back[i] for i in range(COUNT)]
    for key in keys:
        doubt, mean = doubts[key], means[key]
        for i in range(COUNT):
            wanted[i] += precision[i] * mean[i]
            row, unknown = matrix[i], doubt[i]
            row[i] += precision[i]
            for j in range(COUNT):
                row[j] -= precision[i] * unknown[j]
    return solved(matrix, wanted)


def _move(
    means: dict[int, list[float]], keys: list[int], doubts: Mapping[int, list[list[float]]], by: list[float]
) -> None:
    for key in keys:
        mean, doubt = means[key], doubts[key]
        for i in range(COUNT):
            unknown = doubt[i]
            follows = 0.0
            for j in range(COUNT):
                follows += unknown[j] * by[j]
            mean[i] += follows - by[i]


def solved(matrix: list[list[float]], wanted: list[float]) -> list[float]:
    """Solve a small regular system: Gauss with the largest pivot."""
    count = len(wanted)
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    for i in range(count):
        best = max(range(i, count), key=lambda k: abs(rows[k][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for k in range(i + 1, count):
            factor = rows[k][i] / rows[i][i]
            for j in range(i, count + 1):
                rows[k][j] -= factor * rows[i][j]
    found = [0.0] * count
    for i in reversed(range(count)):
        rest = sum(rows[i][j] * found[j] for j in range(i + 1, count))
        found[i] = (rows[i][count] - rest) / rows[i][i]
    return found


def _dispersion(all_learned: Iterable[Learned]) -> float:
    surprise, seen = DISPERSION_DAYS, DISPERSION_DAYS
    for one in all_learned:
        surprise, seen = surprise + one.surprise, seen + one.seen
    return round(_within(surprise / seen, LEAST_DISPERSION, MOST_DISPERSION), 5)


def _less(a: Weights, b: Weights) -> Weights:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _within(value: float, least: float, most: float) -> float:
    return min(most, max(least, value))
