"""Menus in and out: the public standard's own rules, a round trip, a public file that names nobody."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.asking import Card
from api.cias.menu_import import plain, read_menus, typed_menu
from api.cias.scdl import Published, Publisher, csv_text, faults, fields, rows_of
from meals.model import Course, Menu
from tests.api.cias_office import KEY, card, furnish, number
from tests.api.conftest import make_app, sign_in
from tests.meals.kit import DISHES, menus

HOUSE = Publisher(collectivity="CC du Haut-Pays du Montreuillois", siret="20006938300013")
AT = datetime(2026, 11, 3, 9, tzinfo=UTC)
HEAD = "menuDate;menuRepasType;menuPlatType;menuPlatNom;menuPlatAllergene;menuPlatPrecision\n"


def rows(days: int = 2) -> list[dict[str, str]]:
    """The open data of a few days of the small kitchen."""
    offered = [
        Published(menu=one, published_at=AT, changed_at=None) for one in menus(date(2026, 11, 2), days)
    ]
    return rows_of(HOUSE, offered, {one.id: one for one in DISHES})


def test_what_leaves_follows_the_standard() -> None:
    """Every row; and the rules do refuse: each required field, pattern, list and length."""
    made = rows()
    assert [faults(one) for one in made] == [()] * len(made)
    assert list(made[0]) == [one["name"] for one in fields()]
    assert len(fields()) == 26
    for name, value in (
        ("menuCollSiret", "123"),
        ("menuCollNom", ""),
        ("menuDate", "02/11/2026"),
        ("menuRepasType", "souper"),
        ("menuPlatNom", "x" * 161),
        ("menuPlatCode", "x" * 17),
        ("menuPlatAllergene", '["lactose"]'),
        ("menuPlatTexture", "haché"),
        ("menuPublicationDate", "hier"),
        ("menuRestaurantInsee", "99"),
        ("menuPlatPrix", "cher"),
    ):
        assert faults(made[0] | {name: value}), name
    assert faults(made[0] | {"menuAutre": "x"}) == ("menuAutre : colonne inconnue",)


def test_allergens_not_declared_are_not_none_declared() -> None:
    """A stew of which nothing is known leaves its cell empty; a salad without any says so."""
    found = {one["menuPlatNom"]: one["menuPlatAllergene"] for one in rows()}
    assert found["Ragoût du chef"] == ""
    assert found["Betteraves"] == "[]"
    assert found["Colin sauce citron"] == '["poissons", "lait"]'


def test_what_was_exported_is_read_back() -> None:
    """The same dishes and menus, courses by the standard's words."""
    found = read_menus(csv_text(rows()))
    assert isinstance(found, Card)
    assert {one.id: one for one in found.dishes} == {one.id: one for one in DISHES}
    assert [(one.day, one.choice, one.courses[1]) for one in found.menus] == [
        (one.day, one.choice, Course(name="plat principal", dishes=one.courses[1].dishes))
        for one in menus(date(2026, 11, 2), 2)
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hier;déjeuner;entrée;Potage;;", "menuDate"),
        ("2026-11-02;souper;entrée;Potage;;", "menuRepasType"),
        ("2026-11-02;déjeuner;;Potage;;", "menuPlatType"),
        ("2026-11-02;déjeuner;entrée;;;", "menuPlatNom"),
        ("2026-11-02;déjeuner;entrée;Potage;lactose;", "menuPlatAllergene"),
    ],
)
def test_a_bad_line_is_named_and_nothing_taken(line: str, words: str) -> None:
    """Line and column, not the value."""
    found = read_menus(HEAD + "2026-11-02;déjeuner;entrée;Salade;lait;choix B\n" + line + "\n")
    assert not isinstance(found, Card)
    assert len(found) == 1
    assert found[0].startswith("Ligne 3")
    assert words in found[0]
    assert read_menus("a;b\n1;2\n") == (
        "Ligne 1 : menuDate, menuRepasType, menuPlatType, menuPlatNom manque.",
    )


def test_a_typed_menu() -> None:
    """Dishes by name or code; one that nobody described is named."""
    made = typed_menu(
        date(2026, 11, 2), "lunch", "A", "Entrée : potage de légumes / salad\nPlat: hake", DISHES
    )
    assert isinstance(made, Menu)
    assert [one.dishes for one in made.courses] == [("soup", "salad"), ("hake",)]
    assert "pizza" in str(typed_menu(date(2026, 11, 2), "lunch", "A", "Plat : pizza", DISHES))
    assert "aucun plat" in str(typed_menu(date(2026, 11, 2), "lunch", "A", " ", DISHES))
    assert "deux-points" in str(typed_menu(date(2026, 11, 2), "lunch", "A", "soup", DISHES))
    assert plain("Bœuf à l'œuf, rôti") == "boeuf-a-l-oeuf-roti"


@pytest.fixture
def client(territory: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The office, nobody signed in."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    furnish(territory.dsn)
    with TestClient(make_app(territory.dsn), follow_redirects=False) as made:
        yield made


@pytest.fixture
def connection(client: TestClient, territory: Database) -> Iterator[Connection[DictRow]]:
    """A look into it."""
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def test_the_public_file_needs_nobody_and_names_nobody(
    client: TestClient, connection: Connection[DictRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No login, cached, valid row by row; without a SIRET one sentence."""
    assert client.get("/portage/menus.csv").status_code == 503
    monkeypatch.setenv("GLANEUR_MENUS_COLLECTIVITY", HOUSE.collectivity)
    monkeypatch.setenv("GLANEUR_MENUS_SIRET", HOUSE.siret)
    answer = client.get("/portage/menus.csv?de=2026-11-02&a=2026-11-08")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=3600"
    read = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(read) == 7 * 2 * 4
    assert all(faults(one) == () for one in read)
    assert "Carpentier" not in answer.text
    assert client.get("/portage/menus.csv?de=2026-11-02&a=2020-11-08").status_code == 422
    before = connection.execute(
        "SELECT published_at AS at FROM meals.menu WHERE day = '2026-11-02' AND choice = 'A'"
    ).fetchone()
    assert before is not None
    assert read[0]["menuPublicationDate"] == f"{before['at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert read[0]["menuModificationDate"] == ""


def test_menus_are_typed_and_taken_from_files(client: TestClient, connection: Connection[DictRow]) -> None:
    """A dish, a menu of it, a file twice; what is wrong changes nothing; only the office may."""
    assert client.get("/portage/menus").status_code == 303
    office = sign_in(client, "portage")
    form = {"nom": "Hachis parmentier", "textures": ["whole", "mixed"], "allergenes": ["milk"]}
    assert office.post("/portage/plats", data=form).status_code == 422
    assert "à la carte" in office.post("/portage/plats", data=form | {"declares": "true"}).text
    menu = {"jour": "2027-02-01", "choix": "B", "plats": "Plat : hachis parmentier"}
    answer = office.post("/portage/menus", data=menu)
    assert "Le menu est publié" in answer.text
    assert "Hachis parmentier" in answer.text
    assert office.post("/portage/menus", data=menu | {"plats": "Plat : pizza"}).status_code == 422
    count = "SELECT count(*) AS n FROM meals.menu"
    before = connection.execute(count).fetchone()
    for body in ((HEAD + "hier;;;;;\n").encode(), b"\xff\xfe", b'{"menus": 3}'):
        assert office.post("/portage/menus/fichier", files={"fichier": ("m.csv", body)}).status_code == 422
    assert connection.execute(count).fetchone() == before
    good = HEAD + "2027-02-02;déjeuner;plat principal;Hachis parmentier;lait;choix A\n"
    for body in (good.encode(), good.encode("utf-8-sig"), card(date(2027, 2, 3), 1).encode()):
        answer = office.post("/portage/menus/fichier", files={"fichier": ("m.csv", body)})
        assert answer.status_code == 200, answer.text
    row = connection.execute("SELECT changed_at FROM meals.menu WHERE day = '2027-02-02'").fetchone()
    assert row == {"changed_at": None}  # the same menu again is no change
    assert sign_in(client, "argent").get("/portage/menus").status_code == 403
    assert number(connection, "r1")
