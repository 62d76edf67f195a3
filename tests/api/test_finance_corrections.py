"""What is implausible is set aside when it comes in; a person decides, with a reason; nothing is erased."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.finance import csv_rows, runs
from api.finance.corrections import Decision, decide, write_event
from api.finance.imports import SQL, Refusal
from api.finance.kinds import KINDS
from api.finance.plausible import SQL as REVIEW
from store.connection import connect
from tests.api.test_finance import ACCOUNTS, BINS, GRID, NOW, YEAR, invoke, take, totals, usage

pytestmark = pytest.mark.db

SAYS = Decision(author="camille", reason="Vu avec le chauffeur", at=NOW)
HEAD = "id;le;quoi;bac;badge;appareil;latitude;longitude;signal\n"


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three accounts with places, two bins, a card that went from one hand to another, a year of usage."""
    with connect(plain_database.dsn, role="glaneur_api") as opened:
        take(opened, ACCOUNTS, BINS, usage())
        place = ACCOUNTS.replace("categorie", "latitude;longitude;categorie").replace(
            "menage", "50.5000;1.9000;menage"
        )
        assert KINDS["comptes"](opened, place.encode()).refused == []
        cards = "badge;compte;du;au\nK1;C2;2024-01-01;2024-06-30\nK1;C3;2024-07-01;\n"
        assert KINDS["badges"](opened, cards.encode()).refused == []
        opened.execute(SQL["grid_added"], {"file": "2024.toml", "body": GRID})
        opened.commit()
        yield opened


def taken(connection: Connection[DictRow], *rows: str) -> dict[str, str]:
    """Take these rows of usage; every doubt there is then: event → rule."""
    report = KINDS["usage"](connection, (HEAD + "\n".join(rows)).encode())
    assert report.refused == []
    return {
        row["event_id"]: row["rule"] for row in connection.execute("SELECT event_id, rule FROM finance.doubt")
    }


def billed(connection: Connection[DictRow]) -> dict[str, str]:
    """The totals of a fresh draft of the year, by account."""
    run = runs.open_run(connection, "essai", YEAR, "camille")
    runs.compute(connection, run)
    return {name: str(total) for name, total in totals(connection, run).items()}


def test_the_implausible_is_set_aside_when_it_comes_in(connection: Connection[DictRow]) -> None:
    """A double read, a neighbour's bin by its weaker signal, a bin far from home, too many openings a day."""
    connection.execute(
        REVIEW["rules_added"],
        {"at": NOW, "author": "camille", "double_s": 600, "double_m": 100, "cycle_s": 8, "neighbour_m": 60,
         "most_per_day": psycopg.types.json.Jsonb({"ouverture": 2})},
    )  # fmt: skip
    found = taken(
        connection,
        "D1;2024-10-01T06:00;levee;B1;;BOM1;50.5;1.9;-50",
        "D2;2024-10-01T06:05;levee;B1;;BOM1;50.5;1.9;-50",
        "S1;2024-12-29T22:00;levee;B2;;BOM1;50.5;1.9;-50",
        "S2;2024-12-29T22:05;levee;B2;;BOM1;50.5;1.9;-50",
        "N1;2024-10-15T06:00:00;levee;B1;;BOM1;50.5;1.9;-80",
        "N2;2024-10-15T06:00:04;levee;B2;;BOM1;50.5;1.9;-40",
        "F1;2024-11-05T06:00;levee;B1;;BOM1;50.6;1.9;-50",
        *(f"T{i};2024-11-20T{8 + i:02}:00;ouverture;;K1;PAV4;;;" for i in range(4)),
    )
    assert found == {
        "D2": "double",
        "S2": "double",
        "N1": "voisin",
        "F1": "loin",
        "T2": "cadence",
        "T3": "cadence",
    }
    before = billed(connection)
    # 9 lifts, and D1; C3: S1 is included, O1 and two of the four openings of its card, 1.83 each.
    assert before["C1"] == "224.43"
    assert before["C3"] == "94.92"


def test_a_late_file_does_not_touch_what_was_issued(connection: Connection[DictRow]) -> None:
    """The earlier of two reads comes after the bills: the newcomer is set aside, the bill stays right."""
    run = runs.open_run(connection, "2024", YEAR, "camille")
    runs.compute(connection, run)
    runs.control(connection, run, "camille")
    runs.approve(connection, run, "dominique")
    runs.issue(connection, run, NOW)
    assert taken(connection, "Z1;2024-03-05T05:55;levee;B1;;BOM1;;;") == {"Z1": "double"}
    assert billed(connection) == {name: str(total) for name, total in totals(connection, run).items()}


def test_a_card_is_billed_to_who_has_it_that_day(connection: Connection[DictRow]) -> None:
    """K1 went from C2 to C3 in July: each pays its own openings; before it was anyone's, nobody."""
    before = billed(connection)
    taken(
        connection,
        "A1;2024-02-01T08:00;ouverture;;K1;PAV4;;;",
        "A2;2024-08-01T08:00;ouverture;;K1;PAV4;;;",
        "A3;2023-08-01T08:00;ouverture;;K1;PAV4;;;",
    )
    after = billed(connection)
    moved = {name: round(float(after[name]) - float(before[name]), 2) for name in after}
    assert moved == {"C1": 0, "C2": 1.83, "C3": 1.83}


def test_a_person_bills_cancels_or_gives_an_event_to_another(connection: Connection[DictRow]) -> None:
    """O2 kept: one more opening. L9 cancelled: one lift less. L8 given to C3: to its bin."""
    assert billed(connection) == {"C1": "219.31", "C2": "88.46", "C3": "91.26"}
    decide(connection, "O2", "retenir", SAYS)
    decide(connection, "L9", "annuler", SAYS)
    connection.commit()
    assert billed(connection) == {"C1": "214.19", "C2": "88.46", "C3": "93.09"}
    decide(connection, "L8", "deplacer", SAYS, "C3")
    connection.commit()
    assert billed(connection)["C1"] == "209.07"
    replaced = connection.execute(REVIEW["replaced_by"], {"id": "L8"}).fetchone()
    assert replaced
    found = connection.execute(REVIEW["event"], {"id": replaced["id"]}).fetchone()
    assert found
    assert (found["bin_code"], found["author"], found["replaces"]) == ("B2", "camille", "L8")
    with pytest.raises(Refusal, match="donné à un autre"):
        decide(connection, "L8", "retenir", SAYS)
    decide(connection, "L9", "retenir", Decision(author="dominique", reason="Erreur", at=datetime.now(UTC)))
    connection.commit()
    assert billed(connection)["C1"] == "214.19"


def test_a_missed_event_is_added_with_its_author(connection: Connection[DictRow]) -> None:
    """A lost card costs 12.19 to its household, and says who wrote it and why."""
    name = write_event(connection, "carte_perdue", datetime(2024, 5, 2, 10, tzinfo=UTC), "C1", SAYS)
    connection.commit()
    assert billed(connection)["C1"] == "231.50"
    row = connection.execute(
        "SELECT author, reason FROM finance.usage_event WHERE id = %s", (name,)
    ).fetchone()
    assert row == {"author": "camille", "reason": "Vu avec le chauffeur"}


@pytest.mark.parametrize(
    ("event", "action", "to", "reason", "said"),
    [
        ("L9", "annuler", "", "  ", "auteur et un motif"),
        ("L99", "annuler", "", "x", "n'existe pas"),
        ("L9", "effacer", "", "x", "l'une de"),
        ("L9", "deplacer", "C9", "x", "Personne n'a de bac"),
        ("L9", "deplacer", "", "x", "Personne n'a de bac"),
        ("L9", "deplacer", "B1", "x", "C'est déjà B1"),
        ("L1", "deplacer", "C3", "x", "Personne n'a de bac"),
    ],
)
def test_a_decision_without_sense_is_refused(
    connection: Connection[DictRow], event: str, action: str, to: str, reason: str, said: str
) -> None:
    """No reason, no such event, nobody of that name on that day (C3 came in July): told, nothing written."""
    with pytest.raises(Refusal, match=said):
        decide(connection, event, action, Decision(author="camille", reason=reason, at=NOW), to)
    connection.rollback()
    assert connection.execute("SELECT FROM finance.correction").fetchone() is None


def test_decisions_are_append_only(connection: Connection[DictRow]) -> None:
    """Not even the API may rewrite a correction, a doubt or an event."""
    decide(connection, "L9", "annuler", SAYS)
    connection.commit()
    for table in ("correction", "doubt", "usage_event"):
        for statement in ("DELETE FROM finance.{}", "UPDATE finance.{} SET reason = 'x'"):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)):
                connection.execute(statement.format(table).encode())
            connection.rollback()


def test_the_same_from_a_shell(connection: Connection[DictRow], monkeypatch: pytest.MonkeyPatch) -> None:
    """`glaneur tariff correct` and `add`: a person's name, a reason, a refusal with status 1."""
    monkeypatch.setenv("GLANEUR_DATABASE", str(connection.info.dsn))
    done = invoke("correct", "L9", "--by", "camille", "--reason", "lu deux fois")
    assert done.exit_code == 0, done.output
    assert "enregistrée" in done.output
    refused = invoke("correct", "L77", "--by", "camille", "--reason", "x")
    assert refused.exit_code == 1
    assert "n'existe pas" in refused.output
    done = invoke(
        "add", "carte_perdue", "2024-05-02T10:00", "C1", "--by", "camille", "--reason", "dite perdue"
    )
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("kind", "rows", "said"),
    [
        ("professionnels", "P1;L9;O9;2024-01-01;12345678901234;SARL", "ce numéro siret n'existe pas"),
        ("professionnels", "P1;L9;O9;2024-01-01;123;SARL", "a 14 chiffres"),
        ("professionnels", "P1;L9;O9;2024-01-01;;SARL", "numéro siret et un nom"),
        ("badges", "K1;C1;2024-02-01;", "ce badge est déjà à un autre compte"),
        ("badges", "K5;C77;2024-02-01;", "le compte c77 n'existe pas"),
        ("usage", "Q1;2024-02-01T08:00;levee;B1;;95;1", "ce lieu n'existe pas"),
        ("usage", "Q1;2024-02-01T08:00;levee;B1;;50;", "deux nombres"),
        ("usage", "Q1;2024-02-01T08:00;levee;B1;K1;;", "un seul des trois"),
    ],
)
def test_bad_rows_are_told(connection: Connection[DictRow], kind: str, rows: str, said: str) -> None:
    """Professionals, badges and places: line 2, and why."""
    heads = {
        "professionnels": "compte;logement;occupant;du;siret;nom",
        "badges": "badge;compte;du;au",
        "usage": "id;le;quoi;bac;badge;latitude;longitude",
    }
    report = KINDS[kind](connection, f"{heads[kind]}\n{rows}\n".encode())
    assert [row.line for row in report.refused] == [2]
    assert said in report.refused[0].reason.lower()


def test_a_professional_has_a_category_and_a_true_siret() -> None:
    """The sum of the digits is checked; La Poste's sites count otherwise."""
    head = "compte;logement;occupant;du;siret;nom;frequence\n"
    (row,) = csv_rows.professional_rows(f"{head}P1;L9;O9;2024-01-01;732 829 320 00074;SARL;2".encode())
    assert not isinstance(row, csv_rows.RefusedRow)
    assert row["facts"] == {"frequence": "2", "categorie": "professionnel"}
    assert row["siret"] == "73282932000074"
    (post,) = csv_rows.professional_rows(f"{head}P1;L9;O9;2024-01-01;35600000049837;La Poste;1".encode())
    assert not isinstance(post, csv_rows.RefusedRow), post
