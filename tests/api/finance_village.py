"""Three accounts, two bins, a year of usage, a real grid, and a run's steps, for tests of bills."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance import runs
from api.finance.imports import SQL
from store.connection import connect
from tariff.calendar import Period
from tests.api.test_finance import ACCOUNTS, BINS, GRID, take, usage

YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
NOW = datetime(2025, 1, 10, 9, 0, 0, 123456, tzinfo=UTC)  # as a clock gives it
ADDRESSES = ACCOUNTS.replace(";nom;", ";nom;adresse;").replace(
    ";Ève Durand;", ";Ève Durand;12 rue de l’Église|62310 Fruges;"
)
PEOPLE = ADDRESSES.replace(";Jean Petit;", ";Jean Petit;;").replace(";Zoé Lenoir;", ";Zoé Lenoir;;")


@contextmanager
def village(dsn: str) -> Iterator[Connection[DictRow]]:
    """The filled tables, as the API may use them."""
    with connect(dsn, role="glaneur_api") as opened:
        for report in take(opened, PEOPLE, BINS, usage()):
            assert report.refused == []
        opened.execute(SQL["grid_added"], {"file": "2024.toml", "body": GRID})
        opened.commit()
        yield opened


def issued(connection: Connection[DictRow], period: Period = YEAR, now: datetime = NOW) -> int:
    """A run of the period taken from draft to issued by two persons."""
    run = runs.open_run(connection, "Facturation", period, "camille")
    runs.compute(connection, run)
    runs.control(connection, run, "camille")
    runs.approve(connection, run, "dominique")
    runs.issue(connection, run, now)
    return run
