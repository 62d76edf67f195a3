"""From prices to gaps, and from gaps to rows, families and aims, for ``engines``. Runs nothing."""

from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

LAST = "end"
PAIR = "PyVRP, 2 cores (better of two)"
TWO, ONE, SINGLE = "portfolio, 2 cores", "portfolio, 1 core", "PyVRP, 1 core"
MIDDLING = 400
"""Stops up to which cvrp and vrptw have an aim."""
BEHIND_PERCENT = 0.2
PVRPIF_SUM = 6167

Day = list[int | None]
Prices = dict[tuple[str, int], list[Day] | None]
"""By method and seed: for each day, the price at each mark; None when the method cannot say the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One file, and the seconds after which its searches are looked at; the last ends them."""

    path: Path
    family: str
    best: float
    stops: int
    days: int
    marks: tuple[int, ...]


def gap(instance: Instance, days: list[Day] | None, mark: int) -> float | None:
    """Per cent above the best known; None when a required stop is left out or nothing came."""
    found = total(days, mark)
    return None if found is None else round(100 * (found / instance.best - 1), 3)


def total(days: list[Day] | None, mark: int) -> int | None:
    """The price of all days together."""
    prices = [None] if days is None else [day[mark] for day in days]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def rows_of(instance: Instance, prices: Prices, titles: dict[str, str]) -> list[dict[str, object]]:
    """One row a method: medians over the seeds at each mark, and each seed's last."""
    by_title = {title: [prices[key] for key in prices if key[0] == name] for name, title in titles.items()}
    if "pyvrp" in titles and len(by_title[titles["pyvrp"]]) > 1:
        by_title[PAIR] = _pairs(by_title[titles["pyvrp"]])
    rows = []
    for title, runs in by_title.items():
        if None in runs:
            continue
        last = len(instance.marks) - 1
        row: dict[str, object] = {"family": instance.family, "file": instance.path.stem, "method": title}
        for mark in (10, 30):
            at = instance.marks.index(mark) if mark in instance.marks else None
            row[f"{mark} s"] = None if at is None else _middle([gap(instance, one, at) for one in runs])
        ends = [gap(instance, one, last) for one in runs]
        sums = [total(one, last) for one in runs]
        row |= {
            LAST: _middle(ends),
            "end_s": instance.marks[-1],
            "each": " ".join("-" if one is None else f"{one:.2f}" for one in ends),
            "stops": instance.stops,
            "sum": _middle([None if one is None else float(one) for one in sums]),
            "best_known": instance.best,
        }
        rows.append(row)
    return rows


def _pairs(runs: list[list[Day] | None]) -> list[list[Day] | None]:
    """Each run with the next, the better price of each day at each mark."""
    pairs: list[list[Day] | None] = []
    for one, other in zip(runs, runs[1:] + runs[:1], strict=True):
        assert one is not None
        assert other is not None
        pairs.append(
            [[_better(*two) for two in zip(*days, strict=True)] for days in zip(one, other, strict=True)]
        )
    return pairs


def _better(one: int | None, other: int | None) -> int | None:
    return min((price for price in (one, other) if price is not None), default=None)


def _middle(values: list[float | None]) -> float | None:
    """The median; None when a run has no complete plan."""
    known = [value for value in values if value is not None]
    return round(median(known), 3) if known and len(known) == len(values) else None


def by_family(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Means of the files' medians, and the sums, for each family and method that has all its files."""
    found = []
    for family, method in dict.fromkeys((row["family"], row["method"]) for row in rows):
        mine = [row for row in rows if (row["family"], row["method"]) == (family, method)]
        line: dict[str, object] = {"family": family, "method": method, "files": len(mine)}
        for key in ("10 s", "30 s", LAST):
            line[f"mean {key}"] = _mean([row[key] for row in mine])
        line["without a complete plan"] = sum(row[LAST] is None for row in mine)
        sums = _numbers([row["sum"] for row in mine])
        line["sum"] = round(sum(sums)) if len(sums) == len(mine) else None
        found.append(line)
    return found


def _numbers(values: list[object]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float)]


def _mean(values: list[object]) -> float | None:
    known = _numbers(values)
    return round(mean(known), 3) if known and len(known) == len(values) else None


def aims(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """What is aimed at, what was found, and whether it is reached; only what these files can tell."""
    found: list[dict[str, object]] = []
    ours = [row for row in rows if row["method"] == TWO]
    for name, at_most, among in (
        ("mean gap, cvrp and vrptw up to 400 stops", 0.5, _middling(ours)),
        ("mean gap, pcvrptw", 1.0, [row for row in ours if row["family"] == "pcvrptw"]),
    ):
        if among:
            found.append(_aim(f"{name}, 2 cores", _mean([row[LAST] for row in among]), at_most))
    days = [row for row in ours if row["family"] == "pvrpif"]
    if days:
        sums = _numbers([row["sum"] for row in days])
        whole = sum(sums) if len(sums) == len(days) else None
        found.append(_aim(f"sum of {len(days)} pvrpif files, 2 cores", whole, PVRPIF_SUM))
    for title, rivals in ((ONE, (SINGLE, "OR-Tools, 1 core", "pyvroom, 1 core")), (TWO, (PAIR,))):
        mine = [row for row in rows if row["method"] == title]
        trips = [row for row in mine if row["family"] == "mtvrptwr"]
        found += _worst(f"behind the best single engine, {title}", mine, rows, rivals, BEHIND_PERCENT)
        found += _worst(f"behind PyVRP on mtvrptwr, {title}", trips, rows, rivals[:1], 0.0)
    return found


def _worst(
    what: str,
    mine: list[dict[str, object]],
    rows: list[dict[str, object]],
    rivals: tuple[str, ...],
    at_most: float,
) -> list[dict[str, object]]:
    behind = [one for one in (_behind(row, rows, rivals) for row in mine) if one is not None]
    return [_aim(f"worst {what}", max(behind), at_most)] if behind else []


def _middling(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [
        row for row in rows if row["family"] in ("cvrp", "vrptw") and _numbers([row["stops"]])[0] <= MIDDLING
    ]


def _behind(row: dict[str, object], rows: list[dict[str, object]], rivals: tuple[str, ...]) -> float | None:
    """Points of per cent behind the best of these on the same file; None when none has a plan."""
    others = _numbers([one[LAST] for one in rows if one["file"] == row["file"] and one["method"] in rivals])
    mine = _numbers([row[LAST]])
    if not others:
        return None
    return round(mine[0] - min(others), 3) if mine else float("inf")


def _aim(what: str, found: float | None, at_most: float) -> dict[str, object]:
    return {
        "aim": what,
        "at most": at_most,
        "found": found,
        "reached": found is not None and found <= at_most,
    }
