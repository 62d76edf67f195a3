"""Which columns to empty when: kilometres against service for four policies on the same deposits.

A seeded simulation (`bench.policy_world`), twelve weeks after a six weeks' warm-up, of the countryside (180
columns, 3 streams) or a dense town (850). All policies share deposits, probes, forecasts, trucks and the
router; only what they ask to be emptied differs. Parameters were set on seeds 101 and 102: measure others.

Service is the part of the litres brought that found room. `km_at` is read off each curve by straight lines
at the service asked for; a policy that never reaches it has none. The calendar is given what no real one
has: each column's pace is tuned on the very deposits of the measured weeks.
"""

import itertools
from collections.abc import Callable

from bench.policy_days import Account, grounds, live
from bench.policy_rivals import Policy, calendar, one_day_prize, ours, threshold
from bench.policy_world import WARM_UP, Territory, Truth, countryside, town, truth
from bench.result import Result

TITLE = "How many kilometres does each policy drive at the same service?"
VERSIONS = ("numpy",)
NOISY, PERFECT = (0.16, 4.0), (0.0, 1.0)
"""The part of probes that are broken, and the standard deviation of a reading in points."""
CURVES: dict[str, tuple[float, ...]] = {
    "calendar": (0.7, 0.9, 0.98, 1.0),
    "threshold": (80, 70, 60, 50, 40),
    "one-day prize": (50, 150, 400, 1000, 3000),
    "ours": (0.98, 0.995, 0.998, 0.9995),
}
"""The dial of each: quantile of stretches, percent, euros of an overflow, service asked for."""

Row = dict[str, object]


def run(
    where: str = "countryside", probes: str = "noisy", weeks: int = 12, seed: int = 1, points: int = 5,
    columns: int = 850, service: float = 0.995,
) -> Result:  # fmt: skip
    """One row a policy and dial; `points` of each curve, the summary at `service` (countryside or town)."""
    territory = countryside(seed) if where == "countryside" else town(seed, columns)
    broken, noise = PERFECT if probes == "perfect" else NOISY
    what, known = truth(territory, WARM_UP + 7 * weeks, broken, seed), grounds(territory)
    made: dict[str, Callable[[float], Policy]] = {
        "calendar": lambda dial: _calendar(territory, what, dial),
        "threshold": threshold,
        "one-day prize": lambda euros: one_day_prize(100 * euros),
        "ours": ours,
    }
    rows: list[Row] = []
    for name, make in made.items():
        for dial in CURVES[name][-points:]:
            account = live(territory, known, what, make(dial), noise, seed)
            rows.append(_row(name, dial, account, 7 * weeks))
            print(rows[-1], flush=True)
    at = {name: km_at(rows, name, 100 * service) for name in made}
    mine, summary = at["ours"], {f"km_at_{100 * service:g}": at}
    ratios = {name: round(mine / km, 3) for name, km in at.items() if mine and km and name != "ours"}
    return Result(rows, {**summary, "where": where, "probes": probes, "ours_over": ratios})


def _calendar(territory: Territory, what: Truth, quantile: float) -> Policy:
    sectors = 1 if territory.name == "countryside" else len(territory.weekdays)
    return calendar(territory, what.brought[WARM_UP:], quantile, sectors)


def _row(name: str, dial: float, account: Account, days: int) -> Row:
    return {
        "policy": name,
        "dial": dial,
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
