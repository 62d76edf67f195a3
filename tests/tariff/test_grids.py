"""Bad grids are refused with file, line and sentence, all mistakes at once; nothing is guessed."""

import re
from datetime import date
from pathlib import Path

import pytest

from tariff.grids import read_grids

GOOD = """[grille]
nom = "Essai"
collectivite = "CC d'Essai"
regime = "REOMi"
deliberation = "n° 1"
source = "essai"
du = 2024-01-01

[arrondi]
par = "ligne"
mode = "demi_haut"

[[clause]]
id = "fixe"
type = "fixe"
article = "art. 1"
texte = "Part fixe"
chaque = "annee"
prorata = "jour"
bareme = [
  { personnes = "1-2", montant = 10.50 },
  { personnes = "3+", montant = 20 },
]

[[clause]]
id = "comprises"
type = "compris"
article = "art. 2"
texte = "Comprises"
unite = "levee"
quantite = 6
chaque = "annee"
portee = "bac"
prorata = "jour"
arrondi = "proche"

[[clause]]
id = "levee"
type = "variable"
article = "art. 3"
texte = "Levée"
unite = "levee"
prix = 2.35
"""


def refused(text: str) -> list[str]:
    """The problems of one grid, as printed."""
    grids, problems = read_grids({"g.toml": text})
    assert not list(grids) or not problems
    return [str(one) for one in problems]


def test_the_good_grid_is_read() -> None:
    """The one that every row below spoils."""
    assert refused(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "sentence"),
    [
        ("10.50", "1e1", 21, "« 1e1 » est un nombre flottant : un montant s'écrit exactement"),
        ("10.50", "inf", 21, "« inf » est un nombre flottant"),
        ("10.50", '"dix"', 21, "il faut un montant exact"),
        ("10.50", "-3", 21, "« -3 » est négatif"),
        ("10.50", "1.1234567", 21, "a plus de 6 décimales"),
        ('"3+"', '"4+"', 20, "le barème ne dit rien pour 3 personne(s)"),
        ('"3+"', '"3-5"', 20, "le barème ne dit rien pour 6 et plus personne(s)"),
        ('"3+"', '"2+"', 22, "les lignes 1 et 2 du barème peuvent s'appliquer à la même situation"),
        ('"3+"', '"5-3"', 22, "l'intervalle « 5-3 » est à l'envers"),
        ('"3+"', '"trois"', 22, "il faut un nombre, ou un intervalle"),
        ("personnes", "personne", 21, "« personne » n'a pas de sens ici. Vouliez-vous dire « personnes » ?"),
        ('texte = "Part fixe"\n', "", 13, "il manque « texte »."),
        ('prorata = "jour"\nbareme', "bareme", 13, "il manque « prorata »."),
        ('id = "levee"', 'id = "fixe"', 38, "deux clauses s'appellent « fixe »"),
        ('unite = "levee"\nprix', 'unite = "ouverture"\nprix', 25, "il manque une clause de type"),
        ("quantite = 6", "quantite = -6", 31, "« -6 » est négatif."),
        ('"variable"', '"variables"', 39, "il faut l'un de fixe, remise, variable"),
        ("2.35", "2,35", 43, "le fichier n'est pas du TOML correct"),
        ('mode = "demi_haut"', 'mode = "au hasard"', 11, "il faut l'un de demi_haut"),
        ('du = 2024-01-01', 'du = 2024-01-01\nau = 2023-01-01', 8, "avant son début"),
        ('du = 2024-01-01', 'du = "hier"', 7, "doit être un jour"),
        ('source = "essai"\n', "", 1, "il manque « source »."),
        ("prix = 2.35", "tranches = [{ jusqua = 5, prix = 1 }, { jusqua = 4, prix = 2 }]", 43, "jusqua"),
        ("prix = 2.35", "", 37, "il faut soit « bareme », soit une seule valeur"),
        ('regime = "REOMi"', 'regime = "TEOMi"\nplancher = 1.5e3', 5, "nombre flottant"),
    ],
)  # fmt: skip
def test_a_bad_grid_is_refused_where_it_is_bad(before: str, after: str, line: int, sentence: str) -> None:
    """One mistake, its line, and a sentence that says what to write."""
    found = refused(GOOD.replace(before, after, 1))
    assert any(one.startswith(f"g.toml:{line}: ") and sentence in one for one in found), found


def test_every_mistake_is_told_at_once() -> None:
    """Whoever writes a grid mends it in one go."""
    bad = GOOD.replace("10.50", "1e1").replace("2.35", "nan").replace('"jour"\nbareme', '"semaine"\nbareme')
    assert len(refused(bad)) == 3


def test_two_prices_for_one_unit_must_be_told_apart() -> None:
    """The same lift would be billed twice; a condition that excludes makes it right."""
    more = GOOD[GOOD.rindex("[[clause]]") :].replace('id = "levee"', 'id = "levee2"')
    assert any("deux clauses donnent un prix pour « levee »" in one for one in refused(GOOD + more))
    pro = 'si = { categorie = "professionnel" }\nunite = "levee"\nprix'
    rest = 'si = { sauf_categorie = "professionnel" }\nunite = "levee"\nprix'
    apart = GOOD.replace('unite = "levee"\nprix', rest) + more.replace('unite = "levee"\nprix', pro)
    assert refused(apart) == []
    renamed = more.replace('unite = "levee"', 'unite = "autre"\nevenements = ["levee"]')
    assert any("seraient comptés deux fois" in one for one in refused(GOOD + renamed))


def test_the_law_of_teomi_is_checked() -> None:
    """CGI art. 1522 bis: shared quantities go by rateable value, the tariff is the same in every commune."""
    teomi = GOOD.replace("REOMi", "TEOMi")
    shared = teomi.replace("prix = 2.35", 'prix = 2.35\npartage = "egal"')
    zoned = teomi.replace("prix = 2.35", 'prix = 2.35\nsi = { commune = "Fruges" }')
    assert refused(teomi) == []
    assert any("valeur locative (CGI, art. 1522 bis)" in one for one in refused(shared))
    assert any("ne peut pas dépendre de la commune" in one for one in refused(zoned))
    assert refused(shared.replace("TEOMi", "REOMi")) == []


def test_history_is_adding_a_file() -> None:
    """An open grid ends where the next begins; voted dates that overlap or leave a hole are refused."""
    later = GOOD.replace("2024-01-01", "2025-01-01")
    closed = GOOD.replace("du = 2024-01-01", "du = 2024-01-01\nau = 2024-06-30")
    long = GOOD.replace("du = 2024-01-01", "du = 2024-01-01\nau = 2025-06-30")
    grids, problems = read_grids({"a": GOOD, "b": later})
    assert problems == ()
    before, after = grids.at("", date(2024, 12, 31)), grids.at("", date(2025, 1, 1))
    assert before is not None
    assert after is not None
    assert (before.file, after.file) == ("a", "b")
    assert grids.at("", date(2023, 12, 31)) is None
    assert grids.at("ailleurs", date(2024, 5, 1)) is None
    assert "aucune grille ne vaut du 2024-07-01 au 2024-12-31" in str(
        read_grids({"a": closed, "b": later})[1][0]
    )
    assert "deux grilles valent le 2025-01-01" in str(read_grids({"a": long, "b": later})[1][0])
    assert "deux grilles valent le 2024-01-01" in str(read_grids({"a": GOOD, "b": GOOD})[1][0])
    assert "il n'y a aucune grille" in str(read_grids({})[1][0])


def test_the_readme_describes_every_word() -> None:
    """Whoever writes a grid has never seen the code: each type, key and word is in the documentation."""
    from tariff import calendar, clauses, exact, grids, model

    text = (Path(grids.__file__).parent / "README.md").read_text(encoding="utf-8")
    words = {*clauses.KEYS, *clauses.HEAD, *grids.HEAD, *clauses.FACTS, *clauses.SPLITS, *exact.MODES}
    words |= {
        *calendar.EVERY,
        *model.MEASURES,
        *clauses.ROUNDINGS,
        *(key for keys in clauses.KEYS.values() for key in keys),
    }
    words |= {model.LOST, model.CARRIED, model.DEDUCTED, *calendar.RULES, *grids.REGIMES}
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", text)) == []
