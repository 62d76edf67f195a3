"""How far from the best known: our portfolio beside what a user would start instead, on public files.

The files are given on the command line and are not in this repository (CVRPLIB, VRPLIB, Solomon with a
``.sol`` beside; PVRP-IF ``.geojson`` with its ``report_….txt`` beside); a file's folder names its family.
Without any, nothing is measured and that is said. Each method runs once for each seed (OR-Tools and
pyvroom, which have none, once in all); what it knew after 10 s and 30 s is read from when its plans came.
From ``LARGE`` stops it has twice the seconds; PVRP-IF has its own, a day. Every plan, the peers' too, is
timed, priced and judged by us; without a complete one there is no gap.

Every worker is pinned. Those of one core run two at a time, one a core, ours beside PyVRP with the same
file and seed; the portfolio of two cores runs alone. PyVRP on two cores is the better of two of its runs.

What of ours was chosen on some of these files: OR-Tools is not asked where PyVRP says every rule and no truck
unloads on the way (``routing.engines``); and, with seeds 11 to 15, which are not measured, PyVRP's first
penalties, its neighbours from 500 stops on, how it goes on from a plan it takes, and when routes are combined
(``routing.pyvrp_engine``), and when children hear each other on large days (``routing.watch``). Where more
than loads binds, penalties stay the library's below 500 stops: with others the measured seeds of C2_2_03R0.25
and R2_2_4 came out worse. Nothing else.

With ``keep=NAME`` each run is added to that file of ``bench/results/`` and not repeated, so that a comparison
may be taken in slices; delete it after any change.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.engines_gaps import Instance, Prices, aims, by_family, gap, rows_of
from bench.engines_peers import METHODS, best_of, problems_of
from bench.kept import Kept
from bench.result import Result, table

TITLE = "Public instances: how far above the best known, for us and for what one would start instead?"
SEED = 1
VERSIONS = ("ortools", "pyvrp", "pyvroom", "numpy")
LARGE = 590
"""Stops from which a run lasts twice as long; X-n599-k92 counts."""
MARKS_S = (10, 30)
SEEDLESS = ("ortools", "vroom")
SPARE_S = 600
"""What a worker may overstay, reading and judging included, before it is given up."""


def run(
    files: str = "",
    seconds: int = 30,
    seeds: int = 3,
    methods: str = "two,one,pyvrp,ortools,vroom",
    day_seconds: int = 4,
    keep: str = "",
) -> Result:
    """A row for each file and method: gaps in per cent, medians over ``seeds``. ``files``: globs."""
    names = methods.split(",")
    log = Kept(keep)
    rows: list[dict[str, object]] = []
    for path in paths(files):
        instance = read_instance(path, seconds, day_seconds)
        prices: Prices = {}
        for seed in range(SEED, SEED + seeds):
            asked = [one for one in names if seed == SEED or one not in SEEDLESS]
            for name, found in _raced(instance, asked, seed, log):
                prices[name, seed] = found
                shown = [gap(instance, found, mark) for mark in range(len(instance.marks))]
                print(f"  {path.stem} seed {seed} {name}: {shown} at {instance.marks} s", flush=True)
        rows += rows_of(instance, prices, {name: METHODS[name][0] for name in names})
    if not rows:
        print("No file given: FILES='…/cvrp/*.vrp,…/vrptw/*.txt' names public instances. Nothing measured.")
        return Result(rows, {"files": 0})
    families = by_family(rows)
    reached = aims(rows)
    print(f"\nby family:\n\n{table(families)}\n\naims:\n\n{table(reached)}\n", flush=True)
    cores = len(os.sched_getaffinity(0))
    return Result(rows, {"cores": cores, "families": families, "aims": reached})


def paths(files: str) -> list[Path]:
    """The files named, globs resolved; solutions and reports are found beside them."""
    found: list[Path] = []
    for word in files.replace(",", " ").split():
        path = Path(word)
        found += sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    return [
        path for path in found if path.suffix in (".vrp", ".txt", ".geojson") and "report_" not in path.name
    ]


def read_instance(path: Path, seconds: int, day_seconds: int) -> Instance:
    """What there is to know about a file before it is searched."""
    problems = problems_of(path)
    stops = max(len(problem.tasks) for problem in problems)
    budget = seconds * 2 if stops >= LARGE else seconds
    if len(problems) > 1:
        budget = day_seconds
    return Instance(
        path=path,
        family=path.resolve().parent.name,
        best=best_of(path),
        stops=stops,
        days=len(problems),
        marks=(*(mark for mark in MARKS_S if mark < budget), budget),
    )


def _raced(
    instance: Instance, names: list[str], seed: int, log: Kept
) -> Iterator[tuple[str, list[list[int | None]] | None]]:
    """Each method's prices by day and mark, None when it cannot be told the rules.

    Methods of one core go two at a time, and each core serves each of them in turn.
    """
    cores = sorted(os.sched_getaffinity(0))
    turned = cores[seed % len(cores) :] + cores[: seed % len(cores)]
    single = [name for name in names if METHODS[name][1] == 1]
    width = min(2, len(cores))
    groups = [[name] for name in names if name not in single]
    groups += [single[i : i + width] for i in range(0, len(single), width)]
    for group in groups:
        pinned = [[core] for core in turned] if group[0] in single else [cores]
        days = []
        for day in range(instance.days):
            orders = [_order(instance, name, day, seed) for name in group]
            with ThreadPoolExecutor(len(group)) as pool:
                days.append(list(pool.map(lambda *one: _answer(instance, log, *one), orders, pinned)))
        for i, name in enumerate(group):
            answers = [day[i] for day in days]
            overrun = max(answer.get("took_s") or 0 for answer in answers)
            if (name == "vroom" and overrun) or overrun > 1.05 * instance.marks[-1] + 1:
                print(f"  {instance.path.stem} seed {seed} {name} took {overrun} s", flush=True)
            yield name, [answer["cents"] for answer in answers] if answers[0]["can"] else None


def _order(instance: Instance, name: str, day: int, seed: int) -> dict[str, Any]:
    marks = list(instance.marks)
    return {"file": instance.path.name, "method": name, "day": day, "seed": seed, "marks": marks}


def _answer(instance: Instance, log: Kept, order: dict[str, Any], cores: list[int]) -> dict[str, Any]:
    """From the log, or from a worker of its own."""
    known: dict[str, Any] | None = log.get(order)
    if known is not None:
        return known
    full = json.dumps({**order, "path": str(instance.path), "cores": cores})
    command = [sys.executable, "-m", "bench.engines_peers", full]
    patience = 2 * instance.marks[-1] + SPARE_S
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=patience)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:  # the others still count
        print(f"  {order['file']} seed {order['seed']} {order['method']} failed: {error}", flush=True)
        return {"can": True, "cents": [None] * len(instance.marks), "took_s": None}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    log.add(order, answer)
    return answer
