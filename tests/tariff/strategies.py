"""Grids, households and usage for properties: any mix of windows, prorations, allowances and shared bins."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from tariff.calendar import MONTHS, NEVER, Period
from tariff.grids import Grids, read_grids
from tariff.model import Bin, Event, Situation, State

FIRST = date(2024, 1, 1)
YEARS = Period(FIRST, date(2026, 1, 1))
PRORATIONS = (
    "jour", "aucun", "mois_commence", "mois_entier", "mois_au_15", "trimestre_au_1er", "semestre_commence",
)  # fmt: skip
HEAD = """
[grille]
nom = "n"
collectivite = "c"
regime = "REOMi"
deliberation = "d{year}"
source = "s"
du = {year}-01-01
exercice_commence = {opens}
[arrondi]
par = "{per}"
mode = "demi_haut"
"""
BODY = """
[[clause]]
id = "part-fixe"
type = "fixe"
article = "a"
texte = "t"
chaque = "{every}"
prorata = "{prorata}"
bareme = [{{ personnes = "1-2", montant = {fixed} }}, {{ personnes = "3+", montant = 151.77 }}]
[[clause]]
id = "bacs"
type = "fixe"
article = "a"
texte = "t"
assiette = "litre"
chaque = "semestre"
prorata = "{prorata2}"
montant = 0.1333
[[clause]]
id = "comprises"
type = "compris"
article = "a"
texte = "t"
unite = "levee"
chaque = "{window}"
portee = "{scope}"
prorata = "{prorata2}"
arrondi = "{rounding}"
non_utilise = "{unused}"
bareme = [{{ personnes = "1-2", quantite = 2 }}, {{ personnes = "3+", quantite = {included} }}]
[[clause]]
id = "levee"
type = "variable"
article = "a"
texte = "t"
unite = "levee"
chaque = "{window}"
portee = "bac"
partage = "personnes"
tranches = [{{ jusqua = 3, prix = 1.11 }}, {{ prix = {second} }}]
[[clause]]
id = "poids"
type = "variable"
article = "a"
texte = "t"
unite = "kg"
evenements = ["levee"]
partage = "personnes"
prix = 0.137
[[clause]]
id = "minimum"
type = "minimum"
article = "a"
texte = "t"
unite = "kg"
quantite = 3
chaque = "{window}"
portee = "foyer"
prorata = "aucun"
"""


@st.composite
def grid_texts(draw: st.DrawFn, unused: tuple[str, ...] = ("perdu", "reporte", "deduit")) -> dict[str, str]:
    """One or two years of grids, of the same or of another shape."""
    texts = {}
    for year in (2024, 2025)[: draw(st.integers(1, 2))]:
        window = draw(st.sampled_from(sorted(MONTHS)))
        body = BODY.format(
            every=draw(st.sampled_from(sorted(MONTHS))),
            prorata=draw(st.sampled_from(PRORATIONS)),
            prorata2=draw(st.sampled_from(PRORATIONS)),
            fixed=draw(st.decimals("0.01", "300", places=2)),
            window=window,
            scope=draw(st.sampled_from(("bac", "foyer"))),
            rounding=draw(st.sampled_from(("inferieur", "superieur", "proche", "exact"))),
            unused=draw(st.sampled_from(unused)),
            included=draw(st.integers(0, 6)),
            second=draw(st.decimals("1.11", "9", places=3)),
        )
        opens = 1 if year == 2025 or draw(st.booleans()) else 7
        head = HEAD.format(year=year, opens=opens, per=draw(st.sampled_from(("ligne", "facture"))))
        texts[f"{year}.toml"] = head + body
    return texts


def read(texts: dict[str, str]) -> Grids:
    """The grids; they are right by construction."""
    grids, problems = read_grids(texts)
    assert problems == ()
    return grids


def days(least: date = FIRST, most: date = date(2025, 12, 31)) -> st.SearchStrategy[date]:
    """Days of two years, month ends and firsts included."""
    return st.dates(least, most)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A household that comes, grows, changes bins, shares one, and leaves or stays."""
    arrival = draw(st.sampled_from((date(2020, 5, 1), draw(days()))))
    left = draw(st.one_of(st.none(), days(max(arrival, FIRST))))
    here = Period(arrival, left + timedelta(days=1) if left else NEVER)
    states = [State(since=arrival, facts={"personnes": draw(st.integers(1, 5))})]
    changed = draw(st.one_of(st.none(), days()))
    if changed and changed > arrival:
        states.append(State(since=changed, facts={"personnes": draw(st.integers(1, 5))}))
    swap = draw(days())
    bins = [Bin(id="A", volume_l=120, stream="omr", period=Period(date(2019, 1, 1), swap))]
    if draw(st.booleans()):
        bins.append(Bin(id="B", volume_l=240, stream="omr", period=Period(swap, NEVER)))
    if draw(st.booleans()):
        weights = {"foyer": {"personnes": 2}, "autre": {"personnes": draw(st.integers(0, 5))}}
        bins.append(
            Bin(id="C", volume_l=660, stream="omr", period=Period(date(2019, 1, 1), NEVER), weights=weights)
        )
    return Situation(id="foyer", period=here, states=tuple(states), bins=tuple(bins))


@st.composite
def usages(draw: st.DrawFn) -> list[Event]:
    """Lifts of known and unknown bins, weighed or not, doubtful or twice, and something nobody prices."""
    found = []
    for rank in range(draw(st.integers(6, 25))):
        day = draw(days())
        found.append(
            Event(
                id=f"e{rank if rank % 9 else 0}",
                at=datetime(day.year, day.month, day.day, draw(st.integers(0, 23)), tzinfo=UTC),
                kind=draw(st.sampled_from(("levee", "levee", "levee", "levee", "inconnu"))),
                bin=draw(st.sampled_from(("A", "A", "B", "C", "Z"))),
                kg=draw(st.one_of(st.none(), st.integers(0, 40), st.just(Fraction(25, 2)))),
                aside=draw(st.sampled_from((None, None, None, "à vérifier : essai"))),
            )
        )
    return found
