"""From CSV files to issued bills on a real database: what is refused is told, what is issued stays."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database
from typer.testing import CliRunner

from api.cli import main
from api.finance import csv_rows, runs
from api.finance.imports import SQL, Refusal, Report, import_rows, keep_account, keep_bin, keep_event
from api.finance.registry import accounts
from store.connection import connect
from tariff.calendar import Period
from tariff.grids import read_grids
from tests.tariff.test_cases import DATA

pytestmark = pytest.mark.db

DENIED = psycopg.errors.InsufficientPrivilege
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
NOW = datetime(2025, 1, 10, tzinfo=UTC)
GRID = (DATA / "grids" / "estuaire-sillon-2024.toml").read_text(encoding="utf-8")
ACCOUNTS = """compte;logement;occupant;nom;commune;du;au;depuis;categorie;personnes
C1;L1;P1;Ève Durand;Fruges;2020-01-01;;;menage;3
C1;L1;P1;Ève Durand;Fruges;2020-01-01;;2024-07-01;menage;4
C2;L2;P2;Jean Petit;Embry;01/01/2020;30/06/2024;;menage;2
C3;L2;P3;Zoé Lenoir;Embry;2024-07-01;;;menage;1
"""
BINS = """bac;volume;flux;compte;du;au
B1;120;omr;C1;2020-01-01;
B2;80;omr;C2;2020-01-01;2024-06-30
B2;80;omr;C3;2024-07-01;
"""


def usage() -> str:
    """Nine lifts of B1 by C1; one of B2 in each hand; an opening of C3, a doubtful one."""
    rows = [f"L{i};2024-0{i}-05T06:00;levee;B1;;" for i in range(1, 10)]
    rows += ["M1;2024-03-05T06:00;levee;B2;;", "M2;2024-08-05T06:00;levee;B2;;"]
    rows += ["O1;2024-09-05T18:00:00Z;ouverture;;C3;", "O2;2024-09-05T18:01;ouverture;;C3;lu deux fois"]
    return "id;le;quoi;bac;compte;a_verifier\n" + "\n".join(rows)


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """The tables as the API may use them."""
    with connect(plain_database.dsn, role="glaneur_api") as opened:
        yield opened


def take(connection: Connection[DictRow], accounts_csv: str, bins_csv: str, usage_csv: str) -> list[Report]:
    """Import the three files."""
    reports = [
        import_rows(connection, csv_rows.account_rows(accounts_csv.encode()), keep_account),
        import_rows(connection, csv_rows.bin_rows(bins_csv.encode()), keep_bin),
        import_rows(connection, csv_rows.usage_rows(usage_csv.encode()), keep_event),
    ]
    connection.commit()
    return reports


@pytest.fixture
def filled(connection: Connection[DictRow]) -> Connection[DictRow]:
    """Three accounts, two bins, a year of usage and a real grid."""
    for report in take(connection, ACCOUNTS, BINS, usage()):
        assert report.refused == []
    connection.execute(SQL["grid_added"], {"file": "2024.toml", "body": GRID})
    connection.commit()
    return connection


def totals(connection: Connection[DictRow], run: int) -> dict[str, Decimal | None]:
    """Each account's total in a run."""
    rows = connection.execute(
        "SELECT a.reference, b.total FROM finance.bill b JOIN finance.account a ON a.id = b.account_id"
        " WHERE run_id = %s ORDER BY 1",
        (run,),
    )
    return {row["reference"]: row["total"] for row in rows}


def test_from_files_to_issued_bills(filled: Connection[DictRow]) -> None:
    """Draft, control, approval by another, issue: the published example's cents; then immutable."""
    run = runs.open_run(filled, "2024", YEAR, "camille")
    found = runs.compute(filled, run)
    assert (found["bills"], found["refused"]) == (3, 0)
    # C2: 177.89 × 182/366 ; C3: 177.89 × 184/366 and an opening; both have 3 lifts included of the year's 6.
    assert totals(filled, run) == {"C1": Decimal("219.31"), "C2": Decimal("88.46"), "C3": Decimal("91.26")}
    with pytest.raises(Refusal, match="ne peut pas être approuvé : il est en brouillon"):
        runs.approve(filled, run, "dominique")
    shown = runs.control(filled, run, "camille")
    assert shown.totals["product"] == Decimal("399.03")
    assert shown.totals["not_billed"] == 1
    with pytest.raises(Refusal, match="Une autre personne"):
        runs.approve(filled, run, "camille")
    runs.approve(filled, run, "dominique")
    assert runs.issue(filled, run, NOW) == 3
    for statement in ("UPDATE finance.bill SET total = 0", "UPDATE finance.run SET status = 'draft'"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            filled.execute(statement.encode())
        filled.rollback()
    with pytest.raises(DENIED):
        filled.execute("DELETE FROM finance.usage_event")
    filled.rollback()
    again = runs.open_run(filled, "2024 bis", YEAR, "camille")
    runs.compute(filled, again)
    assert totals(filled, again) == totals(filled, run)


def test_nobody_sees_what_a_bin_did_in_other_hands(filled: Connection[DictRow]) -> None:
    """B2 went from C2 to C3: each bill names its own lifts only."""
    grids, _ = read_grids({"g": GRID})
    given = {
        one.id: {e.id for e in events} for page in accounts(filled, [grids], YEAR) for _, one, events in page
    }
    assert given["C2"] == {"M1"}
    assert given["C3"] == {"M2", "O1", "O2"}


def test_an_interrupted_run_goes_on_and_an_unfinished_one_is_not_controlled(
    filled: Connection[DictRow], plain_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut after a page of one account: what was written stays, the rest follows, the cents are the same."""
    from api.finance import registry

    monkeypatch.setattr(registry, "PAGE", 1)
    whole = runs.open_run(filled, "entier", YEAR, "camille")
    runs.compute(filled, whole)
    cut = runs.open_run(filled, "coupé", YEAR, "camille")

    def stop(done: int, left: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.compute(filled, cut, stop)
    filled.rollback()
    assert len(totals(filled, cut)) == 2
    with pytest.raises(Refusal, match="1 comptes n'ont pas encore de facture"):
        runs.control(filled, cut, "camille")
    filled.rollback()
    with (
        connect(str(filled.info.dsn), role="glaneur_api") as other,
        pytest.raises(Refusal, match="déjà en cours"),
    ):
        runs.compute(other, cut)
    runs.compute(filled, cut)
    assert totals(filled, cut) == totals(filled, whole)


def test_a_run_never_issues_half_and_never_changes_grids(filled: Connection[DictRow]) -> None:
    """An account that no bill can be made for stops the issue; grids voted meanwhile stop the draft."""
    filled.execute("UPDATE finance.bin_held SET during = daterange('2024-01-01', NULL) WHERE bin_id = 1")
    filled.execute("INSERT INTO finance.bin (code, volume_l) VALUES ('B9', 100)")
    filled.execute(
        "INSERT INTO finance.bin_held SELECT b.id, a.id, '[2024-01-01,)'"
        " FROM finance.bin b, finance.account a WHERE b.code = 'B9' AND a.reference = 'C1'"
    )
    filled.commit()
    run = runs.open_run(filled, "2024", YEAR, "camille")
    assert runs.compute(filled, run)["refused"] == 1
    shown = runs.control(filled, run, "camille")
    assert (
        "aucune ligne du barème de « abonnement » ne convient (volume = 100)" in shown.anomalies[0]["refused"]
    )
    runs.approve(filled, run, "dominique")
    with pytest.raises(Refusal, match="ne s'émet pas à moitié"):
        runs.issue(filled, run, NOW)
    runs.abandon(filled, run)
    draft = runs.open_run(filled, "2024 ter", YEAR, "camille")
    later = GRID.replace("du = 2024-01-01", "du = 2025-01-01")
    filled.execute(SQL["grid_added"], {"file": "2025.toml", "body": later})
    filled.commit()
    with pytest.raises(Refusal, match="Les grilles ont changé"):
        runs.compute(filled, draft)


def test_refused_rows_are_told_and_cost_no_other(connection: Connection[DictRow]) -> None:
    """An occupant in two dwellings, a bin of another size, words for numbers: line and sentence."""
    bad_accounts = ACCOUNTS + (
        "C9;L9;P1;Ève Durand;Fruges;2024-05-01;;;menage;1\n"
        "C8;L1;P8;Luc;Fruges;2024-05-01;;;menage;1\n"
        "C7;L7;P7;Luc;Fruges;2024-05-32;;;menage;1\n"
        "C6;L6;P6;Luc;Fruges;2024-05-01;;;menage;beaucoup\n"
        "C5;L5\n"
        "C4;L4;P4;Luc;Fruges;2024-05-01;2024-04-01;;menage;1\n"
    )
    bad_bins = BINS + (
        "B1;240;omr;C1;2024-01-01;\n"
        "B3;-5;omr;C1;2024-01-01;\n"
        "B4;80;omr;C0;2024-01-01;\n"
        "B1;120;omr;C3;2024-08-01;\n"
    )
    bad_usage = usage() + "\nX;2024-01-05;levee;;;\nX;hier;levee;B1;;\nL1;2024-01-05T06:00;levee;B1;;"
    reports = take(connection, bad_accounts, bad_bins, bad_usage)
    said = [[f"{row.line} {row.reason}" for row in report.refused] for report in reports]
    assert said[0] == [
        "6 Cet occupant est déjà dans un autre logement à ces dates.",
        "7 Ce logement a déjà un autre compte à ces dates.",
        "8 « du » n'est pas un jour (AAAA-MM-JJ ou JJ/MM/AAAA) : 2024-05-32.",
        "9 « personnes » n'est pas un nombre : beaucoup.",
        "10 2 cellules au lieu de 10.",
        "11 Le dernier jour est avant le premier.",
    ]
    assert said[1] == [
        "5 Ce bac existe avec un autre volume ou un autre flux : un bac n'en change pas.",
        "6 Le volume doit être un nombre entier de litres, plus grand que zéro.",
        "7 Le compte C0 n'existe pas.",
        "8 Ce bac est déjà à un autre compte à ces dates.",
    ]
    assert said[2] == [
        "15 Il faut le bac, le badge ou le compte, et un seul des trois.",
        "16 « le » n'est pas un instant (AAAA-MM-JJTHH:MM) : hier.",
    ]
    assert [report.taken for report in reports] == [4, 3, 13]
    assert reports[2].known == 1


def test_the_worker_and_ingest_cannot_read_who_people_are(plain_database: Database) -> None:
    """Names are for the API alone; ingest has no business in finance at all."""
    for role, table in (("glaneur_worker", "people.occupant"), ("glaneur_ingest", "finance.account")):
        with (
            connect(plain_database.dsn, role=role) as opened,
            pytest.raises(DENIED),
        ):
            opened.execute(f"SELECT FROM {table}".encode())


def invoke(*arguments: str) -> Any:
    """Run `glaneur tariff` in this process."""
    return CliRunner().invoke(main, ["tariff", *arguments], env={"COLUMNS": "200"})


def test_the_command_line_from_the_vote_to_the_simulation(
    plain_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vote, import, run, control, approve, issue, simulate: what an officer types, and what is printed."""
    for name in [name for name in os.environ if name.startswith("GLANEUR_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GLANEUR_DATABASE", plain_database.dsn)
    files = {"2024.toml": GRID, "comptes.csv": ACCOUNTS, "bacs.csv": BINS, "usage.csv": usage()}
    for name, body in files.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    project = tmp_path / "projet.toml"
    project.write_text(GRID.replace("2024-01-01", "2026-01-01").replace("5.12", "10.24"), encoding="utf-8")

    assert "1 grille(s) ajoutée(s)" in invoke("vote", str(tmp_path / "2024.toml")).output
    for kind in ("comptes", "bacs", "usage"):
        done = invoke("import", kind, str(tmp_path / f"{kind}.csv"))
        assert done.exit_code == 0, done.output
    done = invoke("run", "2024-01-01", "2024-12-31", "--by", "camille")
    assert "Calcul 1 : 3 factures, 399.03 €" in done.output, done.output
    assert "contrôlé" in invoke("control", "1", "--by", "camille").output
    refused = invoke("approve", "1", "--by", "camille")
    assert refused.exit_code == 1
    assert "Une autre personne" in refused.output
    assert invoke("approve", "1", "--by", "dominique").exit_code == 0
    assert "3 factures" in invoke("issue", "1").output
    profile = DATA / "profiles" / "exemple-csv.toml"
    done = invoke("export", "1", str(profile), str(tmp_path / "out.csv"))
    assert "total 0.00 €" not in done.output, done.output
    written = (tmp_path / "out.csv").read_bytes().decode("cp1252").splitlines()[1]
    assert re.fullmatch(r"C1;Fruges;20\d\d-000001;219,31", written), written
    shown = invoke("simulate", "2024-01-01", "2024-12-31", "--grids", str(project), "--cost", "500")
    assert shown.exit_code == 0, shown.output
    assert "3 comptes comparés" in shown.output
    table = tmp_path / "essai.csv"
    done = invoke("simulate", "2024-01-01", "2024-12-31", "--grids", str(project), "--csv", str(table),
                  "--elasticity", "levee=-0.5,5.12,10.24")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "hypothese;;evenement;levee;pourcentage conserve;50" in table.read_text(encoding="utf-8")
    assert "total;projet;;;produit;383.67" in table.read_text(encoding="utf-8")
    # 3 lifts at 10.24 instead of 5.12: 15.36 more for the product, and for the only losing account.
    assert "414.39" in shown.output
    assert "15.36" in shown.output
    changed = tmp_path / "2024.toml"
    changed.write_text(GRID.replace("5.12", "5.13"), encoding="utf-8")
    assert "une grille votée ne se modifie pas" in invoke("vote", str(changed)).output
