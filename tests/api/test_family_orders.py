"""What a relative asks, over HTTP on a real database: once by its number, by the rules, with who asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from services import Database

from meals.calendar import week_of
from tests.api.conftest import make_app
from tests.api.family_house import enter, give, opened
from tests.api.test_meals_office import KEY, furnish, saturday

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def house(territory: Database) -> Database:
    """Madeleine (r1: no egg, no pork, weekdays), Léon (r2: Monday, Thursday), rules and menus."""
    furnish(territory.dsn)
    return territory


@pytest.fixture
def family(house: Database) -> Iterator[TestClient]:
    """A browser nobody is signed in with."""
    with TestClient(make_app(house.dsn), follow_redirects=False) as made:
        yield made


def ask(family: TestClient, access: int, **body: object) -> dict[str, object]:
    """One request by the API."""
    sent = {"id": str(uuid4()), **body}
    answer = family.post(f"/api/v1/family/{access}/requests", json=sent)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def slot(family: TestClient, access: int, day: date) -> dict[str, object]:
    """The lunch of a day."""
    found = family.get(f"/api/v1/family/{access}/menus").json()
    return dict(next(one for one in found if one["day"] == day.isoformat() and one["moment"] == "lunch"))


def test_order_cancel_and_who_asked(family: TestClient, house: Database) -> None:
    """By the page's form, twice: one order, one answer, kept with the access that asked; then cancelled."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    form = {"demande": str(uuid4()), "jour": saturday().isoformat(), "choix": "A"}
    first, second = (family.post(f"/famille/{access}/commander", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "est commandé (choix A)" in first.text
    assert "est commandé (choix A)" in second.text
    assert slot(family, access, saturday())["state"] == "ordered"
    gone = family.post(f"/famille/{access}/annuler", data={"demande": str(uuid4()), "jour": form["jour"]})
    assert "est annulé" in gone.text
    assert slot(family, access, saturday())["state"] == "cancelled"
    with opened(house.dsn) as connection:
        rows = connection.execute(
            "SELECT asked_by, relative_id, rule FROM meals.request ORDER BY at"
        ).fetchall()
    assert rows == [{"asked_by": None, "relative_id": access, "rule": None}] * 2


def test_what_is_forbidden_is_not_offered(family: TestClient, house: Database) -> None:
    """No button for the omelette; sent all the same it is refused, and why stays with who it is about."""
    access, herself = give(house.dsn, "r1"), give(house.dsn, "r1", themselves=True)
    enter(family, house.dsn, access, herself)
    day = saturday()
    offers = {one["choice"]: one["suits"] for one in slot(family, access, day)["offers"]}  # type: ignore[attr-defined]
    assert offers == {"A": True, "B": False}
    page = family.get(f"/famille/{access}/menus").text
    assert "Ce menu ne convient pas" in page
    assert "à commander avant mardi" in page
    assert "contient poissons, lait" in page  # what a dish holds is for everybody to know
    refused = ask(family, access, kind="order", day=day.isoformat(), choice="B")
    assert refused["granted"] is False
    assert "œufs" not in str(refused["text"])
    told = ask(family, herself, kind="order", day=day.isoformat(), choice="B")
    assert "contient œufs" in str(told["text"])
    assert slot(family, access, day)["state"] == "free"


def test_too_late_and_nonsense(family: TestClient, house: Database) -> None:
    """After the cut-off, or a word that is none: one sentence, and nothing is written for nonsense."""
    access = give(house.dsn, "r2")
    enter(family, house.dsn, access)
    today = datetime.now(UTC).date()
    late = ask(family, access, kind="order", day=(today + timedelta(days=1)).isoformat())
    assert late["granted"] is False
    for body in (
        {"kind": "dance"},
        {"kind": "order", "id": "x", "day": "2027-01-01"},
        {
            "kind": "absence",
            "id": str(uuid4()),
            "first": "2027-01-01",
            "last": "2027-01-02",
            "reason": "death",
        },
        {"kind": "habit", "id": str(uuid4()), "lunch": [9]},
    ):
        assert family.post(f"/api/v1/family/{access}/requests", json=body).status_code == 422, body
    back = {"kind": "absence", "first": "2027-01-09", "last": "2027-01-02"}
    assert ask(family, access, **back)["granted"] is False
    bad = {"demande": str(uuid4()), "jour": "demain"}
    assert family.post(f"/famille/{access}/commander", data=bad).status_code == 422


def test_an_absence(family: TestClient, house: Database) -> None:
    """A week away: her meals of that week are cancelled, the next one's are not."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    monday = saturday() - timedelta(days=5)
    form = {"demande": str(uuid4()), "du": monday.isoformat(), "au": (monday + timedelta(days=6)).isoformat()}
    answer = family.post(f"/famille/{access}/absence", data=form | {"motif": "hospital"})
    assert "Absence notée" in answer.text
    assert slot(family, access, monday)["state"] == "cancelled"
    assert slot(family, access, monday + timedelta(days=7))["state"] == "ordered"


def test_last_week_again(family: TestClient, house: Database) -> None:
    """What stood in the week before and is missing is ordered; the same form again is the same answer."""
    access = give(house.dsn, "r2")
    enter(family, house.dsn, access)
    monday = saturday() - timedelta(days=5)
    extra = monday + timedelta(days=1)
    assert ask(family, access, kind="order", day=extra.isoformat(), choice="B")["granted"] is True
    number = str(uuid4())
    first, second = (
        ask(family, access, id=number, kind="week", monday=(monday + timedelta(days=7)).isoformat())
        for _ in range(2)
    )
    assert first == second
    assert str(first["text"]).startswith("1 repas commandé pour la semaine du lundi")
    found = slot(family, access, extra + timedelta(days=7))
    assert found["state"] == "ordered"
    assert [one["choice"] for one in found["offers"] if one["chosen"]] == ["B"]  # type: ignore[attr-defined]
    nothing = ask(family, access, kind="week", monday=(monday + timedelta(days=7)).isoformat())
    assert "rien à reprendre" in str(nothing["text"])


def test_the_weekly_habit(family: TestClient, house: Database) -> None:
    """It starts with the first week nothing of which is closed; too few days, or none, are refused."""
    access = give(house.dsn, "r2")
    enter(family, house.dsn, access)
    few = ask(family, access, kind="habit", lunch=[2])
    none = ask(family, access, kind="habit")
    assert (few["granted"], none["granted"]) == (False, False)
    assert "au moins 3 repas" in str(few["text"])
    number = str(uuid4())
    first, second = (
        ask(family, access, id=number, kind="habit", lunch=[2, 3, 4], choice="B") for _ in range(2)
    )
    assert first == second
    assert first["granted"] is True
    with opened(house.dsn) as connection:
        rows = connection.execute(
            "SELECT h.valid_from, h.lunch, h.choice FROM people.beneficiary_habit h "
            "JOIN people.beneficiary b ON b.id = h.beneficiary_id WHERE b.reference = 'r2' ORDER BY 1"
        ).fetchall()
    assert len(rows) == 2
    assert (rows[1]["lunch"], rows[1]["choice"]) == ([2, 3, 4], "B")
    start = rows[1]["valid_from"]
    assert start in (week_of(datetime.now(UTC).date())[0] + timedelta(days=7 * n) for n in (1, 2))
    assert slot(family, access, start + timedelta(days=8))["state"] == "ordered"
    form = {"demande": str(uuid4()), "midi": ["1", "2", "3", "4"], "choix": "A"}
    assert "C&#39;est noté" in family.post(f"/famille/{access}/habitude", data=form).text


def test_a_form_s_number_is_its_own(family: TestClient, house: Database) -> None:
    """A number taken from another relative's request gives no answer about it."""
    mine, theirs = give(house.dsn, "r2"), give(house.dsn, "r1")
    enter(family, house.dsn, mine, theirs)
    for body in ({"kind": "order", "day": saturday().isoformat()}, {"kind": "habit", "lunch": [1, 2, 3]}):
        number = str(uuid4())
        assert ask(family, mine, id=number, **body)["granted"] is True
        other = ask(family, theirs, id=number, **body)
        assert other["granted"] is False
        assert "autre demande" in str(other["text"])
