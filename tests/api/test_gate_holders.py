"""Holders from a CSV: all or nothing, each bad line named, no number kept, nobody else reads them."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from services import Database

from api.gate.badges import BadNumber, badge_hash
from api.gate.holders import import_holders
from store.connection import connect
from tests.api.gate_site import BADGE_KEY, BOOK, HOLDERS

pytestmark = pytest.mark.db

KEY = bytes.fromhex(BADGE_KEY)
KNOWN = frozenset(["resident", "professional"])


def count(dsn: str) -> tuple[int, int]:
    """How many holders and badges there are."""
    with connect(dsn) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM people.holder) AS h, (SELECT count(*) FROM people.badge) AS b"
        ).fetchone()
    assert row is not None
    return row["h"], row["b"]


def test_again_changes_nothing(plain_database: Database) -> None:
    """The same file twice: the same holders and badges."""
    for _ in range(2):
        with connect(plain_database.dsn, role="glaneur_api") as connection:
            assert import_holders(connection, HOLDERS, KEY, KNOWN).badges == 3
    assert count(plain_database.dsn) == (2, 3)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("reference,name\nA,B\n", 1, "colonne category absente"),
        ("reference,category,name,age\nA,resident,B,4\n", 1, "colonne age inconnue"),
        ("reference,category,name\nA,mayor,B\n", 2, "category"),
        ("reference,category,name\nA,resident,\n", 2, "name manque"),
        ("reference,category,name\nA b,resident,B\n", 2, "reference"),
        ("reference,category,name,badge\nA,resident,B,1\n", 2, "badge"),
        ("reference;category;name;valid_until\nA;resident;B;demain\n", 2, "valid_until"),
        ("reference,category,name\nA,resident,B,C\n", 2, "trop de champs"),
        (HOLDERS + "X-1,resident,Autre,04D1\n", 5, "ce badge est celui d'un autre titulaire"),
    ],
)
def test_bad_line_is_named_and_nothing_is_written(
    plain_database: Database, text: str, line: int, said: str
) -> None:
    """The report names the line, not the person."""
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        (fault,) = import_holders(connection, text, KEY, KNOWN).faults
    assert fault.line == line
    assert said in fault.text
    assert count(plain_database.dsn) == (0, 0)


@pytest.mark.parametrize("role", ["glaneur_ingest", "glaneur_worker", "glaneur_reader"])
@pytest.mark.parametrize("table", ["people.holder", "people.badge", "gate.passage", "gate.terminal"])
def test_only_the_api_reads_them(plain_database: Database, role: str, table: str) -> None:
    """Least privilege."""
    with (
        connect(plain_database.dsn, role=role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split("."))))


def test_number_is_read_as_people_write_it() -> None:
    """Separators and case do not matter; another key gives another name."""
    assert badge_hash("04:a1-b2 c3", KEY) == badge_hash("04A1B2C3", KEY) != badge_hash("04A1B2C3", bytes(32))
    with pytest.raises(BadNumber):
        badge_hash("", KEY)


def test_command_line(plain_database: Database, tmp_path: Path) -> None:
    """A rule book, a terminal and a file of holders from a shell."""
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "holders.csv").write_text(HOLDERS, encoding="utf-8")

    def glaneur(*words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"GLANEUR_DATABASE": plain_database.dsn, "GLANEUR_BADGE_KEY": BADGE_KEY}
        command = [sys.executable, "-m", "api.cli", "gate", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    early = glaneur("holders", str(tmp_path / "holders.csv"))
    assert (early.returncode, "règlement" in early.stderr) == (1, True)
    assert glaneur("book", str(tmp_path / "book.toml")).stdout == "Essai : en vigueur le 01/01/2020.\n"
    assert glaneur("holders", str(tmp_path / "holders.csv")).stdout == "2 titulaires, 3 badges.\n"
    assert len(glaneur("terminal", "borne-1", "--site", "fruges").stdout.strip()) > 30
    assert glaneur("terminal", "borne-1", "--revoke").returncode == 0
    assert glaneur("terminal", "borne-1", "--revoke").returncode == 1
