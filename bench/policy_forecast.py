"""The forecaster that all policies of `bench.policy` share: a level and a rate per column, a Kalman filter.

Plain on purpose: it knows the usual litres a day of each column, weekdays, the readings of sound probes, and
what the crew notes when it empties (to ten points). A silent probe's column is carried on at its rate; a
shifted probe is believed. It learns how scattered each column is from its own surprises.
"""

from dataclasses import dataclass

import numpy as np

from bench.policy_world import WEEKDAY, Flags, Floats, Territory, Truth

HORIZON = 14
NOTED_SD = 10.0
RATE_DRIFT = 0.02
"""Standard deviation of a day's change of the rate, as a part of the usual rate."""


@dataclass(slots=True)
class Beliefs:
    """Percent of volume; `cov` are the variance of the level, the covariance, the variance of the rate."""

    level: Floats
    rate: Floats
    cov: tuple[Floats, Floats, Floats]
    scatter: Floats
    """Variance that a day of average filling adds, percent squared."""
    usual: Floats
    since: Floats
    """Days since the last emptying."""


def beliefs(territory: Territory, truth: Truth) -> Beliefs:
    """What is known on the first morning: nothing but the inhabitants and a rough look at the level."""
    usual = territory.usual / territory.volume * 100
    n = len(usual)
    return Beliefs(
        level=truth.start / territory.volume * 100, rate=usual.copy(),
        cov=(np.full(n, 25.0), np.zeros(n), (0.4 * usual) ** 2), scatter=3.0 * usual + 0.2 * usual**2,
        usual=usual, since=np.full(n, 10.0),
    )  # fmt: skip


def pass_day(now: Beliefs, weekday: int) -> None:
    """Carry beliefs over one day of this weekday."""
    w = float(WEEKDAY[weekday])
    p, c, r = now.cov
    now.level = now.level + w * now.rate
    now.cov = (p + 2 * w * c + w * w * r + w * now.scatter, c + w * r, r + (RATE_DRIFT * now.usual) ** 2)
    now.since = now.since + 1


def listen(now: Beliefs, read: Floats, heard: Flags, noise_sd: float) -> None:
    """Take a morning's readings; a probe at 100 says "at least"."""
    _update(now, read, heard & ~((read >= 100) & (now.level > 100)), np.full(len(read), noise_sd**2), True)


def emptied(now: Beliefs, which: Flags, noted: Floats, known: Flags) -> None:
    """Take the crew's note where no probe speaks, then start again from empty."""
    old = now.level.copy()
    # A level noted at 100 may be more: only what is below teaches the rate downwards.
    unheard = which & ~known & ~((noted >= 100) & (old > 100))
    _update(now, noted, unheard, np.full(len(noted), NOTED_SD**2), False)
    p, c, r = now.cov
    now.level = np.where(which, 0.0, now.level)
    now.cov = (np.where(which, 4.0, p), np.where(which, 0.0, c), r)
    now.since = np.where(which, 0.0, now.since)


def _update(now: Beliefs, seen: Floats, who: Flags, noise: Floats, learn: bool) -> None:
    p, c, r = now.cov
    surprise = np.where(who, seen - now.level, 0.0)
    total = p + noise
    if learn:
        ratio = np.where(who, surprise**2 / total, 1.0)
        pull = np.clip(1 + 0.04 * (np.minimum(ratio, 12.0) - 1), 0.9, 1.5)
        now.scatter = np.clip(now.scatter * pull, 0.3 * now.usual, 60 * now.usual + 20)
    gain_level, gain_rate = np.where(who, p / total, 0.0), np.where(who, c / total, 0.0)
    now.level = now.level + gain_level * surprise
    now.rate = np.clip(now.rate + gain_rate * surprise, 0.1 * now.usual, 6 * now.usual)
    now.cov = (p * (1 - gain_level), c * (1 - gain_level), np.maximum(r - gain_rate * c, 1e-6))


def outlook(now: Beliefs, weekday: int) -> tuple[Floats, Floats]:
    """Mean and sd of the unclipped level, [0 now, k end of the k-th day; column]. `weekday` is today's."""
    p, c, r = now.cov
    means, sds, days = [], [], 0.0
    for step in range(HORIZON + 1):
        means.append(now.level + days * now.rate)
        sds.append(np.sqrt(p + 2 * days * c + days * days * r + days * now.scatter))
        days += float(WEEKDAY[(weekday + step) % 7])
    return np.array(means), np.array(sds)


def told(level: Floats, brought: Floats) -> tuple[Floats, Floats]:
    """The outlook of one who knows what will be brought, percent [day, column], from today on.

    A point of doubt is left, and days that nobody made up are as the last week known.
    """
    known = len(brought)
    week = brought[-7:]
    days = [brought[k] if k < known else week[(k - known) % len(week)] for k in range(HORIZON)]
    means = np.vstack([level, level + np.cumsum(days, axis=0)])
    return means, np.ones_like(means)
