"""Which columns to empty when: kilometres against service for five policies on the same deposits.

A seeded simulation (`bench.policy_world`), twelve weeks after a six weeks' warm-up, of the countryside (180
columns, 3 streams) or a dense town (850). All policies share deposits, probes, forecasts, trucks and the
router; only what they ask to be emptied differs. Parameters were set on seeds 101 to 103: measure others.

Service is the part of the litres brought that found room. `km_at` is read off each curve by straight lines
at 99.0, 99.5 and 99.9 %; a policy that never gets there has none. `best_service` is that of emptying all on
every day of service, `least_km` what carrying all that is brought takes at least, whoever chooses. The
calendar is given what no real one has: each column's pace is tuned on the very deposits measured; that of
means knows what each column is brought on an average day of them. With `probes=told` every policy knows what
will be brought. That bounds nothing: the dials were set for doubt, and certainty makes ours put off more.
"""

import itertools
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache

from bench.kept import Kept
from bench.policy_calendar import best_service, calendar, calendar_of_means
from bench.policy_days import Account, grounds, live, load_share
from bench.policy_rivals import Policy, one_day_prize, ours, threshold
from bench.policy_world import WARM_UP, Territory, Truth, countryside, town, truth
from bench.result import Result
from routing.horizon import Roads

TITLE = "How many kilometres does each policy drive at the same service?"
VERSIONS = ("numpy", "pyvrp")
PROBES = {"noisy": (0.16, 4.0), "perfect": (0.0, 1.0), "told": (0.0, 1.0)}
"""The part of probes that are broken, and the standard deviation of a reading in points. Where told, the days
to come are known as well."""
CURVES: dict[str, tuple[float, ...]] = {
    "ours": (0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999),
    "one-day prize": (25, 50, 100, 200, 400, 1000, 3000, 10_000),
    "threshold": (90, 80, 70, 60, 50, 40),
    "calendar": (0.03, 0.01, 0.005, 0.002, 0.0),
    "calendar of means": (90, 80, 70, 60, 50, 40, 30),
}
"""The dial of each: service asked for, euros of an overflow, percent, part of a column's litres to lose,
percent expected when it is emptied."""
SERVICES = (99.0, 99.5, 99.9)

Row = dict[str, object]


def run(
    town: str = "countryside", probes: str = "both", weeks: int = 12, seed: int = 1, seeds: int = 1,
    columns: int = 850, points: int = 8, cores: int = 2, policies: str = "", keep: str = "",
) -> Result:  # fmt: skip
    """One row a seed, probes, policy, dial. Town: countryside or dense; probes: noisy, perfect, told or both.

    At most `points` dials of each policy (of those named in `policies`, all without); `seeds` seeds from
    `seed` on; units of work on `cores` processes. With `keep=NAME` each unit's row is added to that file of
    `bench/results/` and not lived again, so that it may be taken in slices: delete it after any change.
    """
    kinds = ["noisy", "perfect"] if probes == "both" else [probes]
    worlds = [(town, columns, weeks, kind, seed + n) for kind in kinds for n in range(seeds)]
    dials = [one for one in _dials(points) if not policies or one[0] in policies.split(",")]
    units = [(world, name, dial) for name, dial in dials for world in worlds]
    kept = Kept(keep)
    rows: list[Row] = [row for unit in units if (row := kept.get(unit)) is not None]
    with ProcessPoolExecutor(max_workers=cores) as pool:
        asked = {pool.submit(measure, *unit): unit for unit in units if kept.get(unit) is None}
        for done in as_completed(asked):
            rows.append(done.result())
            kept.add(asked[done], rows[-1])
            print(rows[-1], flush=True)
    rows.sort(key=lambda row: (row["probes"], row["seed"], row["policy"], row["service_percent"]))
    km = kilometres(rows, worlds)
    best = [round(100 * best_service(*_world(*world)[:2]), 3) for world in worlds]
    least = [round(least_km(*_world(*world)[:2]), 1) for world in worlds]
    told = {"km_at": km, "ours_over": ratios(km), "best_service": best, "least_km": least}
    return Result(rows, {"town": town, **told})


World = tuple[str, int, int, str, int]
"""Where, columns, weeks, probes, seed."""


def _dials(points: int) -> Iterator[tuple[str, float]]:
    for name, dials in CURVES.items():
        step = max(1.0, len(dials) / max(1, points))
        yield from ((name, dials[int(n * step)]) for n in range(min(points, len(dials))))


@lru_cache(maxsize=1)
def _world(where: str, columns: int, weeks: int, kind: str, seed: int) -> tuple[Territory, Truth, Roads]:
    territory = town(seed, columns) if where == "dense" else countryside(seed)
    what = truth(territory, WARM_UP + 7 * weeks, PROBES[kind][0], seed)
    return territory, what, grounds(territory)


def least_km(territory: Territory, what: Truth) -> float:
    """Kilometres a day that carrying all that is brought in the measured weeks takes at least.

    The radial bound of Haimovich and Rinnooy Kan (Mathematics of Operations Research 10, 1985): a load drives
    at least to each of its columns and back, so a column's litres cost their part of a truck times that way.
    """
    way_m = [
        (territory.matrix.distance_m[0][p] or 0) + (territory.matrix.distance_m[p][0] or 0)
        for p in territory.place_of
    ]
    litres = what.brought[WARM_UP:].sum(axis=(0, 1))
    metres = sum(
        load_share(stream, float(litres[one])) * way_m[one]
        for stream in territory.streams
        for one in stream.columns
    )
    return metres / 1000 / (len(what.brought) - WARM_UP)


def measure(world: World, name: str, dial: float) -> Row:
    """Live through the weeks with one policy at one dial."""
    territory, what, known = _world(*world)
    _, _, weeks, kind, seed = world
    made: dict[str, Callable[[float], Policy]] = {
        "calendar": lambda part: calendar(territory, what, part),
        "calendar of means": lambda percent: calendar_of_means(territory, what, percent),
        "threshold": threshold,
        "one-day prize": lambda euros: one_day_prize(100 * euros),
        "ours": ours,
    }
    account = live(territory, known, what, made[name](dial), PROBES[kind][1], seed, kind == "told")
    return {"probes": kind, "seed": seed, "policy": name, "dial": dial, **_figures(account, 7 * weeks)}


def _figures(account: Account, days: int) -> Row:
    return {
        "km_day": round(account.km / days, 1),
        "hours_day": round(account.hours / days, 2),
        "loads_day": round(account.loads / days, 2),
        "load_percent": round(100 * account.loaded / max(1, account.loads), 1),
        "emptyings_day": round(account.emptyings / days, 1),
        "fill_percent": round(account.filled / max(1, account.emptyings), 1),
        "overflows": account.overflows,
        "overflow_l": round(account.overflow_l),
        "service_percent": round(100 * account.service, 3),
        "left_out": account.unserved,
    }


Kilometres = dict[str, dict[str, list[float | None]]]
"""By probes and service, by policy: kilometres a day, a figure a seed."""


def kilometres(rows: list[Row], worlds: list[World]) -> Kilometres:
    """What each policy drives at each of `SERVICES`."""
    km: Kilometres = {}
    for kind in dict.fromkeys(world[3] for world in worlds):
        seeds = [world[4] for world in worlds if world[3] == kind]
        for service in SERVICES:
            km[f"{kind} {service:g}"] = {
                name: [km_at(_of(rows, kind, seed), name, service) for seed in seeds] for name in CURVES
            }
    return km


def _of(rows: list[Row], kind: str, seed: int) -> list[Row]:
    return [row for row in rows if (row["probes"], row["seed"]) == (kind, seed)]


def ratios(km: Kilometres) -> dict[str, dict[str, float]]:
    """Ours over each rival: the median of the seeds where both get there."""
    found: dict[str, dict[str, float]] = {}
    for key, by_name in km.items():
        found[key] = {}
        for name, theirs in by_name.items():
            pairs = [a / b for a, b in zip(by_name["ours"], theirs, strict=True) if a and b]
            if pairs and name != "ours":
                found[key][name] = round(statistics.median(pairs), 3)
    return found


def km_at(rows: list[Row], name: str, service: float) -> float | None:
    """Kilometres a day of a policy at this service, between the two points of its curve around it.

    The cheapest dial that is good enough counts when no dial is worse; None when no dial is good enough.
    """
    curve = sorted(
        (float(str(row["service_percent"])), float(str(row["km_day"])))
        for row in rows
        if row["policy"] == name
    )
    enough = [km for reached, km in curve if reached >= service]
    if not enough:
        return None
    least = min(enough)
    for (low, km_low), (high, km_high) in itertools.pairwise(curve):
        if low < service <= high:
            least = min(least, km_low + (km_high - km_low) * (service - low) / (high - low))
    return round(least, 1)
