"""Bills of meals on a real database: each meal once or with its reason, two persons, no gap, what changed
since."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.bill_runs import NotNow, abandon, issue, look, open_run, work_out_again
from api.cias.bills import bills_of, statements, years_of
from api.cias.imports import import_people
from tests.api.cias_office import (
    EARLY_DECEMBER,
    EARLY_NOVEMBER,
    NOVEMBER,
    OCTOBER,
    PEOPLE,
    SECRET,
    account,
    asked,
    drive,
    furnish,
    number,
)


@pytest.fixture
def connection(territory: Database) -> Iterator[Connection[DictRow]]:
    """A look into the office's database."""
    furnish(territory.dsn)
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def issued(connection: Connection[DictRow], month: date, now: datetime) -> int:
    """A month opened and looked at by one, issued by another."""
    ines, nadia = account(connection, "portage"), account(connection, "argent")
    run = open_run(connection, SECRET, month, ines, now)
    look(connection, run, ines, now)
    issue(connection, run, nadia, now)
    return run


def test_each_meal_of_the_month_is_billed_once_or_has_its_reason(connection: Connection[DictRow]) -> None:
    """October: what was eaten, a late cancellation, one in time, one kept back warm; to the cent."""
    madeleine, leon = number(connection, "r1"), number(connection, "r2")
    asked(connection, leon, datetime(2026, 10, 1, 9, tzinfo=UTC), kind="cancel", day="2026-10-12")
    asked(connection, leon, datetime(2026, 10, 21, 16, tzinfo=UTC), kind="cancel", day="2026-10-22")
    drive(connection, madeleine, date(2026, 10, 6), "blocked", 6.5)
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    rows = connection.execute("SELECT meal, bill_id, reason FROM meals.bill_meal ORDER BY meal").fetchall()
    free = {row["meal"]: row["reason"] for row in rows if row["bill_id"] is None}
    assert free[f"{leon}:2026-10-12:lunch"] == "annulé"
    assert free[f"{madeleine}:2026-10-06:lunch"] == "retenu : température trop haute"
    assert free[f"{madeleine}:2026-10-07:lunch"] == free[f"{madeleine}:2026-10-06:lunch"]  # the same van
    assert len(free) == 3
    assert len(rows) == 22 + 18  # each weekday of Madeleine's, four a week of Léon's
    (bill,) = bills_of(connection, leon)
    late = f"{leon}:2026-10-22:lunch"
    assert [late in one.meals for one in bill.lines if one.kind == "meal"] == [True]
    assert bill.meals == 17
    (hers,) = bills_of(connection, madeleine)
    # 20 meals at 6.20 + 2.30, 15 % by the commune, APA 2.00 a meal up to 30.00.
    assert {one.kind: one.amount for one in hers.lines} == {
        "meal": Decimal("124.00"),
        "delivery": Decimal("46.00"),
        "commune": Decimal("-25.50"),
        "support": Decimal("-30.00"),
    }
    assert hers.total == Decimal("114.50")
    assert hers.meal + hers.delivery == hers.total
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO meals.bill_meal (meal, run_id, beneficiary_id, reason) "
            "SELECT meal, run_id, beneficiary_id, 'encore' FROM meals.bill_meal LIMIT 1"
        )


def test_drafts_are_looked_at_and_issued_by_another(connection: Connection[DictRow]) -> None:
    """Not before the month ends, not twice, not by the same person; numbers follow each other."""
    ines, hugo = account(connection, "portage"), account(connection, "portage2")
    with pytest.raises(NotNow, match="n'est pas fini"):
        open_run(connection, SECRET, NOVEMBER, ines, EARLY_NOVEMBER)
    run = open_run(connection, SECRET, OCTOBER, ines, EARLY_NOVEMBER)
    with pytest.raises(NotNow, match="déjà ouvertes"):
        open_run(connection, SECRET, OCTOBER, ines, EARLY_NOVEMBER)
    with pytest.raises(NotNow, match="à relire"):
        issue(connection, run, hugo, EARLY_NOVEMBER)
    assert bills_of(connection, number(connection, "r1")) == ()
    look(connection, run, ines, EARLY_NOVEMBER)
    with pytest.raises(NotNow, match="autre personne"):
        issue(connection, run, ines, EARLY_NOVEMBER)
    work_out_again(connection, SECRET, run, ines, EARLY_NOVEMBER)
    look(connection, run, ines, EARLY_NOVEMBER)
    assert issue(connection, run, hugo, EARLY_NOVEMBER) == 2
    numbers = [row["number"] for row in connection.execute("SELECT number FROM meals.bill ORDER BY 1")]
    assert numbers == ["PR-2026-00001", "PR-2026-00002"]
    notices = connection.execute("SELECT kind FROM people.family_notice").fetchall()
    assert notices == [{"kind": "bill"}, {"kind": "bill"}]


def test_an_abandoned_run_frees_its_meals_and_its_numbers(connection: Connection[DictRow]) -> None:
    """Given up, opened again: the same meals can be billed, and no number is missing."""
    ines = account(connection, "portage")
    run = open_run(connection, SECRET, OCTOBER, ines, EARLY_NOVEMBER)
    abandon(connection, run)
    assert connection.execute("SELECT count(*) AS n FROM meals.bill_meal").fetchone() == {"n": 0}
    again = issued(connection, OCTOBER, EARLY_NOVEMBER)
    with pytest.raises(NotNow, match="émises"):
        abandon(connection, again)
    assert bills_of(connection, number(connection, "r1"))[0].number == "PR-2026-00001"


def test_an_issued_bill_is_not_rewritten(connection: Connection[DictRow]) -> None:
    """Neither its sum nor its meals, by any statement."""
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    for what in ("UPDATE meals.bill SET total = 0", "DELETE FROM meals.bill", "DELETE FROM meals.bill_meal"):
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(what.encode())


def test_what_changed_since_stands_on_the_next_bill_with_its_reason(connection: Connection[DictRow]) -> None:
    """A phone says in November that October's trays were kept back, and an income comes late: two people's
    corrections, split, and none the month after."""
    madeleine, leon = number(connection, "r1"), number(connection, "r2")
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    before = bills_of(connection, madeleine)[0]
    drive(connection, madeleine, date(2026, 10, 8), "blocked", 7.0)
    connection.execute("INSERT INTO people.beneficiary_income VALUES (%s, '2026-10-01', 9000)", [leon])
    issued(connection, NOVEMBER, EARLY_DECEMBER)
    new, old = bills_of(connection, madeleine)
    assert old == before
    wrong = [one for one in new.lines if one.corrects]
    # One meal less: 8.50 less, 15 % less of it by the commune (28.05 → 26.78), and the APA was at its most.
    assert {one.kind: one.amount for one in wrong} == {
        "meal": Decimal("-6.20"),
        "delivery": Decimal("-2.30"),
        "commune": Decimal("1.27"),
    }
    assert wrong[0].reason == "déjeuner du jeudi 8 octobre : retenu : température trop haute"
    assert {one.corrects for one in wrong} == {OCTOBER}
    assert new.total == sum(one.amount for one in new.lines)
    his = bills_of(connection, leon)[0]
    assert {one.reason for one in his.lines if one.corrects} == {"tarif ou prises en charge revus"}
    (year,) = years_of(bills_of(connection, madeleine))
    assert (year.bills, year.total) == (2, new.total + old.total)
    assert year.meal + year.delivery == year.total
    run = open_run(
        connection,
        SECRET,
        date(2026, 12, 1),
        account(connection, "portage"),
        datetime(2027, 1, 4, tzinfo=UTC),
    )
    again = connection.execute(
        "SELECT count(*) AS n FROM meals.bill_line l JOIN meals.bill b ON b.id = l.bill_id "
        "WHERE b.run_id = %s AND l.corrects IS NOT NULL",
        [run],
    ).fetchone()
    assert again == {"n": 0}


def test_an_allergy_found_later_takes_back_no_meal(connection: Connection[DictRow]) -> None:
    """Fish: October's billed trays stay billed, November's carried ones are due, the others are free; and no
    bill says what she cannot eat."""
    her = number(connection, "r1")
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    drive(connection, her, date(2026, 11, 3), "delivered")
    report = import_people(connection, SECRET, PEOPLE.replace(";eggs;", ";eggs fish milk;"))
    assert report.people == 2
    issued(connection, NOVEMBER, EARLY_DECEMBER)
    new, old = bills_of(connection, her)
    assert [one for one in new.lines if one.corrects] == []
    assert old.meals == 22
    assert new.meals == 2  # the van of the 3rd carried two days
    reasons = connection.execute(
        "SELECT DISTINCT reason FROM meals.bill_meal WHERE beneficiary_id = %s AND bill_id IS NULL", [her]
    ).fetchall()
    assert reasons == [{"reason": "aucun menu ne convenait"}]


def test_a_stay_in_hospital_is_an_absence_on_bills(connection: Connection[DictRow]) -> None:
    """Bills pass through many hands: the word is nowhere in their tables."""
    his, at = number(connection, "r2"), datetime(2026, 10, 1, 9, tzinfo=UTC)
    asked(connection, his, at, kind="absence", first="2026-10-12", last="2026-10-18", reason="hospital")
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    reasons = connection.execute(
        "SELECT DISTINCT reason FROM meals.bill_meal WHERE bill_id IS NULL"
    ).fetchall()
    assert reasons == [{"reason": "absence"}]


def test_third_payers_get_their_own_statement(connection: Connection[DictRow]) -> None:
    """The APA's thirty euros and each commune's share, person by person."""
    run = issued(connection, OCTOBER, EARLY_NOVEMBER)
    found = statements(connection, run)
    (apa,) = found["APA du Pas-de-Calais"]
    assert (apa.reference, apa.amount, apa.meals) == ("r1", Decimal("30.00"), 22)
    communes = [payer for payer in found if payer.startswith("Commune de")]
    assert communes
    lines = connection.execute(
        "SELECT -sum(amount) AS owed FROM meals.bill_line WHERE kind IN ('commune', 'support')"
    ).fetchone()
    assert lines == {"owed": sum(one.amount for held in found.values() for one in held)}


def test_without_prices_nothing_is_kept(connection: Connection[DictRow]) -> None:
    """No grid in force: one sentence, no draft."""
    with connection.transaction(force_rollback=True):
        connection.execute("DELETE FROM meals.grid")
        with pytest.raises(NotNow, match="tarif"):
            open_run(connection, SECRET, OCTOBER, account(connection, "portage"), EARLY_NOVEMBER)
