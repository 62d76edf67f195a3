"""Databases for the boards: one per edition, filled with the world of bench/boards_world.sql."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from services import Database

from bench.boards import fill
from store.boards import refresh_days, refresh_hour, refresh_meals, sample_platform
from store.connection import connect
from tests.conftest import EDITIONS, _database

SIZE = {
    "containers": 60,
    "days": 420,
    "communes": 4,
    "trucks": 2,
    "passages": 60,
    "accounts": 100,
    "people": 60,
}
Made = Callable[[str], AbstractContextManager[Database]]


def grouped(name: str) -> list[Any]:
    """Both editions, each a group of its own: one worker makes its database, not two."""
    return [pytest.param(one, marks=pytest.mark.xdist_group(f"{name}_{one}")) for one in EDITIONS]


@pytest.fixture(scope="session", params=grouped("boards"))
def edition(request: pytest.FixtureRequest) -> str:
    """What `filled` and `bare` are on, both the same."""
    return str(request.param)


@pytest.fixture(scope="session")
def filled(edition: str) -> Iterator[Database]:
    """Fourteen months of sixty columns, rounds, passages, accounts and bills, counted as the worker does."""
    with _database(edition) as made:
        with connect(made.dsn) as connection:
            fill(connection, datetime.now(UTC).date(), 1, SIZE)
        with connect(made.dsn, role="glaneur_worker", autocommit=True) as connection:
            refresh_hour(connection)
            refresh_days(connection)
            refresh_meals(connection)
            sample_platform(connection)
        yield made


@pytest.fixture(scope="session")
def bare(edition: str) -> Iterator[Database]:
    """A migrated database with nothing in it."""
    with _database(edition) as made:
        yield made
