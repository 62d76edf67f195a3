"""Credit notes and rectifications: the original never moves, pieces add up, numbers have no gap."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.finance import credit
from api.finance.imports import SQL, Refusal
from store.connection import connect
from tests.api.finance_village import NOW, issued, village

pytestmark = pytest.mark.db
LATER = datetime(2025, 3, 1, 10, tzinfo=UTC)
YEAR_AFTER = datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three accounts, billed and issued in 2025 for 2024, as run 1."""
    with village(plain_database.dsn) as opened:
        assert issued(opened) == 1
        yield opened


def correct(connection: Connection[DictRow], event: str, action: str) -> None:
    """Someone decides on an event after the bills left."""
    values = {"id": f"k-{event}-{action}", "at": NOW, "event": event, "action": action,
              "author": "camille", "reason": "bac du voisin"}  # fmt: skip
    connection.execute(SQL["correction_added"], values)
    connection.commit()


def through(connection: Connection[DictRow], number: int, now: datetime = LATER) -> str:
    """Approved by another, issued."""
    credit.approve(connection, number, "dominique")
    return credit.issue(connection, number, now)


def document(connection: Connection[DictRow], account: str) -> tuple[Any, Decimal]:
    """The original bill of an account, as it is in the table."""
    row = connection.execute(
        "SELECT document, total FROM finance.bill JOIN finance.account a ON a.id = account_id"
        " WHERE reference = %s", (account,),
    ).fetchone()  # fmt: skip
    assert row
    return row["document"], row["total"]


def test_a_lift_of_the_neighbour_comes_back_as_a_credit_note(connection: Connection[DictRow]) -> None:
    """One lift less is 5.12 € less, said by a line that names the lift; the original stays as it was."""
    before = document(connection, "C1")
    with pytest.raises(Refusal, match="rien ne change"):
        credit.rectify(connection, 1, "C1", reason="réclamation", by="camille")
    correct(connection, "L8", "annuler")
    number = credit.rectify(connection, 1, "C1", reason="bac du voisin", by="camille", claim=7)
    with pytest.raises(Refusal, match="attend déjà"):
        credit.rectify(connection, 1, "C1", reason="encore", by="camille")
    with pytest.raises(Refusal, match="elle est proposée"):
        credit.issue(connection, number, LATER)
    with pytest.raises(Refusal, match="Une autre personne"):
        credit.approve(connection, number, "camille")
    assert through(connection, number) == "A2025-000001"
    piece = credit.piece(connection, number)
    (line,) = piece["difference"]
    assert (line["quantite"], line["montant"], line["retires"]) == ("-1", "-5.12", ["L8"])
    assert (piece["amount"], piece["claim_id"], piece["original_number"]) == (
        Decimal("-5.12"),
        7,
        "2025-000001",
    )
    assert credit.treatment(piece) == "titre de réduction"
    assert document(connection, "C1") == before
    assert credit.balance(connection, 1, piece["account_id"]) == Decimal("214.19")


def test_pieces_follow_each_other_and_count_each_event_once(connection: Connection[DictRow]) -> None:
    """Two lifts out, one back: each piece starts from the last; together they are the bill as it is now."""
    correct(connection, "L8", "annuler")
    correct(connection, "L9", "annuler")
    first = through(connection, credit.rectify(connection, 1, "C1", reason="deux levées", by="camille"))
    correct(connection, "L9", "retenir")
    number = credit.rectify(connection, 1, "C1", reason="L9 était bien à vous", by="camille")
    second = through(connection, number)
    assert (first, second) == ("A2025-000001", "R2025-000001")
    original, total = document(connection, "C1")
    counted = Counter(name for line in original["lignes"] for name in line["evenements"])
    pieces = credit.pieces(connection, 1, "C1")
    for piece in pieces:
        for line in piece["difference"]:
            counted.update(line["evenements"])
            counted.subtract(line["retires"])
    assert +counted == Counter({f"L{n}": 1 for n in (1, 2, 3, 4, 5, 6, 7, 9)})
    assert total + sum(piece["amount"] for piece in pieces) == Decimal("214.19")
    assert credit.treatment(credit.piece(connection, number)) == "titre de recette complémentaire"


def test_a_cancelled_bill_of_a_closed_exercise(connection: Connection[DictRow]) -> None:
    """Everything is given back; after the exercise was closed the accountant pays it as account 673 says."""
    number = credit.rectify(connection, 1, "C2", reason="logement vendu", by="camille", cancel=True)
    credit.abandon(connection, number)
    with pytest.raises(Refusal, match="déjà émise ou abandonnée"):
        credit.abandon(connection, number)
    credit.close_exercise(connection, 2025, "trésorerie")
    number = credit.rectify(connection, 1, "C2", reason="logement vendu", by="camille", cancel=True)
    assert through(connection, number, YEAR_AFTER) == "A2026-000001"
    piece = credit.piece(connection, number)
    assert piece["amount"] == Decimal("-88.46")
    assert (piece["exercise"], piece["original_exercise"], piece["original_open"]) == (2026, 2025, False)
    assert "673" in credit.treatment(piece)
    assert credit.balance(connection, 1, piece["account_id"]) == 0


def test_numbers_have_no_gap_and_pieces_do_not_move(
    connection: Connection[DictRow], plain_database: Database
) -> None:
    """A piece whose issue was undone gives its number back; what is issued is refused any change."""
    correct(connection, "L8", "annuler")
    number = credit.rectify(connection, 1, "C1", reason="voisin", by="camille")
    credit.approve(connection, number, "dominique")
    with connect(plain_database.dsn, role="glaneur_api") as other:
        other.execute(credit.SQL["rectification_locked"], {"id": number})
        from api.finance.runs import numbers

        assert numbers(other, "avoirs-2025", 1) == 1
        other.rollback()
    assert credit.issue(connection, number, LATER) == "A2025-000001"
    for statement in (
        "UPDATE finance.rectification SET amount = 0",
        "UPDATE finance.rectification SET reason = 'x'",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement.encode())
        connection.rollback()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM finance.rectification")
    connection.rollback()
    for wrong in ((1, "C9"), (2, "C1")):
        with pytest.raises(Refusal, match="n'a pas de facture émise"):
            credit.rectify(connection, *wrong, reason="x", by="camille")
        connection.rollback()


def test_an_issued_run_tells_which_bills_would_change(connection: Connection[DictRow]) -> None:
    """Nothing at first; then a late lift, a dwelling that was left earlier, one that nobody lived in."""
    assert list(credit.to_rectify(connection, 1)) == []
    connection.execute(
        "INSERT INTO finance.usage_event (id, at, kind, bin_code)"
        " VALUES ('late', '2024-10-05T06:00Z', 'levee', 'B1')"
    )
    connection.execute(
        "UPDATE finance.account SET during = daterange('2020-01-01', '2023-01-01') WHERE reference = 'C2'"
    )
    connection.commit()
    told = {name: (change, why) for name, change, why in credit.to_rectify(connection, 1)}
    assert set(told) == {"C1", "C2"}
    assert told["C1"] == (Decimal("5.12"), "la facture changerait")
    assert "à annuler" in told["C2"][1]
    with pytest.raises(Refusal, match="annulez sa facture"):
        credit.rectify(connection, 1, "C2", reason="parti", by="camille")
    connection.rollback()
    for account, cancel in (("C1", False), ("C2", True)):
        through(connection, credit.rectify(connection, 1, account, reason="vu", by="camille", cancel=cancel))
    assert list(credit.to_rectify(connection, 1)) == []
