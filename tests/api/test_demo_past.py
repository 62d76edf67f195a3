"""The demonstration's past: told and billed by the pages' functions, over already, told to nobody."""

import json
from datetime import timedelta

import psycopg
import pytest
from psycopg.rows import dict_row
from services import Database

from api.auth import create_account
from api.cias.asking import load_grid
from api.demo.meals_past import live_the_past
from tests.api.little_territory import PASSWORD
from tests.api.meal_day import KEY, NAMES, _card, furnish, today
from tests.meals.kit import GRIDS

pytestmark = pytest.mark.db


def test_last_month_is_told_at_each_door_and_billed(territory: Database) -> None:
    """Six people, vans on Mondays: every past Monday driven and done, a bill each, nothing left to do."""
    dsn = territory.dsn
    furnish(dsn)
    this = today().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        create_account(connection, login="finances", display_name="Lou", password=PASSWORD, role="finance")
        load_grid(connection, (GRIDS / "haut_pays.toml").read_text(encoding="utf-8"))
        connection.execute("UPDATE meals.shift SET weekdays = '{1}'")
    live_the_past(dsn, bytes.fromhex(KEY), json.loads(_card(today() - timedelta(days=today().weekday()))), 1)
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        rounds = connection.execute("SELECT day, status FROM meals.round ORDER BY day").fetchall()
        mondays = [last + timedelta(days=n) for n in range((today() - last).days)]
        assert {one["day"] for one in rounds} == {one for one in mondays if one.isoweekday() == 1}
        assert {one["status"] for one in rounds} == {"done"}
        (run,) = connection.execute("SELECT month, status, issued_at FROM meals.bill_run").fetchall()
        assert (run["month"], run["status"]) == (last, "issued")
        bills = connection.execute("SELECT number, total FROM meals.bill").fetchall()
        assert len(bills) == len(NAMES)
        assert all(one["number"] and one["total"] > 0 for one in bills)
        left = connection.execute(
            "SELECT (SELECT count(*) FROM meals.concern WHERE closed_at IS NULL) AS concerns, "
            "(SELECT count(*) FROM people.family_notice WHERE taken_at IS NULL) AS notices, "
            "(SELECT count(*) FROM people.family_message) AS messages"
        ).fetchone()
        assert left == {"concerns": 0, "notices": 0, "messages": 0}
