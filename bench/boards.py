"""How long does each query of each board take, at the size of a territory and of a département?

Every panel's SQL is taken from the generated boards and expanded as Grafana would, then executed by the
read-only role on TimescaleDB, each a few times with a period of the whole history: the slowest of the medians
is what matters. The territory is made in the database (boards_world.sql, boards_meals.sql): daily rollups,
emptyings, rounds, 365,000 passages a year, skips, accounts, meals carried to 120 people or 3,000. Hourly
rollups and raw readings are not made: no board reads them.
The sums by day are counted by the worker's own code, and how long that takes is told too.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from json import loads
from typing import Any

import psycopg
import services
from psycopg import sql
from psycopg.rows import DictRow

from api.boards.expand import Asked, Choice, expand, seconds
from bench.result import Result
from store.boards import refresh_days, refresh_hour, refresh_meals, sample_platform
from store.connection import connect
from store.migrate import migrate
from store.queries import named_queries

TITLE = "How long does each query of each board take?"
VERSIONS = ("psycopg",)

_WORLD = named_queries("bench", "boards_world.sql")
_MEALS = named_queries("bench", "boards_meals.sql")
EVERYTHING = {
    "territoire": Choice(values=("*",)),
    "commune": Choice(every="${territoire:sqlstring}"),
    "flux": Choice(every="'*'"),
    "site": Choice(every="'*'"),
    "service": Choice(values=("levee",)),
}
SIZES = {
    "territory": {"containers": 200, "days": 1095, "communes": 49, "trucks": 2, "passages": 1000,
                  "accounts": 7000, "people": 120},
    "departement": {"containers": 10_000, "days": 365, "communes": 800, "trucks": 20, "passages": 1000,
                    "accounts": 7000, "people": 3000},
}  # fmt: skip


def boards() -> list[dict[str, Any]]:
    """Return the generated boards, in their order."""
    folder = files("dashboards").joinpath("generated")
    names = folder.joinpath("order.txt").read_text(encoding="utf-8").split()
    return [loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in names]


def fill(connection: psycopg.Connection[DictRow], today: date, seed: int, size: dict[str, int]) -> None:
    """Make the world of both files in a migrated, empty database; `connection` is the owner's."""
    for name, query in [*_WORLD.items(), *_MEALS.items()]:
        # Millions of rows made from the containers themselves need not be checked one by one against them.
        checks = "replica" if name == "days" else "origin"
        connection.execute(f"SET LOCAL session_replication_role = {checks}".encode())
        connection.execute(query, {**size, "today": today, "seed": seed} if b"%" in query else None)
    connection.execute("TRUNCATE rollup_mark")
    connection.execute("INSERT INTO board_mark SELECT DISTINCT day FROM rollup_day")


def run(containers: int = 0, days: int = 0, repeats: int = 5, seed: int = 1) -> Result:
    """Measure both sizes, or one of `containers` x `days` when given."""
    sizes = SIZES
    if containers:
        sizes = {"asked": {**SIZES["departement"], "containers": containers, "days": days or 365}}
    servers = services.OwnServices()
    rows: list[dict[str, object]] = []
    try:
        postgres = servers.postgres()
        for name in sizes:
            with connect(postgres.dsn(), autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            migrate(postgres.dsn(name))
        # Made side by side, measured one after the other.
        with ThreadPoolExecutor() as side_by_side:
            made = {
                name: side_by_side.submit(_make, postgres.dsn(name), size, seed)
                for name, size in sizes.items()
            }
            counted = {name: one.result() for name, one in made.items()}
        for name, size in sizes.items():
            for row in _measure(postgres.dsn(name), size["days"], repeats):
                rows.append({"size": name, **row, **counted[name]})
    finally:
        servers.remove()
    slowest = max(rows, key=lambda row: float(str(row["median_ms"])))
    over = sum(float(str(row["median_ms"])) > 300 for row in rows)
    return Result(
        rows,
        {
            "queries": len(rows),
            "over_300_ms": over,
            "slowest": f"{slowest['size']} {slowest['board']} {slowest['panel']}",
            "slowest_ms": slowest["median_ms"],
            **{f"counted_s_{row['size']}": row["counted_s"] for row in rows},
            **{f"rollup_days_{row['size']}": row["rollup_days"] for row in rows},
        },
    )


def _make(dsn: str, size: dict[str, int], seed: int) -> dict[str, object]:
    """Make a world and count it as the worker does; tell its size and how long that took."""
    with connect(dsn) as connection:
        fill(connection, datetime.now(UTC).date(), seed, size)
    with connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        began = time.perf_counter()
        refresh_hour(connection)
        refresh_days(connection)
        refresh_meals(connection)
        sample_platform(connection)
        counted = round(time.perf_counter() - began, 1)
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT count(*) AS n FROM rollup_day").fetchone()
    return {"rollup_days": row["n"] if row else 0, "counted_s": counted}


def _measure(dsn: str, days: int, repeats: int) -> list[dict[str, object]]:
    now = datetime.now(UTC)
    rows: list[dict[str, object]] = []
    with connect(dsn, "glaneur_grafana", autocommit=True) as connection:
        for board, panel, text in panels(now - timedelta(days=days), now):
            delays = sorted(_once(connection, text) for _ in range(repeats))
            median = round(statistics.median(delays), 1)
            rows.append({"board": board, "panel": panel, "median_ms": median, "max_ms": round(delays[-1], 1)})
    return rows


def panels(since: datetime, until: datetime) -> list[tuple[str, str, str]]:
    """Return (board, panel, SQL to execute) for every panel, with every variable on « all »."""
    found = []
    for board in boards():
        for panel in board["panels"]:
            least = seconds(panel.get("interval"))
            asked = Asked(since=since, until=until, choices=EVERYTHING, least_s=least, buckets=True)
            found.append((board["title"], panel["title"], expand(panel["targets"][0]["rawSql"], asked)))
    return found


def _once(connection: psycopg.Connection[DictRow], text: str) -> float:
    began = time.perf_counter()
    connection.execute(text.encode()).fetchall()
    return (time.perf_counter() - began) * 1000
