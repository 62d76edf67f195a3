"""Hours that streams share: rounds and other streams are taken off them, and people see the week."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.dispatch import choosing, sharing
from api.dispatch.planning import FLOWN, Truck
from api.dispatch.reading import read_columns, read_sites, read_trucks
from store.connection import connect
from tests.api.little_territory import now
from tests.api.rounds_territory import tomorrow

pytestmark = pytest.mark.db


def trucks_of(connection: Connection[DictRow]) -> list[Truck]:
    """All trucks."""
    return read_trucks(connection, [row["id"] for row in connection.execute("SELECT id FROM vehicle")])


def asked(connection: Connection[DictRow], planning: int | None = None) -> choosing.Asked:
    """What the policy is asked for glass, tomorrow, with what may be counted on."""
    trucks = trucks_of(connection)
    columns, sites = read_columns(connection, "verre", now()), read_sites(connection, "verre")
    question = choosing.ask(columns, trucks, sites, tomorrow(), now())
    return sharing.shared(connection, "verre", question, trucks, now(), 0.995, FLOWN, planning)


def test_hours_of_rounds_are_not_offered_again(grown: Database, planned: dict[str, Any]) -> None:
    """A day's drafts take their hours off the day, but not from their own planning when it is done again."""
    spent = sum(round_["duration_s"] for round_ in planned["rounds"])
    with connect(grown.dsn) as connection:
        whole = sum(truck.shift_s - truck.break_s for truck in trucks_of(connection))
        assert asked(connection, planned["id"]).horizon.seconds[0] == whole
        left = asked(connection).horizon
        assert left.seconds[0] == whole - spent
        assert left.seconds[1] == whole
        connection.execute("UPDATE vehicle SET week_s = 1")
        first = asked(connection).horizon
    assert first.seconds[0] <= 2, "a week that is over offers nothing"
    assert first.week_s[0] <= 2


def test_another_stream_of_the_same_trucks_counts(grown: Database) -> None:
    """Trucks that also carry a stream with full columns offer glass what that stream leaves."""
    with connect(grown.dsn) as connection:
        columns = read_columns(connection, "verre", now())
        full = [one.id for one in columns if one.code in ("V1", "G1")]
        assert not any(asked(connection).horizon.taken)
        connection.execute("UPDATE vehicle SET streams = '{verre,papier}'")
        connection.execute("UPDATE unloading_site SET streams = '{verre,papier}'")
        connection.execute("UPDATE container SET stream = 'papier' WHERE id = ANY(%s)", (full,))
        connection.execute(
            "UPDATE container_state SET fill_percent = 30, full_at = NULL, rate_percent_per_day = 3 "
            "WHERE NOT container_id = ANY(%s)",
            (full,),
        )
        found = asked(connection).horizon
        whole = sum(truck.shift_s - truck.break_s for truck in trucks_of(connection))
    assert found.taken[0] > 0
    assert found.seconds[0] == whole - found.taken[0]


def test_the_page_shows_the_week_of_each_crew(
    office: TestClient, grown: Database, planned: dict[str, Any]
) -> None:
    """By truck, day and stream, against the hours of a week; more than that is marked."""
    text = office.get(f"/tournees/{planned['id']}").text
    assert "Heures des équipes" in text
    assert "heures dépassées" not in text
    with connect(grown.dsn) as connection:
        weeks = sharing.weeks_of(connection, trucks_of(connection), tomorrow())
        connection.execute("UPDATE vehicle SET week_s = 60")
    assert sum(week.seconds for week in weeks) == sum(one["duration_s"] for one in planned["rounds"])
    assert all(week.days[0].day == tomorrow() - timedelta(days=tomorrow().weekday()) for week in weeks)
    assert "heures dépassées" in office.get(f"/tournees/{planned['id']}").text
