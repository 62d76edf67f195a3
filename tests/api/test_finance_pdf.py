"""Printed bills say what the bill says, to eyes, to readers aloud and to scanners; whole and private."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2
import pypdfium2.raw
import pytest
import zxingcpp
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.finance import bill_pdf_batch, credit
from api.finance.bill_pdf_batch import one_bill, write_bills, zip_bills
from api.finance.bill_settings import BadLetterhead, Billing, read_letterhead
from api.finance.credit_pdf import piece_pdf
from api.finance.imports import SQL, Refusal
from tariff.calendar import Period
from tests.api.finance_village import NOW, issued, village
from tests.api.test_finance import GRID

pytestmark = pytest.mark.db
PAID = Billing(public_url="https://dechets.exemple.fr/", payfip_client="123456")


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three accounts, a real grid."""
    with village(plain_database.dsn) as opened:
        yield opened


def text(pdf: bytes) -> str:
    """What a person reads on the only page, spaces made plain."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return " ".join(document[0].get_textpage().get_text_range().replace("\xa0", " ").split())


def test_the_bill_of_a_household(connection: Connection[DictRow], tmp_path: Path) -> None:
    """Who, what, why, how much, by which vote, how to pay and to contest; tagged; codes that scan."""
    head = tmp_path / "entete.toml"
    head.write_text(
        'nom = "CC du Haut-Pays du Montreuillois"\ndelai_jours = 30\n'
        'payer = ["Par chèque au Trésor public."]\ndatamatrix = "{exercice}/{reference}/{centimes}"\n',
        encoding="utf-8",
    )
    run = issued(connection)
    billing = PAID.model_copy(update={"bill_letterhead": head})
    pdf = one_bill(connection, run, "C1", billing)
    assert pdf is not None
    said = text(pdf)
    for wanted in (
        "CC du Haut-Pays du Montreuillois", "Ève Durand", "12 rue de l’Église 62310 Fruges",
        "Facture de redevance incitative", "n° 2025-000001 du 10 janvier 2025",
        "du 1er janvier 2024 au 31 décembre 2024", "219,31 €", "avant le 9 février 2025",
        "3 levées × 5,12 €", "15,36 €", "203,95 €", "Grille votée", "mars", "Levées",
        "Référence de paiement : 2025000001", "Par chèque", "Contester",
    ):  # fmt: skip
        assert wanted in said, f"{wanted!r}: {said}"
    document = pypdfium2.PdfDocument(pdf)
    assert document.is_tagged()
    assert document.get_metadata_dict()["Title"] == "Facture de redevance incitative"
    assert b"pdfuaid" in pdf
    picture = document[0].render(scale=3).to_numpy()
    codes = {one.format: one.text for one in zxingcpp.read_barcodes(picture)}
    token = connection.execute("SELECT token FROM finance.payable ORDER BY reference LIMIT 1").fetchone()
    assert token
    assert codes[zxingcpp.BarcodeFormat.QRCode] == f"https://dechets.exemple.fr/f/{token['token']}"
    assert codes[zxingcpp.BarcodeFormat.DataMatrix] == "2025/2025000001/21931"
    assert one_bill(connection, run, "C1", billing) == pdf
    assert one_bill(connection, run, "C0", billing) is None


def test_it_is_compared_with_the_bill_before(connection: Connection[DictRow]) -> None:
    """The second half of the year beside the first, use by use; no link when there is no PayFiP."""
    issued(connection, Period(date(2024, 1, 1), date(2024, 7, 1)))
    run = issued(connection, Period(date(2024, 7, 1), date(2025, 1, 1)))
    pdf = one_bill(connection, run, "C1", Billing())
    assert pdf is not None
    said = text(pdf)
    assert "01/01/2024 – 30/06/2024 01/07/2024 – 31/12/2024 Écart" in said
    assert "Levées 6 3 −3" in said
    assert "PayFiP" not in said
    assert "n° 2025-000003" in said  # numbers go on from the run before


def test_a_tax_and_a_trial_year_ask_for_nothing(connection: Connection[DictRow]) -> None:
    """TEOMi is paid to the tax office, a trial's bill to nobody: no reference, no code, and it is said."""
    for file, change, wanted in (
        ("taxe.toml", ('regime = "REOMi"', 'regime = "TEOMi"'), "Ne payez pas ce document"),
        ("essai.toml", ("[arrondi]", "a_blanc = true\n\n[arrondi]"), "rien n’est à payer"),
    ):
        connection.execute("SET ROLE NONE")
        connection.execute("DELETE FROM finance.grid")
        connection.execute("SET ROLE glaneur_api")
        connection.execute(SQL["grid_added"], {"file": file, "body": GRID.replace(*change)})
        connection.commit()
        run = issued(connection)
        pdf = one_bill(connection, run, "C1", PAID)
        assert pdf is not None
        assert wanted in text(pdf)
        assert "Référence de paiement" not in text(pdf)
        row = connection.execute(
            "SELECT count(*) AS n FROM finance.payable WHERE run_id = %s", (run,)
        ).fetchone()
        assert row == {"n": 0}


def test_files_are_written_by_several_processes_and_resumed(
    connection: Connection[DictRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One private file a bill; a lost one alone is written again; half a file is never taken for a bill."""
    monkeypatch.setattr(bill_pdf_batch, "PAGE", 1)
    draft_refused = pytest.raises(Refusal, match="n'est pas émis")
    with draft_refused:
        write_bills(connection, 1, tmp_path, PAID)
    run = issued(connection)
    told: list[tuple[int, int]] = []
    assert write_bills(connection, run, tmp_path, PAID, progress=lambda *one: told.append(one)) == 3
    assert told[-1] == (3, 3)
    folder = tmp_path / f"calcul-{run}"
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"facture-2025-00000{n}.pdf" for n in (1, 2, 3)]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    kept = {path.name: path.read_bytes() for path in files}
    files[1].rename(folder / f".{files[1].name}.part")
    assert write_bills(connection, run, tmp_path, PAID) == 1
    assert {path.name: path.read_bytes() for path in sorted(folder.iterdir())} == kept
    archives = zip_bills(folder, 2)
    assert [path.name for path in archives] == ["factures-001.zip", "factures-002.zip"]
    assert zipfile.ZipFile(io.BytesIO(archives[0].read_bytes())).namelist() == [
        path.name for path in files[:2]
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("nom = ", "ne se lit pas"),
        ("couleur = 1", "mots inconnus : couleur"),
        ("payer = 'oui'", "« payer » est une liste"),
        ("delai_jours = 900", "de 0 à 365"),
        ("datamatrix = '{nom}'", "ne connaît que reference, numero, exercice, centimes"),
    ],
)
def test_a_bad_letterhead_is_told(tmp_path: Path, body: str, sentence: str) -> None:
    """Before anything is printed, by name and in a sentence."""
    path = tmp_path / "entete.toml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(BadLetterhead, match=sentence):
        read_letterhead(path)


def test_a_credit_note_says_what_it_corrects(connection: Connection[DictRow]) -> None:
    """Original, reason, the line and the event taken back, what is left to pay; only once issued."""
    run = issued(connection)
    values = {"id": "k", "at": NOW, "event": "L8", "action": "annuler", "author": "c", "reason": "voisin"}
    connection.execute(SQL["correction_added"], values)
    number = credit.rectify(connection, run, "C1", reason="bac du voisin", by="camille")
    credit.approve(connection, number, "dominique")
    with pytest.raises(Refusal, match="n'est pas émise"):
        piece_pdf(connection, number, PAID)
    credit.issue(connection, number, NOW)
    made = piece_pdf(connection, number, PAID)
    said = text(made)
    for wanted in (
        "Avoir", "n° A2025-000001 du 10 janvier 2025", "n° 2025-000001 du 10 janvier 2025", "2025, ouvert",
        "bac du voisin", "− 1 levée × 5,12 €", "événements retirés : L8", "−5,12 €",
        "Reste à payer : 214,19 €",
    ):  # fmt: skip
        assert wanted in said, f"{wanted!r}: {said}"
    assert pypdfium2.PdfDocument(made).is_tagged()
