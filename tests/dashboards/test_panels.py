"""Every panel's query, executed by the read-only role on both editions: full, empty, five years, hostile."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from api.boards.expand import Asked, Choice, expand
from bench.boards import EVERYTHING
from dashboards.house import queries
from store.connection import connect
from tests.dashboards.asking import HOSTILE, PANELS, VARIABLES, ask, fits

pytestmark = pytest.mark.db
NOW = datetime.now(UTC).replace(hour=12)  # today is in, at whatever hour this runs
NO_ROWS_EMPTY = {"glaneur-plateforme/Tables"}  # the tables themselves exist in an empty database


@pytest.fixture(scope="module")
def full(filled: Database) -> Iterator[psycopg.Connection[DictRow]]:
    """The filled database as Grafana sees it."""
    with connect(filled.dsn, "glaneur_grafana", autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def empty(bare: Database) -> Iterator[psycopg.Connection[DictRow]]:
    """The empty database as Grafana sees it."""
    with connect(bare.dsn, "glaneur_grafana", autocommit=True) as connection:
        yield connection


def named(
    connection: psycopg.Connection[DictRow], panel: str, days: int = 60, **choices: Choice
) -> list[DictRow]:
    return ask(connection, PANELS[panel], days, NOW, **choices)


def test_every_panel_has_rows_of_its_kind(full: psycopg.Connection[DictRow]) -> None:
    """On a territory in service every panel shows something, in the columns its drawing takes."""
    for name, panel in PANELS.items():
        if name == "glaneur-plateforme/Travaux":  # nothing was queued here
            continue
        # This year's bills are not issued: the share of the product is last year's.
        until = NOW - timedelta(days=366) if "budget" in name.partition("/")[2] else NOW
        fits(name, panel, ask(full, panel, 60, until))


def test_figures_agree_with_the_tables_they_come_from(
    filled: Database, full: psycopg.Connection[DictRow]
) -> None:
    """What boards read is counted ahead; counted here again from the rows themselves, it is the same."""
    with connect(filled.dsn, autocommit=True) as owner:
        since = {"since": (NOW - timedelta(days=60)).date()}
        full_days = owner.execute(
            "SELECT count(*) AS n FROM rollup_day r LEFT JOIN rollup_day y ON y.container_id = r.container_id"
            " AND y.day = r.day - 1 WHERE r.max_percent >= 100 AND coalesce(y.max_percent, 0) < 100"
            " AND r.day > %(since)s", since).fetchone()  # fmt: skip
        weights = owner.execute(
            "SELECT sum(e.weight_kg) / 1000.0 AS t,"
            " (SELECT sum(distance_m) / 1000.0 FROM round WHERE day > %(since)s)"
            " AS km FROM stop_event e JOIN stop s ON s.id = e.stop_id JOIN round r ON r.id = s.round_id"
            " WHERE s.kind = 'unload' AND r.day > %(since)s", since).fetchone()  # fmt: skip
        level = owner.execute("SELECT avg(fill_percent) AS n FROM container_state").fetchone()
        emptied = owner.execute(
            "SELECT avg(before_percent) AS n FROM emptying WHERE emptied_at > %(since)s::date + 1", since
        ).fetchone()
    assert full_days is not None
    assert weights is not None
    assert level is not None
    assert emptied is not None
    assert named(full, "glaneur-ensemble/Débordements")[0]["Subis"] == full_days["n"]
    assert named(full, "glaneur-ensemble/Tonnes")[0]["Période"] == weights["t"]
    assert named(full, "glaneur-ensemble/Kilomètres")[0]["Période"] == weights["km"]
    assert named(full, "glaneur-ensemble/Remplissage")[0]["Niveau moyen"] == pytest.approx(
        level["n"], abs=0.01
    )
    found = named(full, "glaneur-tournees/Niveau au vidage")[0]["Niveau moyen au vidage"]
    assert found == pytest.approx(emptied["n"], abs=0.5)
    classes = named(full, "glaneur-tournees/Niveau trouvé au vidage")
    streams = named(full, "glaneur-tournees/Par flux")
    assert sum(row["Vidages"] for row in classes) > 0
    # Packaging has no rate here: its cost is not known, and not zero.
    costs = {row["Flux"]: row["Coût"] for row in streams}
    assert costs["Emballages"] is None
    assert costs["Verre"] > 0


def test_choices_narrow_what_is_shown(full: psycopg.Connection[DictRow]) -> None:
    """A commune, a territory or a stream counts its own columns; together they are everything."""
    panel = "glaneur-ensemble/Colonnes"
    whole = named(full, panel)[0]["Colonnes en service"]
    communes = full.execute("SELECT insee FROM boards.commune").fetchall()
    each = [
        named(full, panel, commune=Choice(values=(row["insee"],)))[0]["Colonnes en service"]
        for row in communes
    ]
    sides = [
        named(full, panel, territoire=Choice(values=(side,)))[0]["Colonnes en service"]
        for side in ("@nord", "@sud")
    ]
    streams = [
        named(full, panel, flux=Choice(values=(code,)))[0]["Colonnes en service"]
        for code in ("verre", "papier", "emballages", "omr")
    ]
    assert whole == 60
    assert (sum(each), sum(sides), sum(streams)) == (60, 60, 60)
    level = "glaneur-ensemble/Débordements"
    halves = [named(full, level, territoire=Choice(values=(side,)))[0]["Subis"] for side in ("@nord", "@sud")]
    assert sum(halves) == named(full, level)[0]["Subis"]


def test_few_accounts_are_not_shown(full: psycopg.Connection[DictRow]) -> None:
    """A distribution of fewer than eleven accounts would tell who they are."""
    shown = full.execute(
        "SELECT area, sum(accounts) AS n FROM boards.usage_class GROUP BY area, year, kind"
    ).fetchall()
    assert shown
    assert min(row["n"] for row in shown) >= 11


@pytest.mark.parametrize("days", [1, 1826])
def test_an_empty_database_shows_nothing_and_fails_nowhere(
    empty: psycopg.Connection[DictRow], days: int
) -> None:
    """No row, or a row of nothing or zeros: « Pas de donnée », never an error."""
    nothing = {name: Choice(values=()) for name in VARIABLES}
    for name, panel in PANELS.items():
        for choices in ({}, nothing):
            rows = ask(empty, panel, days, NOW, **choices)
            figures = [v for row in rows for v in row.values() if isinstance(v, int | float | Decimal)]
            assert name in NO_ROWS_EMPTY or not any(figures), name


def test_five_years_are_answered(full: psycopg.Connection[DictRow]) -> None:
    """A long period is grouped in longer steps, not refused."""
    for name, panel in PANELS.items():
        assert len(ask(full, panel, 1826, NOW)) <= 4000, name


def test_a_hostile_choice_is_only_a_value(full: psycopg.Connection[DictRow]) -> None:
    """Quotes, macros and SQL in a variable find nothing, change nothing and break nothing."""
    before = full.execute("SELECT count(*) AS n FROM boards.commune").fetchone()
    hostile = Choice(values=HOSTILE)
    for panel in PANELS.values():
        ask(full, panel, 60, NOW, **dict.fromkeys(VARIABLES, hostile))
    for text in VARIABLES.values():
        asked = Asked(since=NOW, until=NOW, choices=dict.fromkeys(VARIABLES, hostile))
        full.execute(expand(text, asked).encode())
    assert full.execute("SELECT count(*) AS n FROM boards.commune").fetchone() == before
    # And one that is a real name is found, quote and all.
    rows = named(full, "glaneur-dechetteries/Passages", site=Choice(values=("L'Écuire",)))
    assert rows[0]["Passages"] > 0


def test_variables_offer_what_there_is(
    full: psycopg.Connection[DictRow], empty: psycopg.Connection[DictRow]
) -> None:
    """Each variable's query gives a text and a value; nothing, on an empty database, but « everywhere »."""
    asked = Asked(since=NOW, until=NOW, choices=EVERYTHING)
    for name, text in VARIABLES.items():
        rows = full.execute(expand(text, asked).encode()).fetchall()
        assert rows, name
        assert set(rows[0]) == {"__text", "__value"}
        assert len(empty.execute(expand(text, asked).encode()).fetchall()) == (name == "territoire")


def test_alert_rules_ask_one_figure(
    full: psycopg.Connection[DictRow], empty: psycopg.Connection[DictRow]
) -> None:
    """Each rule's query answers one number, on a database in service and on an empty one."""
    for connection in (full, empty):
        for name, text in queries("alerts").items():
            rows = connection.execute(text.encode()).fetchall()
            assert len(rows) == 1, name
            assert float(rows[0]["value"]) >= 0, name


def test_a_site_without_dechetterie_and_a_query_without_comment() -> None:
    """No query ends in a comment, which would swallow what Grafana adds (a LIMIT)."""
    for panel in PANELS.values():
        assert not re.search(r"--[^\n]*\Z", panel["targets"][0]["rawSql"])
