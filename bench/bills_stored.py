"""The same households through the tables: a run computed, issued and printed, as `glaneur tariff` does it.

Made in the database from the households of `bench.bills`. The peer prints a simpler page (the lines alone) as
most would: HTML by a headless browser, one page after the other, already started.
"""

import resource
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import services
from playwright.sync_api import sync_playwright
from psycopg import sql

from api.finance import runs
from api.finance.bill_pdf_batch import write_bills
from api.finance.bill_settings import Billing
from api.finance.imports import SQL
from bench.bills_made import GRID, YEAR, Household
from store.connection import connect
from store.migrate import migrate

CHROMIUM = "/usr/bin/chromium"
NOW = datetime(2025, 1, 10, tzinfo=UTC)
Row = dict[str, object]


def measure(made: Iterable[Household], count: int, workers: int, peers: int) -> list[Row]:
    """A row each for the run, its issue, its PDF bills, and the peer's."""
    servers = services.OwnServices()
    try:
        postgres = servers.postgres()
        with connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE bench"))
        dsn = postgres.dsn("bench")
        migrate(dsn)
        events = _fill(dsn, made)
        rows = _run(dsn, events, workers)
        return [*rows, _peer(peers)] if peers else rows
    finally:
        servers.remove()


def _fill(dsn: str, made: Iterable[Household]) -> int:
    """Dwellings, occupants, accounts, states, bins and events; the grid. How many events."""
    events = 0
    with connect(dsn) as connection, connect(dsn) as usage:
        cursor = usage.cursor()
        with cursor.copy(
            "COPY finance.usage_event (id, at, kind, bin_code, account_ref) FROM STDIN"
        ) as copied:
            for number, (situation, raw) in enumerate(made, 1):
                name, first = situation.id, situation.period.first
                connection.execute(_HOUSEHOLD, {"name": name, "number": number, "first": first})
                for one in situation.bins:
                    values = {"bin": one.id, "volume": one.volume_l, "name": name, "first": first}
                    connection.execute(_BIN, values)
                for event, at, kind, bin_id in raw:
                    copied.write_row((event, at, kind, bin_id, None if bin_id else name))
                    events += 1
        usage.commit()
        connection.execute(SQL["grid_added"], {"file": GRID.name, "body": GRID.read_text(encoding="utf-8")})
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
    return events


_HOUSEHOLD = """
WITH d AS (INSERT INTO finance.dwelling (reference, invariant, commune)
           VALUES (%(name)s, 'I' || %(number)s, 'Fruges') RETURNING id),
o AS (INSERT INTO people.occupant (reference, name, address)
      VALUES (%(name)s, 'Occupant ' || %(number)s, %(number)s || ' rue de l''Exemple|62310 Fruges')
      RETURNING id),
a AS (INSERT INTO finance.account (reference, dwelling_id, occupant_id, during)
      SELECT %(name)s, d.id, o.id, daterange(%(first)s, NULL) FROM d, o RETURNING id)
INSERT INTO finance.account_state SELECT id, %(first)s, '{"categorie": "menage", "personnes": "2"}' FROM a
"""
_BIN = """
WITH b AS (INSERT INTO finance.bin (code, volume_l) VALUES (%(bin)s, %(volume)s) RETURNING id)
INSERT INTO finance.bin_held SELECT b.id, a.id, daterange(%(first)s, NULL)
FROM b, finance.account a WHERE a.reference = %(name)s
"""


def _run(dsn: str, events: int, workers: int) -> list[Row]:
    with connect(dsn, role="glaneur_api") as connection, tempfile.TemporaryDirectory() as folder:
        run = runs.open_run(connection, "bench", YEAR, "one")
        began = perf_counter()
        totals = runs.compute(connection, run)
        computed = perf_counter() - began
        runs.control(connection, run, "one")
        runs.approve(connection, run, "two")
        began = perf_counter()
        bills = runs.issue(connection, run, NOW)
        issued = perf_counter() - began
        row = _row("run in the database, draft", bills, events, computed)
        row["total_eur"] = str(totals["product"])
        rows = [row, _row("issue, one transaction", bills, 0, issued)]
        before, began = _children(), perf_counter()
        billing = Billing(public_url="https://dechets.exemple.fr", payfip_client="123456")
        written = write_bills(connection, run, Path(folder), billing, workers=workers)
        took = perf_counter() - began
        files = list((Path(folder) / f"calcul-{run}").iterdir())
        assert written == bills == len(files)
        assert all(path.read_bytes()[:5] == b"%PDF-" for path in files[:100])
        printed = _row(f"PDF, {workers} processes", bills, events, took, _children() - before)
        printed["peak_mb"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
        return [*rows, printed]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peer(count: int) -> Row:
    lines = "".join(f"<tr><td>Ligne {n}</td><td>3 × 5,12 €</td><td>15,36 €</td></tr>" for n in range(5))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content("<p>warm")
        page.pdf(format="A4")
        began = perf_counter()
        for number in range(count):
            page.set_content(f"<h1>Facture {number}</h1><table>{lines}</table><p>Total : 219,31 €")
            page.pdf(format="A4", tagged=True)
        took = perf_counter() - began
        with suppress(Exception):
            browser.close()
    return _row("peer: a simpler page by Chromium", count, 0, took)


def _row(what: str, bills: int, events: int, seconds: float, cpu: float | None = None) -> Row:
    return {
        "measure": what,
        "bills": bills,
        "events": events,
        "seconds": round(seconds, 2),
        "cpu_s": None if cpu is None else round(cpu, 2),
        "us_per_event": None,
        "ms_per_bill": round(seconds / bills * 1000, 2),
        "total_eur": "",
        "differences": None,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
