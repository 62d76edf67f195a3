"""The meals' world: complete, in the platform's own formats, feasible for everybody, the same for the same
seed."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from meals_world import COLUMNS, PEOPLE, WEEKS, fleet_of, meals_world, people_csv, write
from pydantic import TypeAdapter

from api.cias.asking import Card
from api.cias.imports import NEEDED, OPTIONAL
from api.cias.vans import Fleet, read_fleet
from meals.document import parse
from meals.model import Book, Person
from meals.prices import Grid
from meals.rules import read_book, read_grid
from meals.trays import Unsuited, tray

MONDAY = date(2026, 11, 23)
FICTION = re.compile(r"(03 53 01|06 39 98) \d\d \d\d")


@pytest.fixture(scope="module", params=(1, 2, 77))
def world(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The world of several seeds: what holds must hold for all."""
    return meals_world(request.param, MONDAY)


def _card(world: dict[str, Any]) -> Card:
    found = parse(TypeAdapter(Card), json.dumps(world["card"]))
    assert isinstance(found, Card), found
    return found


def _person(row: dict[str, Any]) -> Person:
    lists = {name: row[name].split() for name in ("diets", "allergens")}
    return TypeAdapter(Person).validate_python(
        {"id": row["reference"], "since": row["since"], "texture": row["texture"], **lists}
    )


def test_same_seed_same_bytes_other_seed_other_bytes() -> None:
    """A bug report with a seed can be replayed; the seed is not decoration."""
    first, again, other = (json.dumps(meals_world(seed, MONDAY)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert meals_world(1, date(2026, 11, 26))["card"] == meals_world(1, MONDAY)["card"]


def test_what_the_platform_reads_it_reads(world: dict[str, Any], tmp_path: Path) -> None:
    """Rules, prices, card: no fault; the CSV has only columns the platform knows, one line a person."""
    assert isinstance(read_book(world["book"]), Book)
    assert isinstance(read_grid(world["grid"]), Grid)
    assert len(_card(world).menus) == WEEKS * 7 * 3
    rows = list(csv.DictReader(io.StringIO(people_csv(world)), delimiter=";"))
    assert len(rows) == len({one["reference"] for one in rows}) == PEOPLE
    assert set(COLUMNS) <= {*NEEDED, *OPTIONAL}
    assert isinstance(read_fleet(json.dumps(fleet_of(world))), Fleet)
    write(world, tmp_path)
    assert (tmp_path / "people.csv").read_text(encoding="utf-8") == people_csv(world)
    assert json.loads((tmp_path / "world.json").read_text(encoding="utf-8")) == world


def test_everybody_can_eat_every_day_and_somebody_may_not_eat_everything(world: dict[str, Any]) -> None:
    """Choice A and the dinner suit all; choice B is forbidden to some: the simulator has them ask for it."""
    card = _card(world)
    dishes = {one.id: one for one in card.dishes}
    people = [_person(one) for one in world["people"]]
    forbidden = 0
    for menu in card.menus:
        unsuited = sum(isinstance(tray(menu, dishes, one), Unsuited) for one in people)
        assert menu.choice == "B" or unsuited == 0, menu
        forbidden += unsuited
    assert forbidden > 0


def test_people_are_a_territory_s(world: dict[str, Any]) -> None:
    """Most live where most people live; couples share their door; diets, windows; no real number."""
    people = world["people"]
    assert len({one["insee"] for one in people}) > 25
    for partner, other in pairwise(people):
        if other["second"]:
            assert (partner["lat"], partner["lon"], partner["address"]) == (
                other["lat"],
                other["lon"],
                other["address"],
            )
    shares = Counter(
        name
        for one in people
        for name in ("diets", "allergens", "window_from", "dinner", "second")
        if one[name]
    )
    assert all(0.03 * PEOPLE < shares[name] < 0.6 * PEOPLE for name in shares)
    assert len(shares) == 5
    known = {one["reference"] for one in people}
    for one in world["relatives"]:
        assert one["beneficiary"] in known
        assert one["email"].endswith(".example") or one["told_by"] == ["sms"]
    assert all(FICTION.fullmatch(one["phone"]) for one in people + world["relatives"])


def test_three_vans_can_carry_the_fullest_day(world: dict[str, Any]) -> None:
    """Friday carries the weekend too: the trays fit."""
    friday = sum(
        one[meal].split().count(day)
        for one in world["people"]
        for meal in ("lunch", "dinner")
        for day in "567"
    )
    assert len(world["vans"]) == 3
    assert friday < 0.9 * sum(one["trays"] for one in world["vans"])
