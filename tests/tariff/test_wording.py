"""A grid read aloud says every clause, every amount and every condition it was voted with."""

from pathlib import Path

import pytest

from tariff.explain import euros
from tariff.grids import read_grids
from tariff.model import Grid
from tariff.wording import told_clauses
from tests.tariff.test_cases import DATA

GRIDS = sorted((DATA / "grids").glob("*.toml"))


def grid(name: str) -> Grid:
    """One of the grids, alone."""
    found, problems = read_grids({name: (DATA / "grids" / name).read_text(encoding="utf-8")})
    assert problems == ()
    return next(iter(found))


@pytest.mark.parametrize("path", GRIDS, ids=[path.stem for path in GRIDS])
def test_every_clause_and_every_amount_is_said(path: Path) -> None:
    """One text per clause, in the order voted; each price of a scale is in its clause's text."""
    one = grid(path.name)
    told = told_clauses(one)
    groups = (one.fixed, one.counted, one.allowances, one.minimums, one.percents, one.advances)
    clauses = sorted((item.clause for group in groups for item in group), key=lambda clause: clause.order)
    assert [said.title for said in told] == [clause.text for clause in clauses]
    for clause, said in zip(clauses, told, strict=True):
        text = " ".join((said.sentence, *said.rows))
        assert "None" not in text
        assert "Fraction" not in text
        for row in clause.rows:
            for tier in row.tiers if said.kind != "pourcentage" else ():
                assert f"{euros(tier.price)} €" in text


def test_a_grid_reads_as_a_council_would_say_it() -> None:
    """The sentences of the example that uses every type of clause."""
    told = {one.title: (one.sentence, *one.rows) for one in told_clauses(grid("exemple-2025.toml"))}
    assert told["Abonnement du foyer"] == (
        "Par an, tout mois commencé est dû. Seulement catégorie ménage ou résidence secondaire.",
        "catégorie ménage, personnes 1 à 2 : 99,00 €",
        "catégorie ménage, personnes 3 et plus : 136,80 €",
        "catégorie résidence secondaire : 110,00 €",
    )
    assert told["3 levées comprises par trimestre, reportées jusqu'à 3"] == (
        "3 levées sans frais par trimestre, pour chaque bac, dû en entier dès le premier jour ; "
        "ce qui reste est reporté (au plus 3).",
    )
    assert told["Levée d'un bac"][1] == "bac (litres) 1 à 120 : 2,40 € jusqu'à 6, 3,60 € ensuite"
    assert told["Bac refusé au tri"] == ("18,00 € par refus de tri.",)
    assert told["TVA à 10 %"][0] == "10 % de tout ce qui précède. Seulement catégorie professionnel."
