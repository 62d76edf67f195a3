"""Files for other software follow their profile to the character; what does not fit leaves no file."""

from decimal import Decimal

import pytest

from tariff.profiles import read_profile, write_file
from tests.tariff.test_cases import DATA

KEYS = ("compte", "invariant", "commune", "numero", "total", "part_incitative")
ROWS: list[dict[str, object]] = [
    dict(zip(KEYS, ("C;1", "6200000001A", "Créquy", "1-000001", "1219.31", "33.50"), strict=True)),
    dict(zip(KEYS, ("C2", "6200000002B", 'L"Écho', None, Decimal("88.46"), "0"), strict=True)),
]


def profile(name: str) -> str:
    return (DATA / "profiles" / name).read_text(encoding="utf-8")


def test_a_separated_file_quotes_what_must_be() -> None:
    """Separators and quotes inside cells, accents in the profile's encoding, totals as written."""
    found, problems = read_profile("p", profile("exemple-csv.toml"))
    assert problems == ()
    assert found is not None
    data, totals, problems_said = write_file(found, ROWS)
    assert problems_said == ()
    assert data.decode("cp1252").split("\r\n") == [
        "Compte;Commune;Numéro;Montant",
        '"C;1";Créquy;1-000001;1219,31',
        'C2;"L""Écho";;88,46',
        "",
    ]
    assert totals["total"] == Decimal("1307.77")


def test_fixed_widths_and_whole_euros() -> None:
    """33.50 € is 34 € by the profile's step, written in cents on nine digits; so is the total."""
    found, _ = read_profile("p", profile("exemple-retour-teomi.toml"))
    assert found is not None
    data, totals, problems = write_file(found, ROWS)
    assert problems == ()
    assert data == b"6200000001A 000003400I\r\n6200000002B 000000000I\r\n"
    assert totals["part_incitative"] == Decimal("34.00")


def test_what_does_not_fit_leaves_no_file() -> None:
    """Too long, or a letter the encoding has not: an empty file and a sentence."""
    found, _ = read_profile("p", profile("exemple-retour-teomi.toml"))
    assert found is not None
    long, _, said = write_file(found, [{**ROWS[0], "invariant": "62000000000001"}])
    assert (long, said) == (b"", ("enregistrement 1 : « 62000000000001 » dépasse 12 caractères.",))
    accent, _, said = write_file(found, [{**ROWS[0], "invariant": "6200é"}])
    assert (accent, said) == (b"", ("« é » ne s'écrit pas en ascii.",))


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('champ = "invariant"', 'champ = "couleur"', "il faut l'un de compte, invariant"),
        ("largeur = 12", "", "« largeur » : un nombre de caractères"),
        ('encodage = "ascii"', 'encodage = "ebcdic"', "il faut l'un de utf-8"),
        ('remplissage = "0"', 'remplissage = "00"', "un seul caractère"),
        ('constante = "I"', "", "il faut « champ » ou « constante »"),
    ],
)
def test_a_bad_profile_is_refused(before: str, after: str, sentence: str) -> None:
    """With its line, as a grid is."""
    found, problems = read_profile("p.toml", profile("exemple-retour-teomi.toml").replace(before, after, 1))
    assert found is None
    assert any(sentence in str(one) and one.line for one in problems), problems
