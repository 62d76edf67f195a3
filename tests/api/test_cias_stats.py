"""Counts that add up, small ones hidden when they leave, and the lists that a CIAS telephones from."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.lists import day_list, lists
from api.cias.statistics import hidden, statistics, table
from tests.api.cias_office import KEY, OCTOBER, SECRET, asked, drive, furnish, number
from tests.api.conftest import make_app, sign_in

END = date(2026, 10, 31)


@pytest.fixture
def connection(territory: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection[DictRow]]:
    """A look into the office's database."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    furnish(territory.dsn)
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def test_counts_add_up(connection: Connection[DictRow]) -> None:
    """October of two people, a cancellation, four doors: each sum is the total."""
    her, his = number(connection, "r1"), number(connection, "r2")
    asked(connection, his, datetime(2026, 10, 1, 9, tzinfo=UTC), kind="cancel", day="2026-10-12")
    for day, kind, celsius in (
        (5, "delivered", 2.0),
        (6, "refused", 2.5),
        (8, "absent", 2.0),
        (9, "blocked", 6.0),
    ):
        drive(connection, her, date(2026, 10, day), kind, celsius)
    found, opened = statistics(connection, SECRET, OCTOBER, END)
    assert sorted(opened) == sorted([her, his])
    assert found.meals == 22 - 1 + 17  # hers but one kept back warm, his but the one he cancelled
    for counts in (found.by_month, found.by_commune, found.by_diet, found.by_texture, found.by_moment):
        assert sum(counts.values()) == found.meals
    assert found.by_diet["sans porc"] == 21
    assert found.cancelled == {"annulé": 1}
    said = found.doors
    assert (said["doors"], said["delivered"], said["refused"], said["absent"], said["blocked"]) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert (said["punctual"], said["median_late_s"]) == (4, 0)
    assert (found.chills["taken"], found.chills["excursions"]) == (4, 1)
    assert found.share(found.drivers["driver_kept"], found.drivers["known"]) == 100


def test_small_counts_do_not_leave(connection: Connection[DictRow], territory: Database) -> None:
    """One refusal is nobody's business outside; none is none."""
    assert [hidden(count) for count in (0, 1, 4, 5)] == [0, "< 5", "< 5", 5]
    drive(connection, number(connection, "r1"), date(2026, 10, 6), "refused")
    found, _ = statistics(connection, SECRET, OCTOBER, END)
    rows = {(subject, name): count for subject, name, count in table(found)}
    assert rows["portes", "refus"] == "< 5"
    assert rows["portes", "personne à la porte"] == 0
    with TestClient(make_app(territory.dsn), follow_redirects=False) as client:
        office = sign_in(client, "portage")
        answer = office.get("/portage/statistiques.csv?de=2026-10-01&a=2026-10-31")
        read = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert ["portes", "refus", "< 5"] in read
        assert not any(name in answer.text for name in ("Madeleine", "Delattre"))
        page = office.get("/portage/statistiques?de=2026-10-01&a=2026-10-31")
        assert "octobre 2026" in page.text
        assert office.get("/portage/statistiques?de=2026-10-01&a=2020-10-31").status_code == 422
        assert sign_in(client, "argent").get("/portage/statistiques").status_code == 403


def test_who_to_ring(connection: Connection[DictRow]) -> None:
    """He orders nothing next week though he usually does; she is in hospital and is not asked."""
    her, his = number(connection, "r1"), number(connection, "r2")
    today = date(2026, 10, 21)  # next week begins on the 26th
    at = datetime(2026, 10, 15, 9, tzinfo=UTC)
    first, last = "2026-10-24", "2026-11-08"
    asked(connection, her, at, kind="absence", first=first, last=last, reason="hospital")
    found, _ = lists(connection, SECRET, today)
    assert (found.silent, found.few) == ((), ())
    assert [(one.who["id"], one.reason) for one in found.away] == [(her, "hospital")]
    connection.execute(
        "INSERT INTO people.beneficiary_habit (beneficiary_id, valid_from, lunch) "
        "VALUES (%s, '2026-10-26', '{2}')",
        [his],
    )
    found, _ = lists(connection, SECRET, today)
    assert [(who["id"], count) for who, count in found.few] == [(his, 1)]
    connection.execute("UPDATE people.beneficiary_habit SET lunch = '{}' WHERE valid_from = '2026-10-26'")
    found, _ = lists(connection, SECRET, today)
    assert [who["id"] for who in found.silent] == [his]


def test_the_day_s_list(connection: Connection[DictRow], territory: Database) -> None:
    """Names, doors and trays; nothing of health; a formula in an address stays a text."""
    connection.execute("UPDATE people.beneficiary SET address = '=1+1' WHERE reference = 'r2'")
    day = date(2026, 10, 20)
    rows, opened = day_list(connection, SECRET, day)
    assert {one[1]: one[5] for one in rows} == {"Madeleine Carpentier": 2, "Léon Delattre": 1}
    assert len(opened) == 2
    with TestClient(make_app(territory.dsn), follow_redirects=False) as client:
        text = sign_in(client, "portage").get(f"/portage/jour.csv?jour={day}").content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "œufs" not in text
    assert "porc" not in text
    assert (day - timedelta(days=1)).isoformat() not in text
