"""Labels and bills as PDF: everything that keeps somebody safe is on the label, in every format, and fits."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pypdfium2
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database
from typer.testing import CliRunner

from api.cias.bill_pdf import bill_pdf, euros
from api.cias.labels_pdf import FORMATS, FormatName, labels_of_day, labels_pdf
from api.cli import main
from api.finance.bill_settings import Billing
from meals.french import ALLERGENS, DIETS, TEXTURES, listed
from tests.api.cias_office import EARLY_NOVEMBER, KEY, OCTOBER, SECRET, drive, furnish, number
from tests.api.conftest import make_app, sign_in
from tests.api.test_cias_bills import issued

DAY = date(2026, 10, 20)  # a Tuesday: it carries Wednesday's meal too
LONGEST = {
    "name": "Marie-Madeleine Vandenbroucke-Fauquembergue",
    "round": "Van blanc matin, n° 12",
    "meal": "Déjeuner du mercredi 30 septembre",
    "eat_by": "DLC 30/09/2026",
    "dishes": [
        "Potage de légumes du jardin",
        "Colin sauce citron",
        "Purée maison",
        "Fromage blanc",
        "Compote",
    ],
    "care": "Texture : " + ", ".join((TEXTURES["smooth"], *DIETS.values())),
    "contains": f"Contient : {listed(sorted(ALLERGENS.values()))}.",
    "keep": "À consommer jusqu'au 30/09/2026. À conserver entre 0 et +3 °C.",
}


@pytest.fixture
def connection(territory: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection[DictRow]]:
    """A look into the office's database."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    monkeypatch.setenv("GLANEUR_DATABASE", territory.dsn)
    furnish(territory.dsn)
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def read(pdf: bytes) -> tuple[list[str], list[Any]]:
    """The words of each page, in one line, and the boxes of its texts (left, bottom, right, top, points)."""
    document = pypdfium2.PdfDocument(pdf)
    words, boxes = [], []
    for page in document:
        text = page.get_textpage()
        words.append(" ".join(text.get_text_bounded().replace("\u00ad", "").replace("\ufffe", "").split()))
        boxes.append([text.get_rect(n) for n in range(text.count_rects())])
    return words, boxes


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_longest_label_fits_every_format(form: FormatName) -> None:
    """All fourteen allergens, every diet, a long name: nothing is cut, nothing runs into the next label."""
    chosen = FORMATS[form]
    each = chosen.columns * chosen.rows
    words, boxes = read(labels_pdf([LONGEST] * (each + 1), DAY, form, datetime(2026, 10, 19, tzinfo=UTC)))
    assert len(words) == 2
    joined = words[0]
    for part in ("30/09/2026", "mollusques", "sulfites", "céleri", "lupin", "fruits à coque", "mixé lissé"):
        assert joined.count(part) >= each, part
    point = 72 / 25.4
    bottoms = [
        (chosen.page[1] - chosen.margin[1] - (row + 1) * chosen.label[1] - row * chosen.gap[1]) * point
        for row in range(chosen.rows)
    ]
    tops = [bottom + chosen.label[1] * point for bottom in bottoms]
    for left, bottom, right, top in boxes[0]:
        assert left >= 0
        assert right <= chosen.page[0] * point
        assert any(low <= bottom and top <= high for low, high in zip(bottoms, tops, strict=True))


def test_a_day_s_labels_in_the_rounds_order(connection: Connection[DictRow], territory: Database) -> None:
    """Three trays: his, whose door is planned, then hers for two days; no egg. The reading is logged."""
    drive(connection, number(connection, "r2"), DAY, "delivered")
    made, opened = labels_of_day(connection, SECRET, DAY)
    assert [(one["name"], one["meal"]) for one in made] == [
        ("Léon Delattre", "Déjeuner du mardi 20 octobre"),
        ("Madeleine Carpentier", "Déjeuner du mardi 20 octobre"),
        ("Madeleine Carpentier", "Déjeuner du mercredi 21 octobre"),
    ]
    assert made[0]["round"] == "Van matin, n° 1"
    assert "sans porc" in made[1]["care"]
    assert made[1]["dishes"] == ["Potage de légumes", "Colin sauce citron"]
    assert made[1]["contains"] == "Contient : céleri, lait et poissons."
    assert made[1]["eat_by"] == "DLC 22/10/2026"
    assert len(opened) == 2
    with TestClient(make_app(territory.dsn), follow_redirects=False) as client:
        office = sign_in(client, "portage")
        answer = office.get(f"/portage/etiquettes.pdf?jour={DAY}&format=rouleau")
        assert office.get(f"/portage/etiquettes.pdf?jour={DAY}&format=a3").status_code == 422
    assert answer.headers["content-type"] == "application/pdf"
    words, _ = read(answer.content)
    assert len(words) == 3
    assert "Carpentier" in words[1]
    log = connection.execute("SELECT DISTINCT purpose FROM people.care_reading").fetchall()
    assert log == [{"purpose": "kitchen"}]


def test_a_bill_as_pdf(connection: Connection[DictRow]) -> None:
    """What is due, meal and delivery apart, what was free and why; the same bytes twice."""
    his = number(connection, "r2")
    drive(connection, his, date(2026, 10, 6), "blocked", 6.5)
    run = issued(connection, OCTOBER, EARLY_NOVEMBER)
    row = connection.execute(
        "SELECT id, total FROM meals.bill WHERE run_id = %s AND beneficiary_id = %s", [run, his]
    ).fetchone()
    assert row is not None
    made = bill_pdf(connection, row["id"], Billing())
    assert made is not None
    (text,), _ = read(made[1])
    for part in (
        "PR-2026-00002",
        "Léon Delattre",
        "facture d'octobre 2026",
        "Livraison",
        "retenu : température trop haute",
        f"{row['total']:.2f}".replace(".", ","),
    ):
        assert part in text.replace("’", "'"), part
    assert made == bill_pdf(connection, row["id"], Billing())
    assert b"pdfuaid" in made[1]
    assert bill_pdf(connection, 999999, Billing()) is None
    assert euros(row["total"] * -1).startswith("−")


def test_commands(connection: Connection[DictRow], tmp_path: Path) -> None:
    """A month from a shell: labels, menus, bills by two people, files that their owner alone reads."""

    def run(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(main, ["meals", *words])
        return found.exit_code, found.output

    out = tmp_path / "etiquettes.pdf"
    status, said = run("labels", f"{DAY}", "--out", str(out), "--by", "portage")
    assert (status, said.startswith("3 étiquettes")) == (0, True)
    assert out.read_bytes().startswith(b"%PDF")
    assert out.stat().st_mode & 0o777 == 0o600
    assert run("labels", f"{DAY}", "--out", str(out), "--by", "chauffeur")[0] == 1
    assert run("labels", f"{DAY}", "--out", str(out), "--by", "portage", "--format", "a3")[0] == 1
    bad = tmp_path / "menus.csv"
    bad.write_text("menuDate;menuRepasType\n", encoding="utf-8")
    assert run("menus", str(bad))[0] == 1
    assert run("bills", "open", "2026-10", "--by", "portage")[1] == "Calcul 1 : 2 factures à relire.\n"
    assert run("bills", "look", "1", "--by", "portage")[0] == 0
    status, said = run("bills", "issue", "1", "--by", "portage")
    assert (status, "autre personne" in said) == (1, True)
    assert "2 factures" in run("bills", "issue", "1", "--by", "argent")[1]
    assert run("bills", "abandon", "1")[0] == 1
    assert run("bills", "export", "1", "--out", str(tmp_path / "t.csv"))[0] == 0
    assert "PR-2026-00001" in (tmp_path / "t.csv").read_text(encoding="utf-8")
    assert run("bills", "pdf", "1", "--out", str(tmp_path / "pdf"))[0] == 0
    assert len(list((tmp_path / "pdf").glob("PR-*.pdf"))) == 2
    her = number(connection, "r1")
    data = tmp_path / "d.zip"
    assert run("export-person", str(her), "--out", str(data), "--by", "portage")[0] == 0
    assert data.read_bytes().startswith(b"PK")
    status, said = run("erase-person", str(her), "--by", "portage")
    assert (status, "encore servie" in said) == (1, True)
    assert "files 0" in run("forget")[1]
