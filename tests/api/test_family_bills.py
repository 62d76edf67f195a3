"""The family's bills: those that were issued, of the right person, with the delivery apart."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.cias.bill_runs import issue, look, open_run
from api.family.telling import expand
from tests.api.cias_office import EARLY_NOVEMBER, KEY, OCTOBER, SECRET, account, furnish
from tests.api.conftest import make_app
from tests.api.family_house import enter, give, opened
from tests.api.outbox import worker

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def billed(territory: Database) -> Database:
    """October, looked at by one and issued by another."""
    furnish(territory.dsn)
    with opened(territory.dsn) as connection:
        one, other = account(connection, "portage"), account(connection, "argent")
        run = open_run(connection, SECRET, OCTOBER, one, EARLY_NOVEMBER)
        look(connection, run, one, EARLY_NOVEMBER)
        issue(connection, run, other, EARLY_NOVEMBER)
    return territory


@pytest.fixture
def family(billed: Database) -> Iterator[TestClient]:
    """A browser nobody is signed in with."""
    with TestClient(make_app(billed.dsn), follow_redirects=False) as made:
        yield made


def test_bills_keep_the_delivery_apart(family: TestClient, billed: Database) -> None:
    """Meals and delivery add up; the PDF is this person's alone; the statement is no tax statement."""
    access = give(billed.dsn, "r1", rights=["bills"])
    enter(family, billed.dsn, access)
    (year,) = family.get(f"/api/v1/family/{access}/bills").json()
    (month,) = year["months"]
    for one in (year, month):
        assert Decimal(one["food"]) + Decimal(one["delivery"]) == Decimal(one["total"])
        assert Decimal(one["delivery"]) > 0
    assert (year["year"], month["month"]) == (2026, "2026-10")
    page = family.get(f"/famille/{access}/factures").text
    assert month["number"] in page
    statement = family.get(f"/famille/{access}/factures/2026").text
    assert "n'est pas une attestation fiscale" in statement
    assert family.get(f"/famille/{access}/factures/1999").status_code == 404
    with opened(billed.dsn) as connection:
        rows = connection.execute(
            "SELECT i.id, b.reference FROM meals.bill i JOIN people.beneficiary b ON b.id = i.beneficiary_id"
        ).fetchall()
    numbers = {row["reference"]: row["id"] for row in rows}
    mine = family.get(f"/famille/{access}/facture/{numbers['r1']}.pdf")
    assert mine.content.startswith(b"%PDF")
    assert family.get(f"/famille/{access}/facture/{numbers['r2']}.pdf").status_code == 404


def test_the_tax_statement_is_a_setting(billed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the installation says so, the year's page is the attestation, for the delivery alone."""
    monkeypatch.setenv("GLANEUR_MEALS_TAX_STATEMENT", "true")
    access = give(billed.dsn, "r2", rights=["bills"])
    with TestClient(make_app(billed.dsn), follow_redirects=False) as family:
        enter(family, billed.dsn, access)
        year = family.get(f"/api/v1/family/{access}/bills").json()[0]
        text = family.get(f"/famille/{access}/factures/2026").text
    assert "Attestation fiscale" in text
    assert "199 sexdecies" in text
    assert f"{year['delivery'].replace('.', ',')}\u00a0€" in text


def test_an_issued_bill_is_told_to_who_may_see_it(billed: Database) -> None:
    """One mail for the bill to who has that right, none to who follows deliveries only."""
    payer = give(billed.dsn, "r1", rights=["bills"], told_by=["email"])
    give(billed.dsn, "r1", rights=["delivery"], told_by=["email"])
    with worker(billed.dsn) as hand:
        expand(hand)
    with opened(billed.dsn) as connection:
        rows = connection.execute("SELECT relative_id FROM people.family_message").fetchall()
    assert [row["relative_id"] for row in rows] == [payer]
