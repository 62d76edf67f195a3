"""Errors of forecasters, by what they were given and how far ahead: rows of the table, figures to quote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from bench.forecast_peers import NAMES
from fill.outlook import Step, shown

HORIZONS = {"24 h": 1, "72 h": 3, "7 days": 7}
RAW, FILTERED, HABITS = "raw readings", "our filtered levels", "habits and our levels"
OURS, FLOOR = (RAW, "glaneur"), (HABITS, "(habits known)")
FREE, BEFORE, UNSEEN = "without emptying", "before emptying", "lifts unseen yet too"
ROWS = (OURS, *((RAW, name) for name in NAMES), *((FILTERED, name) for name in NAMES), FLOOR)


@dataclass(slots=True)
class Errors:
    """Absolute errors in points, and whether the 80 % interval held the truth."""

    points: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class Score:
    """One forecaster at one horizon, by truth."""

    by: dict[str, Errors] = field(default_factory=lambda: {name: Errors() for name in (FREE, BEFORE, UNSEEN)})
    brier: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the truth was: the unclipped level without emptying, the level if nobody emptied; None: unknown.

    `unseen`: a truck came after the last level we believe.
    """

    free: float | None
    before: float | None
    unseen: bool = False


Scores = dict[tuple[str, str, int], Score]
"""By what was given, who answered, and days ahead."""


def score(found: Score, expected: float, asked: Asked, step: Step | None) -> None:
    """Add one answer; `step` has the interval and the probability, where the forecaster gives them."""
    if asked.free is not None:
        for truth in (UNSEEN,) if asked.unseen else (UNSEEN, FREE):
            errors = found.by[truth]
            errors.points.append(abs(shown(expected) - shown(asked.free)))
            if step:
                errors.inside.append(step.q10 <= asked.free <= step.q90)
        if not asked.unseen:
            probability = step.p_overflow if step else float(expected >= 100.0)
            found.brier.append((probability - (asked.free >= 100.0)) ** 2)
    if asked.before is not None and not asked.unseen:
        errors = found.by[BEFORE]
        errors.points.append(abs(shown(expected) - asked.before))
        if step:
            errors.inside.append(shown(step.q10) - 1e-9 <= asked.before <= shown(step.q90) + 1e-9)


def rows(scores: Scores) -> list[dict[str, object]]:
    """One row a truth, a material and a forecaster, those that were asked anything."""
    found: list[dict[str, object]] = []
    for truth in (FREE, UNSEEN, BEFORE):
        for given, name in ROWS:
            mine = {label: scores.get((given, name, days)) for label, days in HORIZONS.items()}
            if any(each and each.by[truth].points for each in mine.values()):
                found.append(_row(truth, given, name, mine))
    return found


def _row(truth: str, given: str, name: str, mine: Mapping[str, Score | None]) -> dict[str, object]:
    errors = {label: each.by[truth] if each else Errors() for label, each in mine.items()}
    row: dict[str, object] = {"truth": truth, "given": given, "forecaster": name}
    for label, each in errors.items():
        row[f"mae {label}"] = round(fmean(each.points), 3) if each.points else None
    for label, each in errors.items():
        row[f"in 80 % {label}"] = round(100 * fmean(each.inside), 1) if each.inside else None
    for label, one in mine.items():
        row[f"brier {label}"] = round(fmean(one.brier), 4) if truth == FREE and one and one.brier else None
    row["questions"] = sum(len(each.points) for each in errors.values())
    return row


def summary(found: list[dict[str, Any]]) -> dict[str, object]:
    """How much less our mean error is than that of the best peer, by truth, material and horizon."""
    figures: dict[str, object] = {}
    for truth in dict.fromkeys(str(row["truth"]) for row in found):
        mine = {(str(row["given"]), str(row["forecaster"])): row for row in found if row["truth"] == truth}
        for label in HORIZONS:
            errors = {who: row[f"mae {label}"] for who, row in mine.items()}
            for given in (RAW, FILTERED):
                others = {name: e for (g, name), e in errors.items() if g == given and name in NAMES and e}
                if not others or not errors.get(OURS):
                    continue
                best = min(others, key=lambda name: others[name])
                better = 100 * (1 - errors[OURS] / others[best])
                figures[f"better than the best on {given}, {truth}, {label}"] = f"{better:.1f} % ({best})"
                if errors.get(FLOOR):
                    possible = 100 * (1 - errors[FLOOR] / others[best])
                    figures[f"possible at most, {given}, {truth}, {label}"] = f"{possible:.1f} %"
    return figures
