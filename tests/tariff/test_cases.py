"""Every grid and rule with numbers that was found, as files a finance officer can read, comes out."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tariff.billing import bill
from tariff.documents import read_toml
from tariff.explain import explain
from tariff.grids import Grids, read_grids
from tariff.model import Bill, Line

DATA = Path(__file__).parents[1] / "data" / "tariff"
CASES = sorted((DATA / "cases").glob("*.toml"))


def grids(names: list[str]) -> Grids:
    """The grids of a case; the test fails when one is refused."""
    found, problems = read_grids(
        {name: (DATA / "grids" / name).read_text(encoding="utf-8") for name in names}
    )
    assert problems == ()
    return found


def case_bill(path: Path) -> tuple[dict[str, Any], Bill]:
    """A case's document, and the bill that comes out of it."""
    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text, parse_float=Decimal)
    case, problems = read_toml(path.name, text)
    assert problems == ()
    assert case is not None
    found = bill(case.usage, case.situation, grids(document["grilles"]), case.period)
    assert isinstance(found, Bill), found
    return document, found


def as_expected(line: Line, wanted: dict[str, Any]) -> dict[str, Any]:
    """The fields of the line that the case speaks of, as it writes them."""
    shown = {
        "clause": line.clause,
        "quantite": line.quantity,
        "prix": line.price,
        "montant": line.amount,
        "part": line.part,
        "evenements": list(line.events),
    }
    return {key: shown[key] for key in wanted}


def expected(wanted: dict[str, Any]) -> dict[str, Any]:
    """Fractions as numbers."""
    return {
        key: Fraction(str(value)) if key in ("quantite", "part") else value for key, value in wanted.items()
    }


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_a_case_gives_its_expected_lines(path: Path) -> None:
    """Lines, quantities, prices, amounts and the events they count are those of the file, in its order."""
    document, found = case_bill(path)
    wanted = document["attendu"]
    lines = [expected(one) for one in wanted["lignes"]]
    assert len(lines) == len(found.lines), explain(found)
    assert [as_expected(line, one) for line, one in zip(found.lines, lines, strict=True)] == lines
    assert found.total == Decimal(wanted["total"])
    assert found.shadow is wanted.get("a_blanc", False)
    assert len(found.not_billed) == wanted.get("non_factures", 0)


def test_every_grid_file_has_a_case() -> None:
    """No grid is kept without an example that proves how it is read."""
    used = {name for path in CASES for name in tomllib.loads(path.read_text(encoding="utf-8"))["grilles"]}
    assert {path.name for path in (DATA / "grids").glob("*.toml")} == used
