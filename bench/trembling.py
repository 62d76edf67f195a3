"""Levels of probes that tremble or lie: how near the truth, how sure, and how soon a lift shows.

The columns, probes and crew of `bench.probes`, its frozen rules, and two ceilings (`bench.probes_known`)
that are told what nobody knows, in the same run on the same echoes. The constants of `fill.doubt`,
`fill.story` and `fill.tremor` were chosen on the seeds 1000 and 1001 (how sure a story must be, after a look
at 2029), and frozen before the seed measured here. "drivers tell" is nine lifts in ten, as in
`bench.probes`, and four probes in ten that feel the crane; "nobody tells" leaves the echoes alone. A lift
shows when the level shown is no more than 20 points above the truth: "at once" with the first report after
it, "by the next" with the second. A false fall is one of 30 points or more between two reports, without a
lift in the last six. "in 80 %" is the share of truths inside the interval the level is marked with, aimed at
80; the heap under the hatch (up to 2.4 points) is in the truth's way there, and in nobody's knowledge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import fmean
from time import process_time

from bench.probes import COLUMN, LIES, START, WARM_DAYS, Heard, Mode, known, life, shown_level
from bench.probes_known import Z_80, Level, Told, rate_and_noise, with_lifts, without_lifts
from bench.result import Result
from fill.emptyings import told
from fill.fold import first, fold, tick
from fill.model import DEFAULT
from fill.start import start_of

TITLE = "How near the truth is the level of a probe that trembles or lies, and how soon does a lift show?"
NOISES: dict[Mode, str] = {
    "noise_4": "trembles, 4 points",
    "noise_8": "trembles, 8 points",
    "noise_12": "trembles, 12 points",
    "noisy": "trembles, 18 points, misses 1 in 10",
    "lying": "lies 3 times in 10",
}
OURS, TOLD_LIFTS = "ours", "told rate, noise, lifts"
TOLD_HABITS, TOLD_LIES = "told rate, noise, the crew's habits", "told rate, noise, lies, the crew's habits"
HONEST_POINTS = 10.0  # what is off by no more is no lie, or as good as none
CLOSE_POINTS, FALLEN_POINTS, FALSE_POINTS, SHOWN_WITHIN = 5.0, 20.0, 30.0, 6
REPORTS_A_DAY = 6
Ceiling = Callable[[Sequence[Told], float, float], list[Level]]


@dataclass(frozen=True, slots=True)
class Run:
    """One column's reports and the levels somebody believed, None where nothing is believed yet."""

    heard: Sequence[Heard]
    levels: Sequence[Level | None]


def run(columns: int = 20, days: int = 150, seed: int = 2030) -> Result:
    """`columns` of each kind for `days` days."""
    rows = []
    for mode, probe in NOISES.items():
        lives = [life(mode, seed * 100_000 + number, days) for number in range(columns)]
        began, reports = process_time(), 2 * sum(len(each) for each in lives)
        drivers = [Run(each, _ours(each, drivers=True)) for each in lives]
        nobody = [Run(each, _ours(each, drivers=False)) for each in lives]
        us = 1e6 * (process_time() - began) / reports
        rows.append({**_row(probe, "drivers tell", OURS, drivers), "us": round(us, 1)})
        rows.append({**_row(probe, "nobody tells", OURS, nobody), "us": None})
        if mode == "lying":
            liars = _known(lives, partial(without_lifts, stray=LIES), HONEST_POINTS)
            rows.append({**_row(probe, "nobody tells", TOLD_LIES, liars), "us": None})
            continue
        rows.append({**_row(probe, "all are told", TOLD_LIFTS, _known(lives, with_lifts)), "us": None})
        rows.append({**_row(probe, "nobody tells", TOLD_HABITS, _known(lives, without_lifts)), "us": None})
    mine = {f"{row['probe']}, {row['lifts']}": row["within 5"] for row in rows if row["who"] == OURS}
    return Result(rows, {"within_5": mine})


def _ours(heard: Sequence[Heard], *, drivers: bool) -> list[Level | None]:
    state, found = first(COLUMN), list[Level | None]()
    for one in heard:
        if not drivers and _lifting(one):
            found.append(None)
            continue
        if drivers and one.lifted_at is not None and one.confirmed:
            state = told(state, one.lifted_at)
        if one.reading is None:
            state, _ = tick(state, one.at, COLUMN)
        else:
            state, _ = fold(state, one.reading, COLUMN)
        level, start = shown_level(state, one.at), start_of(state, state.quality)
        margin = Z_80 * start.sd if start is not None and start.at == one.at else -1.0
        found.append(None if level is None else Level(level, margin))
    return found


def _lifting(one: Heard) -> bool:
    """Whether this is the message of a probe that hangs on the crane: it tells of the lift."""
    return one.reading is not None and (one.reading.tilt_deg or 0) >= DEFAULT.tilt_deg


def _known(lives: Sequence[Sequence[Heard]], ceiling: Ceiling, most: float = 100.0) -> list[Run]:
    found = []
    for heard in lives:
        plain = [one for one in heard if not _lifting(one)]
        reports = [known(one) for one in plain]
        figures = rate_and_noise(reports, most)
        if figures is not None:
            found.append(Run(plain, ceiling(reports, *figures)))
    return found


def _row(probe: str, told_by: str, who: str, runs: list[Run]) -> dict[str, object]:
    near, inside, lags, false, counted = list[bool](), list[bool](), list[int](), 0, 0
    warm = START + timedelta(days=WARM_DAYS)
    for one in runs:
        pairs = [pair for pair in zip(one.heard, one.levels, strict=True) if not _lifting(pair[0])]
        since = 99
        for n, (heard, level) in enumerate(pairs):
            since = 0 if heard.lifted_at is not None else since + 1
            if heard.at < warm or level is None:
                continue
            counted += 1
            before = pairs[n - 1][1] if n else None
            fell = before is not None and before.percent - level.percent >= FALSE_POINTS
            false += fell and since > SHOWN_WITHIN
            if not since:
                lags.append(_lag(pairs[n:]))
                continue
            near.append(abs(level.percent - heard.truth) <= CLOSE_POINTS)
            if level.margin >= 0:
                inside.append(abs(level.percent - heard.truth) <= level.margin)
    return {
        "probe": probe,
        "lifts": told_by,
        "who": who,
        "within 5": round(fmean(near), 3),
        "in 80 %": round(100 * fmean(inside), 1),
        "lifts seen at once": round(fmean(lag == 0 for lag in lags), 3),
        "by the next": round(fmean(lag <= 1 for lag in lags), 3),
        "later": sum(lag > 1 for lag in lags),
        "of": len(lags),
        "false per 1000 days": round(1000 * false * REPORTS_A_DAY / counted, 2) if counted else None,
    }


def _lag(pairs: Sequence[tuple[Heard, Level | None]]) -> int:
    """Reports after the first one since a lift until the level has fallen; 99 when it never does."""
    for lag, (heard, level) in enumerate(pairs):
        if level is not None and level.percent <= heard.truth + FALLEN_POINTS:
            return lag
    return 99
