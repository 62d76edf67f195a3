"""Documents never crash the reader: mistakes come back as sentences, and a bill survives its own document."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tariff.billing import bill
from tariff.documents import Case, read_case, read_json, read_toml, write_bill
from tariff.grids import read_grids
from tariff.model import Bill
from tariff.reading import Reader, open_toml
from tests.tariff.test_cases import DATA
from tests.tariff.test_grids import GOOD

CASE: dict[str, Any] = {
    "periode": {"du": "2024-01-01", "au": "2024-12-31"},
    "situation": {
        "id": "foyer-1",
        "du": "2020-01-01",
        "etats": [{"personnes": 2}, {"du": "2024-05-01", "personnes": 3}],
        "bacs": [{"id": "B1", "volume": 120}],
        "badges": [{"id": "k"}],
    },
    "usage": [{"id": "L", "quoi": "levee", "bac": "B1", "le": "2024-02-01T06:00:00+01:00", "fois": 9}],
    "corrections": [],
}
WORDS = st.sampled_from(
    sorted(
        {
            "periode",
            "situation",
            "usage",
            "corrections",
            "du",
            "au",
            "etats",
            "bacs",
            "partages",
            "cles",
            "id",
        }
        | {"le", "fois", "volume", "quoi", "kg", "montant", "badges", "grille", "clause", "arrondi", "type"}
        | {"bareme", "si", "tranches", "sur"}
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2024-01-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def spoiled(path: list[str | int], value: object) -> list[str]:
    """What is said of the case when one of its values is another."""
    document = json.loads(json.dumps(CASE))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    case, problems = read_json("u.json", json.dumps(document))
    assert (case is None) is bool(problems)
    return [str(one) for one in problems]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (["periode", "au"], "2023-01-01", "la période finit avant de commencer"),
        (["periode", "du"], 5, "« du » doit être un jour"),
        (["situation", "etats"], [], "il manque « etats »"),
        (["situation", "etats", 0, "personnes"], -1, "jamais négatif"),
        (["situation", "etats", 1, "du"], "2020-01-01", "deux états commencent le 2020-01-01"),
        (["situation", "bacs", 0, "volume"], 0, "plus grand que zéro"),
        (["situation", "bacs", 0, "volume"], 120.5, "un nombre entier de litres"),
        (["situation", "bacs"], [{"id": "B", "volume": 1}, {"id": "B", "volume": 2}], "donné deux fois"),
        (["usage", 0, "le"], "2024-02-01T06:00:00", "un instant avec son fuseau"),
        (["usage", 0, "kg"], -2, "« -2 » est négatif"),
        (["usage", 0, "kg"], 1e-300, "il faut un nombre exact"),
        (["usage", 0, "fois"], 10**9, "au plus 5000 événements"),
        (["usage", 0, "fois"], 1.5, "des nombres entiers"),
        (["usage", 0, "lieu"], "x", "« lieu » n'a pas de sens ici. Vouliez-vous dire « le » ?"),
        (["corrections"], [{"id": "c"}], "il manque « evenement »"),
        (["corrections"], "rien", "doit être une liste de tables"),
        (["situation"], "rien", "doit être une table"),
    ],
)
def test_a_bad_case_is_refused_with_a_sentence(path: list[str | int], value: object, sentence: str) -> None:
    """Negative volumes, days that make no sense, instants without a zone: no bill, and why."""
    found = spoiled(path, value)
    assert any(sentence in one for one in found), found


@settings(max_examples=150, deadline=None)
@given(document=VALUES)
def test_no_document_crashes_the_reader(document: object) -> None:
    """Any JSON is a case or problems, never an exception."""
    case, problems = read_case(Reader("x"), document)
    assert isinstance(case, Case) or problems


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=60) | st.binary(max_size=40).map(lambda one: one.decode("latin-1")),
    cut=st.integers(0, 700),
)
def test_no_text_crashes_the_grid_reader(text: str, cut: int) -> None:
    """A grid with anything put anywhere in it is read, or refused with a line."""
    _, problems = read_grids({"g.toml": GOOD[:cut] + text + GOOD[cut:]})
    assert all(one.line >= 1 and one.sentence for one in problems)


@settings(max_examples=60, deadline=None)
@given(rank=st.integers(0, 2), key=WORDS, value=VALUES)
def test_no_value_crashes_a_clause(rank: int, key: str, value: object) -> None:
    """Any value under any key of any clause is read, or refused."""
    from tariff.clauses import FACTS, Read, read_clause

    reader, document = open_toml("g.toml", GOOD)
    assert document is not None
    clauses: Any = document["clause"]
    clauses[rank][key] = value
    read_clause(reader, clauses[rank], rank, dict(FACTS), Read())
    assert all(one.sentence for one in reader.problems)


def test_a_toml_case_and_its_json_twin_give_the_same_bill() -> None:
    """The format is one, whatever it is written in; amounts leave as texts."""
    path = DATA / "cases" / "estuaire-sillon-120L-9-levees.toml"
    text = path.read_text(encoding="utf-8")
    case, problems = read_toml(path.name, text)
    assert problems == ()
    assert case is not None
    _, document = open_toml(path.name, text)
    twin, problems = read_json("u.json", json.dumps(document, default=_plain))
    assert problems == ()
    assert twin == case
    grid = DATA / "grids" / "estuaire-sillon-2024.toml"
    grids, _ = read_grids({grid.name: grid.read_text(encoding="utf-8")})
    found = bill(case.usage, case.situation, grids, case.period)
    assert isinstance(found, Bill)
    written = json.loads(json.dumps(write_bill(found)))
    assert written["total"] == "219.31"
    assert written["lignes"][2]["evenements"] == ["L-7", "L-8", "L-9"]


def _plain(value: object) -> str | float:
    return value.isoformat() if isinstance(value, date | datetime) else float(str(value))
