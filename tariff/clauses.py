"""Clauses of a grid, one reading function per type. README.md describes every key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from tariff.calendar import EVERY, MONTHS, ONCE, Proration, proration
from tariff.conditions import BINS_OF
from tariff.exact import Number
from tariff.model import (
    CARRIED,
    DEDUCTED,
    LOST,
    MEASURES,
    PER_BIN,
    POOLED,
    Advance,
    Clause,
    Counted,
    Fixed,
    Percent,
    Quota,
    Row,
    Test,
    Tier,
    Where,
)
from tariff.places import Path
from tariff.reading import Reader, Table

# Facts that every situation may say; a grid declares others in [faits].
FACTS = {
    "personnes": "nombre",
    "bacs": "nombre",
    "volume": "nombre",
    "volume_total": "nombre",
    "frequence": "nombre",
    "valeur_locative": "nombre",
    "tantiemes": "nombre",
    "flux": "texte",
    "categorie": "texte",
    "commune": "texte",
    "options": "texte",
}
NOT = "sauf_"
SPLITS = ("egal", "personnes", "valeur_locative", "tantiemes")
BIN_BASES = ("bac", "litre")
ROUNDINGS = {"inferieur": "inferieur", "superieur": "superieur", "proche": "demi_haut", "exact": "exact"}
HEAD = {"type", "id", "article", "texte", "si"}
QUOTA = {"unite", "quantite", "bareme", "chaque", "portee", "prorata", "arrondi"}
KEYS: dict[str, set[str]] = {
    "fixe": {"assiette", "chaque", "prorata", "montant", "bareme", "partage"},
    "remise": {"assiette", "chaque", "prorata", "montant", "bareme", "unite", "evenements", "prix"},
    "variable": {"unite", "evenements", "prix", "tranches", "bareme", "chaque", "portee", "partage"},
    "service": {"unite", "evenements", "prix", "bareme"},
    "penalite": {"unite", "evenements", "prix", "bareme"},
    "compris": {*QUOTA, "non_utilise", "report_max"},
    "minimum": QUOTA,
    "pourcentage": {"taux", "bareme", "sur"},
    "acompte": {"evenement", "echeances"},
}  # fmt: skip


@dataclass(slots=True)
class Read:
    """The clauses read so far, by what they become."""

    fixed: list[Fixed] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    allowances: list[Quota] = field(default_factory=list)
    minimums: list[Quota] = field(default_factory=list)
    percents: list[Percent] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    heads: list[tuple[str, Clause]] = field(default_factory=list)


def read_clause(reader: Reader, table: Table, rank: int, facts: dict[str, str], into: Read) -> None:
    """Read the clause of this rank; what is wrong is in the reader."""
    path: Path = ("clause", rank)
    kind = reader.choice(table, path, "type", KEYS)
    if kind is None:
        return
    reader.known(table, path, HEAD | KEYS[kind])
    name = reader.text(table, path, "id") or ""
    article = reader.text(table, path, "article") or ""
    text = reader.text(table, path, "texte") or ""
    where = read_where(reader, reader.table(table, path, "si"), (*path, "si"), facts)
    rows = _rows(reader, table, path, facts, kind) if kind != "acompte" else ()
    clause = Clause(id=name, article=article, text=text, where=where, rows=rows, order=rank)
    into.heads.append((kind, clause))
    READERS[kind](reader, table, path, kind, clause, into, facts)


def read_where(reader: Reader, table: Table, path: Path, facts: dict[str, str]) -> Where:
    """Conditions: fact = word, [words], number or interval; `sauf_` before the fact's name refuses them."""
    tests = []
    for key, value in table.items():
        negated = key.startswith(NOT)
        fact = key.removeprefix(NOT)
        at = (*path, key)
        nature = "nombre" if fact.startswith(BINS_OF) else facts.get(fact)
        if nature is None:
            reader.known({key: 0}, path, [*facts, *(NOT + one for one in facts)])
        elif nature == "nombre":
            span = reader.span(value, at)
            if span:
                tests.append(Test(fact=fact, wanted=span, negated=negated))
        else:
            words = value if isinstance(value, list) else [value]
            said = ["oui" if w is True else "non" if w is False else w for w in words]
            if said and all(isinstance(word, str) for word in said):
                tests.append(Test(fact=fact, wanted=frozenset(map(str, said)), negated=negated))
            else:
                reader.problem(at, f"« {key} » doit être un texte ou une liste de textes.")
    return tuple(tests)


def _rows(reader: Reader, table: Table, path: Path, facts: dict[str, str], kind: str) -> tuple[Row, ...]:
    """The scale: `bareme`, or the clause's own single value."""
    own = [key for key in ("montant", "prix", "tranches", "quantite", "taux") if key in table]
    if ("bareme" in table) == bool(own) or len(own) > 1:
        wanted = "quantite" if kind in ("compris", "minimum") else "montant, prix, taux ou tranches"
        reader.problem(path, f"il faut soit « bareme », soit une seule valeur ({wanted}).")
        return ()
    if own:
        return _row(reader, {own[0]: table[own[0]]}, path, facts, kind)
    rows: list[Row] = []
    found = reader.tables(table, path, "bareme")
    for rank, row in enumerate(found):
        rows += _row(reader, row, (*path, "bareme", rank), facts, kind)
    if not found:
        reader.problem((*path, "bareme"), "le barème est vide.")
    # A row that was refused must not make the others look as if they left a hole.
    return tuple(rows) if len(rows) == len(found) else ()


VALUES = {
    "fixe": ("montant",),
    "remise": ("montant", "prix"),
    "variable": ("prix", "tranches"),
    "service": ("prix",),
    "penalite": ("prix",),
    "compris": ("quantite",),
    "minimum": ("quantite",),
    "pourcentage": ("taux",),
}


def _row(reader: Reader, row: Table, path: Path, facts: dict[str, str], kind: str) -> tuple[Row, ...]:
    values = [key for key in VALUES[kind] if key in row]
    if len(values) != 1:
        reader.problem(path, f"il faut « {' » ou « '.join(VALUES[kind])} » dans chaque ligne.")
        return ()
    key = values[0]
    rest = {name: value for name, value in row.items() if name != key}
    where = read_where(reader, rest, path, facts)
    at = (*path, key)
    if key == "quantite":
        quantity = reader.number(row[key], at)
        return () if quantity is None else (Row(where=where, quantity=quantity),)
    if key == "tranches":
        tiers = _tiers(reader, row, path)
        return (Row(where=where, tiers=tiers),) if tiers else ()
    price = reader.amount(row[key], at, signed=key == "taux")
    return () if price is None else (Row(where=where, tiers=(Tier(up_to=None, price=price),)),)


def _tiers(reader: Reader, row: Table, path: Path) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    below: Number = 0
    tables = reader.tables(row, path, "tranches")
    for rank, tier in enumerate(tables):
        at = (*path, "tranches", rank)
        reader.known(tier, at, ("jusqua", "prix"))
        price = reader.amount(tier.get("prix"), at)
        up_to = reader.number(tier["jusqua"], at) if "jusqua" in tier else None
        last = rank == len(tables) - 1
        if last != ("jusqua" not in tier):
            reader.problem(at, "toutes les tranches ont « jusqua », sauf la dernière, qui n'a pas de fin.")
        elif up_to is not None and up_to <= below:
            reader.problem(at, f"la tranche s'arrête à {up_to}, avant le début ({below}).")
        elif price is not None:
            tiers.append(Tier(up_to=up_to, price=price))
        below = up_to or below
    return tuple(tiers) if len(tiers) == len(tables) else ()


def _every(reader: Reader, table: Table, path: Path, default: str | None = None) -> str:
    return reader.choice(table, path, "chaque", EVERY, default) or "annee"


def _proration(reader: Reader, table: Table, path: Path, every: str) -> Proration:
    word = reader.text(table, path, "prorata", "aucun" if every == ONCE else None)
    rule = proration(word, every) if word else None
    if word and rule is None:
        units = ", ".join(f"{unit}_commence" for unit in MONTHS)
        sentence = f"« {word} » n'est pas un prorata : jour, aucun, {units}, ou …_entier, …_au_1er, …_au_15."
        reader.problem((*path, "prorata"), sentence)
    return rule or Proration(unit="annee", rule="commence")


def _fixed(
    reader: Reader, table: Table, path: Path, kind: str, clause: Clause, into: Read, facts: dict[str, str]
) -> None:
    if kind == "remise" and "unite" in table:
        _counted(reader, table, path, kind, clause, into, facts)
        return
    numbers = [
        name for name, nature in facts.items() if nature == "nombre" and name not in ("volume", "bacs")
    ]
    basis = reader.choice(table, path, "assiette", ("foyer", *BIN_BASES, *numbers), "foyer") or "foyer"
    every = _every(reader, table, path)
    split = reader.choice(table, path, "partage", SPLITS) if "partage" in table else None
    if split and basis not in BIN_BASES:
        reader.problem((*path, "partage"), "seule une assiette « bac » ou « litre » se partage.")
    rule = _proration(reader, table, path, every)
    sign = -1 if kind == "remise" else 1
    into.fixed.append(Fixed(clause=clause, basis=basis, every=every, proration=rule, sign=sign, split=split))


def _counted(
    reader: Reader, table: Table, path: Path, kind: str, clause: Clause, into: Read, facts: dict[str, str]
) -> None:
    unit = reader.text(table, path, "unite") or ""
    given = table.get("evenements", None if unit in MEASURES else [unit])
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        reader.problem(path, f"il faut « evenements », la liste des événements dont on compte les {unit}.")
        given = []
    tiered = any(len(row.tiers) > 1 for row in clause.rows)
    into.counted.append(
        Counted(
            clause=clause,
            unit=unit,
            measure=unit if unit in MEASURES else "nombre",
            kinds=frozenset(given),
            every=_every(reader, table, path, None if tiered else "annee"),
            scope=reader.choice(table, path, "portee", (PER_BIN, POOLED), POOLED) or POOLED,
            split=reader.choice(table, path, "partage", SPLITS) if "partage" in table else None,
            label=kind,
            sign=-1 if kind == "remise" else 1,
        )
    )


def _quota(
    reader: Reader, table: Table, path: Path, kind: str, clause: Clause, into: Read, facts: dict[str, str]
) -> None:
    unit = reader.text(table, path, "unite") or ""
    every = _every(reader, table, path)
    rule = _proration(reader, table, path, every)
    prorated = table.get("prorata") != "aucun" and every != ONCE
    rounding = reader.choice(table, path, "arrondi", ROUNDINGS, None if prorated else "exact")
    carry = reader.number(table["report_max"], (*path, "report_max")) if "report_max" in table else None
    unused = reader.choice(table, path, "non_utilise", (LOST, CARRIED, DEDUCTED), LOST) or LOST
    if carry is not None and unused != CARRIED:
        reader.problem((*path, "report_max"), "« report_max » demande non_utilise = « reporte ».")
    if every == ONCE and unused == CARRIED:
        reader.problem((*path, "non_utilise"), "rien ne se reporte quand « chaque » vaut « unique ».")
    quota = Quota(
        clause=clause,
        role=kind,
        unit=unit,
        every=every,
        scope=reader.choice(table, path, "portee", (PER_BIN, POOLED)) or POOLED,
        proration=rule,
        prorated=prorated,
        rounding=ROUNDINGS.get(rounding or "exact", "exact"),
        unused=unused,
        carry_most=carry,
    )
    (into.allowances if kind == "compris" else into.minimums).append(quota)


def _percent(
    reader: Reader, table: Table, path: Path, kind: str, clause: Clause, into: Read, facts: dict[str, str]
) -> None:
    base = table.get("sur")
    if base == "tout":
        base = [head.id for _, head in into.heads[:-1]]
    if not isinstance(base, list) or not base or not all(isinstance(one, str) for one in base):
        reader.problem(path, "il faut « sur », la liste des clauses (ou « tout », celles qui précèdent).")
        return
    earlier = {head.id for _, head in into.heads[:-1]}
    for name in base:
        if name not in earlier:
            reader.problem((*path, "sur"), f"la clause « {name} » n'existe pas, ou vient après celle-ci.")
    into.percents.append(Percent(clause=clause, base=tuple(base)))


def _advance(
    reader: Reader, table: Table, path: Path, kind: str, clause: Clause, into: Read, facts: dict[str, str]
) -> None:
    schedule: list[tuple[int, int, Decimal]] = []
    for rank, one in enumerate(reader.tables(table, path, "echeances")):
        at = (*path, "echeances", rank)
        reader.known(one, at, ("le", "part"))
        part = reader.amount(one.get("part"), at)
        month, _, day = str(one.get("le", "")).partition("-")
        if not (month.isdigit() and day.isdigit() and 1 <= int(month) <= 12 and 1 <= int(day) <= 28):
            reader.problem(at, "« le » s'écrit MM-JJ, du 01 au 28 du mois.")
        elif part is not None:
            schedule.append((int(month), int(day), part))
    if sum(part for _, _, part in schedule) > 100:
        reader.problem((*path, "echeances"), "les acomptes dépassent 100 %.")
    kind = reader.text(table, path, "evenement", "acompte") or "acompte"
    into.advances.append(Advance(clause=clause, kind=kind, schedule=tuple(schedule)))


Reading = Callable[[Reader, Table, Path, str, Clause, Read, dict[str, str]], None]
READERS: dict[str, Reading] = {
    "fixe": _fixed,
    "remise": _fixed,
    "variable": _counted,
    "service": _counted,
    "penalite": _counted,
    "compris": _quota,
    "minimum": _quota,
    "pourcentage": _percent,
    "acompte": _advance,
}
