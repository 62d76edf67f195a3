"""Errors of forecasters, by what they were given and how far ahead: rows of the table, figures to quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from bench.forecast_peers import NAMES
from fill.outlook import Step, shown

HORIZONS = {"24 h": 1, "72 h": 3, "7 days": 7}
RAW, HAMPEL = "raw readings", "Hampel-filtered readings"
FILTERED, HABITS = "our filtered levels", "habits and our levels"
MATERIALS = (RAW, HAMPEL, FILTERED)
OURS, FLOOR = (RAW, "glaneur"), (HABITS, "(habits known)")
FREE, BEFORE, UNSEEN = "without emptying", "before emptying", "lifts unseen yet too"
ROWS = (OURS, *((given, name) for given in MATERIALS for name in NAMES), FLOOR)


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


def medians(seeds: Sequence[list[dict[str, object]]]) -> list[dict[str, object]]:
    """The rows of one seed, or of several the median of each figure; questions are summed."""
    found: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for each in seeds:
        for row in each:
            found.setdefault((row["truth"], row["given"], row["forecaster"]), []).append(row)
    return [{key: _middle(key, [row[key] for row in rows]) for key in rows[0]} for rows in found.values()]


def _middle(key: str, values: list[Any]) -> object:
    known = [value for value in values if value is not None]
    if not known or isinstance(known[0], str):
        return values[0]
    return sum(known) if key == "questions" else round(median(known), 4)


def summary(seeds: Sequence[list[dict[str, object]]]) -> dict[str, object]:
    """How much less our mean error is than that of each seed's best peer: the median, and each."""
    each = [_better(found) for found in seeds]
    figures: dict[str, object] = {}
    for key in dict.fromkeys(key for one in each for key in one):
        told = [one[key] for one in each if key in one]
        shown = f"{median(percent for percent, _ in told):.1f} %"
        peers = " (" + "; ".join(f"{percent:.1f}{' ' * bool(name)}{name}" for percent, name in told) + ")"
        figures[key] = shown + peers
    for label in HORIZONS:
        held = [row[f"in 80 % {label}"] for one in seeds for row in one if _mine(row)]
        if held and None not in held:
            figures[f"in 80 %, {FREE}, {label}"] = held
    return figures


def _mine(row: Mapping[str, object]) -> bool:
    return (row["given"], row["forecaster"], row["truth"]) == (*OURS, FREE)


def _better(found: list[dict[str, Any]]) -> dict[str, tuple[float, str]]:
    """By truth, material and horizon: percent better than the best peer, and its name."""
    figures: dict[str, tuple[float, str]] = {}
    for truth in dict.fromkeys(str(row["truth"]) for row in found):
        mine = {(str(row["given"]), str(row["forecaster"])): row for row in found if row["truth"] == truth}
        for label in HORIZONS:
            errors = {who: row[f"mae {label}"] for who, row in mine.items()}
            for given in MATERIALS:
                others = {name: e for (g, name), e in errors.items() if g == given and name in NAMES and e}
                if not others or not errors.get(OURS):
                    continue
                best = min(others, key=lambda name: others[name])
                better = 100 * (1 - errors[OURS] / others[best])
                figures[f"better than the best on {given}, {truth}, {label}"] = better, best
                if errors.get(FLOOR):
                    possible = 100 * (1 - errors[FLOOR] / others[best])
                    figures[f"possible at most, {given}, {truth}, {label}"] = possible, ""
    return figures
