"""The printed territory is what the store takes: the contract between two parts that share no code."""

import json

import psycopg
import pytest
from psycopg.rows import dict_row
from services import Database
from territory_plan import territory

from store.territory import load_territory


@pytest.mark.db
def test_the_store_takes_the_whole_territory(plain_database: Database) -> None:
    """After a passage through JSON, every row is accepted, and loading again adds none."""
    document = json.loads(json.dumps(territory(1)))
    with psycopg.connect(plain_database.dsn, row_factory=dict_row) as connection:
        for _ in range(2):
            counts = load_territory(connection, document)
            assert (counts["communes"], counts["points"], counts["containers"]) == (49, 60, 180)
        hung = connection.execute("SELECT count(*) AS hung FROM mounting WHERE during @> now()").fetchone()
        assert hung == {"hung": 180}
