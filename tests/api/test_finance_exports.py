"""Files for other software leave whole, within the law, or not at all; what is odd is shown before."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.finance import credit, runs
from api.finance.exports import Law, export, take_premises
from api.finance.imports import SQL, Refusal
from tariff.calendar import Period
from tariff.profiles import Profile, read_profile
from tests.api.finance_village import NOW, issued, village
from tests.api.test_finance import GRID
from tests.tariff.test_cases import DATA

pytestmark = pytest.mark.db
HALVES = Period(date(2024, 1, 1), date(2024, 7, 1)), Period(date(2024, 7, 1), date(2025, 1, 1))


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three accounts, a real grid."""
    with village(plain_database.dsn) as opened:
        yield opened


def profile(name: str) -> Profile:
    """An example profile."""
    found, problems = read_profile(name, (DATA / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))
    assert problems == ()
    assert found
    return found


def as_owner(connection: Connection[DictRow], statement: str) -> None:
    """What an import would have written otherwise."""
    connection.execute("SET ROLE NONE")
    connection.execute(statement.encode())
    connection.execute("SET ROLE glaneur_api")
    connection.commit()


def test_the_return_file_is_by_premises_and_within_the_law(connection: Connection[DictRow]) -> None:
    """Two households of a year in L2 are one amount; outside 10 to 45 % or above last year, no file."""
    as_owner(connection, "DELETE FROM finance.grid")
    tax = GRID.replace('regime = "REOMi"', 'regime = "TEOMi"')
    connection.execute(SQL["grid_added"], {"file": "taxe.toml", "body": tax})
    run = issued(connection)
    wanted = profile("exemple-retour-teomi")
    with pytest.raises(Refusal, match=r"3 compte\(s\) sans numéro invariant : C1, C2, C3"):
        export(connection, run, wanted)
    as_owner(connection, "UPDATE finance.dwelling SET invariant = '62036400' || id || 'K'")
    with pytest.raises(Refusal, match="Dites le produit total"):
        export(connection, run, wanted)
    for law, said in (
        (Law(product=Decimal(300)), "la part incitative fait 5,67 % du produit : il faut de 10 à 45 %"),
        (Law(product=Decimal(30)), "fait 56,67 %"),
        (Law(product=Decimal(100), before=Decimal(99)), "la première année"),
    ):
        with pytest.raises(Refusal, match=said):
            export(connection, run, wanted, law)
    data, totals = export(connection, run, wanted, Law(product=Decimal(100), before=Decimal(100)))
    # 15.36 € for L1 and 1.83 € for L2, whole euros as the profile says.
    amounts = sorted(row[12:21] for row in data.decode("ascii").splitlines())
    assert amounts == ["000000200", "000001500"]
    assert totals["part_incitative"] == Decimal("17.00")


def test_a_fee_has_no_return_file(connection: Connection[DictRow]) -> None:
    """REOMi is not a tax: the tax office is sent nothing."""
    run = issued(connection)
    as_owner(connection, "UPDATE finance.dwelling SET invariant = '62036400' || id || 'K'")
    with pytest.raises(Refusal, match="n'est pas celui d'une taxe"):
        export(connection, run, profile("exemple-retour-teomi"), Law(product=Decimal(100)))


def test_the_roll_and_the_corrections(connection: Connection[DictRow]) -> None:
    """One title a debtor with exercise and payment reference; a correction names the piece it corrects."""
    draft = runs.open_run(connection, "brouillon", HALVES[0], "camille")
    with pytest.raises(Refusal, match="n'est pas émis"):
        export(connection, draft, profile("exemple-role"))
    run = issued(connection)
    data, totals = export(connection, run, profile("exemple-role"))
    first = data.decode("iso-8859-15").splitlines()[0]
    assert first == "XXYY20252025-000001 " + "2025000001".ljust(30) + "Ève Durand".ljust(38) + "000000021931"
    assert totals["total"] == Decimal("399.03")
    number = credit.rectify(connection, run, "C2", reason="parti en mai", by="camille", cancel=True)
    credit.approve(connection, number, "dominique")
    credit.issue(connection, number, NOW)
    data, _ = export(connection, run, profile("exemple-rectifications"))
    assert (
        data.decode().splitlines()[1]
        == "A2025-000001;2025;2025-000002;2025;-88,46;titre annulatif;parti en mai"
    )
    with pytest.raises(Refusal, match="lit un fichier"):
        export(connection, run, profile("exemple-fichier-aller"))


def test_the_list_of_premises_values_those_that_are_known(connection: Connection[DictRow]) -> None:
    """Rateable values in every state of the year; read again nothing changes; what is unknown is told."""
    as_owner(connection, "UPDATE finance.dwelling SET invariant = 'I' || substr(reference, 2)")
    text = (
        "invariant;adresse;nature;proprietaire;occupant;vl\r\nI1;12 rue;MA;M. Untel;Ève Durand;1234,50\r\n"
        "I2;14 rue;MA;M. Untel;;900\r\nI9;;;;;800\r\nI1;12 rue\r\nI1;;;;;mille\r\n"
    )
    wanted = profile("exemple-fichier-aller")
    report = take_premises(connection, wanted, text.encode("cp1252"), date(2024, 1, 1))
    assert (report.taken, report.known) == (2, 0)
    assert [f"{one.line} {one.reason}" for one in report.refused] == [
        "4 Le local I9 n'a pas de compte à cette date.",
        "5 2 cellules au lieu de 6.",
        "6 « mille » n'est pas un montant.",
    ]
    again = take_premises(connection, wanted, text.encode("cp1252"), date(2024, 1, 1))
    assert (again.taken, again.known) == (0, 2)
    rows = connection.execute(
        "SELECT a.reference, s.since, s.facts ->> 'valeur_locative' AS v, s.facts ->> 'personnes' AS p"
        " FROM finance.account_state s JOIN finance.account a ON a.id = account_id"
        " WHERE s.facts ? 'valeur_locative' ORDER BY 1, 2"
    ).fetchall()
    assert [(row["reference"], f"{row['since']:%m-%d}", row["v"], row["p"]) for row in rows] == [
        ("C1", "01-01", "1234.50", "3"),
        ("C1", "07-01", "1234.50", "4"),
        ("C2", "01-01", "900", "2"),
        ("C3", "07-01", "900", "1"),
    ]
    assert connection.execute("SELECT FROM people.occupant WHERE name = 'M. Untel'").fetchone() is None


def test_control_shows_what_stands_out_and_why(connection: Connection[DictRow]) -> None:
    """Far from last time by its days, doubtful events; extremes; the run before beside this one."""
    issued(connection, HALVES[0])
    for rank in range(60):
        connection.execute(
            "INSERT INTO finance.usage_event (id, at, kind, bin_code) VALUES (%s, %s, 'levee', 'B1')",
            (f"X{rank}", datetime(2024, 10, 1, 6, rank, tzinfo=UTC)),
        )
    run = runs.open_run(connection, "2e semestre", HALVES[1], "camille")
    runs.compute(connection, run)
    shown = runs.look(connection, run)
    assert [(row["reference"], row["why"]) for row in shown.anomalies] == [
        ("C1", "plus du double de la précédente"),
        ("C3", "événements à vérifier"),
    ]
    assert [row["reference"] for row in shown.extremes if row["side"] == "most"] == ["C1", "C3"]
    assert shown.compared
    assert (shown.compared["accounts"], shown.compared["before"]) == (1, Decimal("101.42"))
