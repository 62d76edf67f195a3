"""A settled territory, and ingest's own connection to it, with ingest's rights and no more."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest.batch import prepare
from store.connection import connect
from tests.ingest.probe import settle


@pytest.fixture
def ingesting(database: Database) -> Iterator[psycopg.Connection[DictRow]]:
    """Ingest's connection to a territory of three probes, on each edition."""
    settle(database.dsn, probes=3)
    with connect(database.dsn, "glaneur_ingest", autocommit=True) as connection:
        prepare(connection)
        yield connection
