"""Every board on a territory that the simulator lived in: what is shown is what it knows to be true."""

import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import BrokerAddress, OwnServices

from api.boards.expand import Choice
from store.connection import connect
from store.rollups import PARIS
from tests.conftest import _database
from tests.dashboards.asking import HOSTILE, PANELS, VARIABLES, ask, fits
from tests.dashboards.conftest import grouped
from tests.dashboards.lived import DAYS, Lived, live

pytestmark = [pytest.mark.db, pytest.mark.timeout(600)]  # what fills the database counts with the first test
NOT_LIVED = {
    "glaneur-dechetteries/Tonnes par exutoire": "no skip left in three weeks",
    "glaneur-tarification/Produit émis / budget": "this year's bills are not issued yet",
}
Rows = list[DictRow]


@pytest.fixture(scope="module", params=grouped("lived"))
def lived(request: pytest.FixtureRequest) -> Iterator[Lived]:
    """Three weeks and a Saturday, once an edition."""
    servers = OwnServices()
    try:
        made = servers.broker()
        broker = BrokerAddress(host=made.host, port=made.port, username=made.username, password=made.password)
        with _database(request.param) as database, tempfile.TemporaryDirectory() as folder:
            yield live(database, broker, Path(folder))
    finally:
        servers.remove()


@pytest.fixture(scope="module")
def grafana(lived: Lived) -> Iterator[psycopg.Connection[DictRow]]:
    """The database as Grafana sees it."""
    with connect(lived.database.dsn, "glaneur_grafana", autocommit=True) as connection:
        yield connection


def shown(
    grafana: psycopg.Connection[DictRow], lived: Lived, panel: str, until: datetime | None = None
) -> Rows:
    """A panel's rows for the weeks that were lived, until the Saturday's evening or earlier."""
    return ask(grafana, PANELS[panel], DAYS + 2, until or lived.until)


def healthy(lived: Lived) -> dict[str, dict[str, Any]]:
    """What really happened in the columns whose probe nothing ails, by code."""
    sound = {
        one["container"] for one in lived.truth["devices"] if one["fault"] is None and not one["incidents"]
    }
    return {one["code"]: one for one in lived.truth["containers"] if one["code"] in sound}


def test_every_panel_shows_the_weeks_that_were_lived(
    lived: Lived, grafana: psycopg.Connection[DictRow]
) -> None:
    """In the columns its drawing takes, with figures; nothing is empty without a reason."""
    for name, panel in PANELS.items():
        if name not in NOT_LIVED and not name.startswith("glaneur-repas/"):
            fits(name, panel, shown(grafana, lived, name))


def test_every_reading_is_counted_once(lived: Lived, grafana: psycopg.Connection[DictRow]) -> None:
    """As many as the probes published, by day and by PostgreSQL's own count; and one that was no message."""
    counted = grafana.execute(
        "SELECT sum(readings)::int AS n FROM boards.area_day WHERE area = '*' AND stream = '*'"
    ).fetchone()
    assert counted == {"n": lived.probes["published"]}
    assert lived.probes["unacked"] == 0
    written = grafana.execute("SELECT sum(written)::int AS n FROM boards.platform").fetchone()
    assert written == counted
    refused = shown(grafana, lived, "glaneur-plateforme/Quarantaine")
    assert [(row["Motif"], row["Messages"]) for row in refused] == [("not_json", 1)]


def test_passages_are_those_of_the_gates(lived: Lived, grafana: psycopg.Connection[DictRow]) -> None:
    """Cars let in, cars refused and by which rule, and what a gate decided alone while it was cut off."""
    row = shown(grafana, lived, "glaneur-dechetteries/Passages")[0]
    told = lived.gates
    assert row["Passages"] == told["opened"] > 0
    assert row["Passages"] + (row["Refus"] or 0) == told["cars"]
    assert row["Décidés hors ligne"] == told["decided_alone"] > 0
    assert told["journal_left"] == 0
    refused = {one["Règle"]: one["Refus"] for one in shown(grafana, lived, "glaneur-dechetteries/Refus")}
    assert refused == {rule: cars for rule, cars in told["rules"].items() if rule != "open"}
    by_day = shown(grafana, lived, "glaneur-dechetteries/Passages par jour")
    assert sum(one["value"] for one in by_day) == told["opened"]
    hours = shown(grafana, lived, "glaneur-dechetteries/Charge horaire")
    assert sum(one["Passages par jour ouvert"] for one in hours) == told["opened"]  # of one day


def test_rounds_are_those_the_crew_drove(lived: Lived, grafana: psycopg.Connection[DictRow]) -> None:
    """Each stop the crew told of is on the board, unloadings apart; what was emptied was emptied once."""
    row = shown(grafana, lived, "glaneur-tournees/Tournées et arrêts")[0]
    with connect(lived.database.dsn, autocommit=True) as owner:
        told = owner.execute(
            "SELECT count(*) AS stops, count(*) FILTER (WHERE s.kind = 'unload') AS unloads,"
            " sum(e.weight_kg) FILTER (WHERE s.kind = 'unload') AS kg,"
            " sum((SELECT count(*) FROM stop_container c WHERE c.stop_id = s.id))"
            " FILTER (WHERE e.kind = 'done')::int AS emptied"
            " FROM stop_event e JOIN stop s ON s.id = e.stop_id"
        ).fetchone()
    assert told is not None
    assert told["stops"] == lived.probes["stops_driven"] > 5
    assert row["Tournées publiées"] == 2
    assert row["Faits"] + row["Non faits"] == told["stops"] - told["unloads"]
    assert shown(grafana, lived, "glaneur-ensemble/Tonnes")[0]["Période"] * 1000 == told["kg"]
    classes = "glaneur-tournees/Niveau trouvé au vidage"
    before, after = (
        sum(one["Vidages"] for one in shown(grafana, lived, classes, until))
        for until in (lived.saturday - timedelta(hours=8), lived.until)
    )
    assert after - before == told["emptied"]


def test_emptyings_and_overflows_are_those_that_happened(
    lived: Lived, grafana: psycopg.Connection[DictRow]
) -> None:
    """Before the Saturday nobody tells of an emptying: probes do, of nearly all, and hardly ever wrongly."""
    lifts = sum(len(one["lifts"]) for one in lived.truth["containers"])
    found = shown(
        grafana, lived, "glaneur-tournees/Niveau trouvé au vidage", lived.saturday - timedelta(hours=8)
    )
    assert lifts > 20
    assert 0.85 * lifts <= sum(one["Vidages"] for one in found) <= 1.1 * lifts
    begun = sum(
        before < 100 <= after for one in healthy(lived).values() for before, after in pairwise(one["levels"])
    )
    ailing = len(lived.truth["containers"]) - len(healthy(lived))
    assert begun > 3
    assert (
        begun - 2 <= shown(grafana, lived, "glaneur-ensemble/Débordements")[0]["Subis"] <= begun + 2 + ailing
    )


def _day(time: datetime | Decimal) -> date:
    """The day of a group: an instant, or seconds where the data source counts them itself."""
    at = time if isinstance(time, datetime) else datetime.fromtimestamp(float(time), UTC)
    return at.astimezone(PARIS).date()


def test_levels_are_those_of_the_columns(lived: Lived, grafana: psycopg.Connection[DictRow]) -> None:
    """The highest of each day where nothing ails the probe: beside the truth, looked at every 4 hours."""
    rows = shown(grafana, lived, "glaneur-remplissage/Les quarante plus remplies, jour par jour")
    board = {(row["metric"], _day(row["time"])): row["value"] for row in rows}
    instants = [datetime.fromisoformat(one).astimezone(PARIS).date() for one in lived.truth["instants"]]
    errors = []
    for code, one in healthy(lived).items():
        for day in sorted(set(instants))[1:-1]:  # whole days
            true = max(level for at, level in zip(instants, one["levels"], strict=True) if at == day)
            if (code, day) in board:
                errors.append(abs(board[code, day] - true))
    assert len(errors) > 300
    assert statistics.median(errors) < 6
    assert statistics.quantiles(errors, n=10)[8] < 15


def test_what_a_choice_hides_is_hidden_and_parts_add_up(
    lived: Lived, grafana: psycopg.Connection[DictRow]
) -> None:
    """Communes and streams add up to the whole; quotes and SQL in a variable find nothing."""
    panel = PANELS["glaneur-ensemble/Colonnes"]

    def columns(**choices: Choice) -> int:
        return int(ask(grafana, panel, DAYS, lived.until, **choices)[0]["Colonnes en service"])

    for name, table, key in (("commune", "commune", "insee"), ("flux", "stream", "code")):
        values = [row[key] for row in grafana.execute(f"SELECT {key} FROM boards.{table}".encode())]  # noqa: S608
        assert sum(columns(**{name: Choice(values=(one,))}) for one in values) == columns() == 36
    for one in PANELS.values():
        ask(grafana, one, 5 * 365, lived.until, **dict.fromkeys(VARIABLES, Choice(values=HOSTILE)))
    assert columns(commune=Choice(values=HOSTILE)) == 0
