"""A voted grid read aloud: what each clause says, in French, for who voted it. Computes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tariff.calendar import ONCE, Proration
from tariff.exact import Number
from tariff.explain import UNITS, euros
from tariff.lines import figure
from tariff.model import (
    CARRIED,
    DEDUCTED,
    MEASURES,
    PER_BIN,
    Advance,
    Clause,
    Counted,
    Fixed,
    Grid,
    Percent,
    Quota,
    Row,
    Span,
    Test,
    Where,
)

PER = {"annee": "par an", "semestre": "par semestre", "quadrimestre": "par quadrimestre",
       "trimestre": "par trimestre", "mois": "par mois", ONCE: "une seule fois, à l'arrivée"}  # fmt: skip
LENGTHS = {"annee": "toute année", "semestre": "tout semestre", "quadrimestre": "tout quadrimestre",
           "trimestre": "tout trimestre", "mois": "tout mois"}  # fmt: skip
DUE = {"commence": "commencé est dû", "entier": "entier de présence est dû", "au_1er": "où l'on est présent "
       "le 1er est dû", "au_15": "où l'on est présent le 15 est dû"}  # fmt: skip
Value = Callable[[Row], str]
BASES = {"foyer": "", "bac": "pour chaque bac", "litre": "par litre de bac en place"}
SPLIT = {"egal": "à parts égales", "personnes": "selon les personnes", "valeur_locative": "selon la valeur "
         "locative", "tantiemes": "selon les tantièmes"}  # fmt: skip
SAID = {"menage": "ménage", "residence_secondaire": "résidence secondaire",
        "batiment_public": "bâtiment public",
        "vegetaux": "végétaux"}  # fmt: skip
ROUNDED = {"inferieur": "arrondi au nombre inférieur", "superieur": "arrondi au nombre supérieur",
           "demi_haut": "arrondi au plus proche", "exact": "sans arrondi"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A clause: its article and title as voted, its sentence, and one sentence for each row of its scale."""

    order: int
    kind: str
    article: str
    title: str
    sentence: str
    rows: tuple[str, ...]


def told_clauses(grid: Grid) -> tuple[Told, ...]:
    """Every clause of the grid, in the order voted."""
    found = [
        *(_told(one.clause, "fixe" if one.sign > 0 else "remise", _fixed(one), _money) for one in grid.fixed),
        *(_told(one.clause, one.label, _counted(one), _money) for one in grid.counted),
        *(
            _told(one.clause, one.role, _quota(one), _amount(one.unit))
            for one in (*grid.allowances, *grid.minimums)
        ),
        *(_told(one.clause, "pourcentage", _percent(one, grid), _rate) for one in grid.percents),
        *(_told(one.clause, "acompte", _advance(one), _money) for one in grid.advances),
    ]
    return tuple(sorted(found, key=lambda one: one.order))


def _told(clause: Clause, kind: str, sentence: str, value: Value) -> Told:
    whom = f" Seulement {_where(clause.where)}." if clause.where else ""
    head = f"{value(clause.rows[0])} {sentence}" if _single(clause) else sentence
    rows = (
        ()
        if _single(clause)
        else tuple(f"{_where(row.where) or 'sinon'} : {value(row)}" for row in clause.rows)
    )
    return Told(
        order=clause.order,
        kind=kind,
        article=clause.article,
        title=clause.text,
        sentence=f"{head[:1].upper()}{head[1:]}.{whom}",
        rows=rows,
    )


def _single(clause: Clause) -> bool:
    return len(clause.rows) == 1 and not clause.rows[0].where


def _money(row: Row) -> str:
    if len(row.tiers) == 1:
        return f"{euros(row.tiers[0].price)} €"
    return ", ".join(
        f"{euros(tier.price)} €"
        + (f" jusqu'à {figure(tier.up_to)}" if tier.up_to is not None else " ensuite")
        for tier in row.tiers
    )


def _rate(row: Row) -> str:
    return f"{figure(Fraction(row.tiers[0].price))} %"


def _amount(unit: str) -> Value:
    return lambda row: f"{figure(row.quantity)} {units(unit, row.quantity)}"


def units(unit: str, quantity: Number = 2) -> str:
    """A unit's name, plural from 2 on."""
    return UNITS.get(unit, (unit.replace("_", " "),) * 2)[quantity > 1]


def _fixed(one: Fixed) -> str:
    basis = BASES.get(one.basis, f"par unité de {fact_word(one.basis)}")
    shared = f", à partager {SPLIT[one.split]}" if one.split else ""
    return (
        ", ".join(filter(None, (f"{PER[one.every]} {basis}".strip(), _proration(one.proration, one.every))))
        + shared
    )


def _counted(one: Counted) -> str:
    kinds = ", ".join(sorted(units(kind, 1) for kind in one.kinds))
    what = f"par {units(one.unit, 1)}" + (f" ({kinds})" if one.measure in MEASURES else "")
    tiered = any(len(row.tiers) > 1 for row in one.clause.rows)
    where = f", compté {PER[one.every]} et par {'bac' if one.scope == PER_BIN else 'foyer'}" if tiered else ""
    shared = f" ; d'un bac commun, à partager {SPLIT[one.split]}" if one.split else ""
    return f"{what}{where}{shared}"


def _quota(one: Quota) -> str:
    what = "sans frais" if one.role == "compris" else "dues au moins"
    scope = "pour chaque bac" if one.scope == PER_BIN else "par foyer"
    rule = _proration(one.proration, one.every) + (f", {ROUNDED[one.rounding]}" if one.prorated else "")
    unused = {CARRIED: " ; ce qui reste est reporté", DEDUCTED: " ; ce qui reste est déduit"}.get(
        one.unused, ""
    )
    most = f" (au plus {figure(one.carry_most)})" if one.carry_most is not None else ""
    name = "" if _single(one.clause) else f"{units(one.unit)} "
    return f"{name}{what} {PER[one.every]}, {scope}, {rule}{unused}{most}"


def _percent(one: Percent, grid: Grid) -> str:
    everything = (grid.fixed, grid.counted, grid.allowances, grid.minimums, grid.percents, grid.advances)
    titles = {clause.id: clause.text for group in everything for clause in (item.clause for item in group)}
    before = {clause.id for group in everything for clause in (item.clause for item in group)
              if clause.order < one.clause.order}  # fmt: skip
    if before <= set(one.base) and len(before) > 1:
        return "de tout ce qui précède"
    return f"de : {', '.join(titles[name] for name in one.base)}"


def _advance(one: Advance) -> str:
    calls = ", ".join(
        f"{figure(Fraction(part))} % le {day:02}/{month:02}" for month, day, part in one.schedule
    )
    return "ce qui a été appelé d'avance est déduit" + (f" (appels : {calls})" if calls else "")


def _proration(rule: Proration, every: str) -> str:
    if every == ONCE:
        return ""
    if rule.unit == "jour":
        return "au prorata des jours"
    if rule.unit == every and rule.rule == "commence":
        return "dû en entier dès le premier jour"
    return f"{LENGTHS[rule.unit]} {DUE[rule.rule]}"


def _where(where: Where) -> str:
    return ", ".join(map(_test, where))


def _test(test: Test) -> str:
    name = fact_word(test.fact)
    if isinstance(test.wanted, Span):
        low, high = figure(test.wanted.low), test.wanted.high
        said = (
            f"{low} et plus"
            if high is None
            else low
            if high == test.wanted.low
            else f"{low} à {figure(high)}"
        )
        return f"{name} {'hors ' if test.negated else ''}{said}"
    words = " ou ".join(sorted(SAID.get(word, word.replace("_", " ")) for word in test.wanted))
    return f"{name} {'sauf ' if test.negated else ''}{words}"


def fact_word(name: str) -> str:
    """A fact as people call it."""
    said = {"categorie": "catégorie", "volume": "bac (litres)", "volume_total": "litres en place",
            "frequence": "collectes par semaine", "valeur_locative": "valeur locative",
            "tantiemes": "tantièmes", "options": "option", "bacs": "nombre de bacs"}  # fmt: skip
    if name.startswith("bacs_"):
        return f"nombre de bacs {name.removeprefix('bacs_')}"
    return said.get(name, name.replace("_", " "))
