"""Voted grids out of TOML texts: one file, one grid; the history is the files together (README.md).

Nothing is guessed: what is missing, contradictory or inexact is a `Problem` with its file, line and sentence,
and no grid comes out as long as there is one.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tariff.calendar import NEVER, ONE, Period
from tariff.checks import contradictions
from tariff.clauses import FACTS, Read, read_clause
from tariff.exact import MODES, Rounding
from tariff.model import Grid, Problem
from tariff.reading import Reader, Table, open_toml

REGIMES = ("TEOMi", "REOMi")
HEAD = (
    "nom", "collectivite", "regime", "perimetre", "deliberation", "source", "du", "au",
    "exercice_commence", "jours_par_an", "plancher", "a_blanc", "fuseau",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grids:
    """Every grid voted, by perimeter, in order of time, without gap or overlap."""

    by_perimeter: Mapping[str, tuple[Grid, ...]]

    def at(self, perimeter: str, day: date) -> Grid | None:
        """The grid in force there on that day: the only way to read one."""
        grids = self.by_perimeter.get(perimeter, ())
        found = bisect_right(grids, day, key=lambda grid: grid.valid.first) - 1
        return grids[found] if found >= 0 and grids[found].valid.holds(day) else None

    def during(self, perimeter: str, period: Period) -> tuple[Grid, ...]:
        """The grids in force on some day of the period."""
        return tuple(one for one in self.by_perimeter.get(perimeter, ()) if one.valid.meet(period))

    def __iter__(self) -> Iterator[Grid]:
        """Every grid."""
        for grids in self.by_perimeter.values():
            yield from grids


def read_grids(texts: Mapping[str, str]) -> tuple[Grids, tuple[Problem, ...]]:
    """Grids by file name and text. With a single problem, no grid at all comes out."""
    problems: list[Problem] = []
    found: list[tuple[Grid, bool, int]] = []
    for file, text in sorted(texts.items()):
        reader, document = open_toml(file, text)
        grid = _grid(reader, document) if document is not None else None
        problems += reader.problems
        if grid:
            closed = "au" in reader_table(document, "grille")
            found.append((grid, closed, reader.lines.get(("grille", "du"), 1)))
    if not texts:
        problems.append(Problem(file="(aucun fichier)", line=0, sentence="il n'y a aucune grille."))
    by_perimeter: dict[str, tuple[Grid, ...]] = {}
    for perimeter in sorted({grid.perimeter for grid, _, _ in found}):
        ordered = sorted(
            (one for one in found if one[0].perimeter == perimeter), key=lambda one: one[0].valid
        )
        by_perimeter[perimeter] = _history(ordered, problems)
    return (Grids({}), tuple(problems)) if problems else (Grids(by_perimeter), ())


def reader_table(document: Table | None, key: str) -> Table:
    """A table of the document, empty when it is not one."""
    value = (document or {}).get(key)
    return value if isinstance(value, dict) else {}


def _history(ordered: list[tuple[Grid, bool, int]], problems: list[Problem]) -> tuple[Grid, ...]:
    """Each open grid ends where the next begins; two voted ends that disagree are refused."""
    grids: list[Grid] = []
    for rank, (grid, closed, _) in enumerate(ordered):
        if rank + 1 == len(ordered):
            grids.append(grid)
            break
        after, _, line = ordered[rank + 1]
        start, end = after.valid.first, grid.valid.end
        if start == grid.valid.first or (closed and end > start):
            last = "" if end == NEVER else f" au {end - ONE}"
            said = f"deux grilles valent le {start} : {grid.file} (du {grid.valid.first}{last}) et celle-ci."
            problems.append(Problem(file=after.file, line=line, sentence=said))
        elif closed and end < start:
            said = f"aucune grille ne vaut du {end} au {start - ONE} : {grid.file} finit le {end - ONE}."
            problems.append(Problem(file=after.file, line=line, sentence=said))
        grids.append(grid if closed else replace(grid, valid=Period(grid.valid.first, start)))
    return tuple(grids)


def _grid(reader: Reader, document: Table) -> Grid | None:
    reader.known(document, (), ("grille", "arrondi", "faits", "clause"))
    if "grille" not in document:
        reader.missing((), "[grille]")
    head = reader.table(document, (), "grille")
    at = ("grille",)
    reader.known(head, at, HEAD)
    texts = {
        key: reader.text(head, at, key) or "" for key in ("nom", "collectivite", "deliberation", "source")
    }
    regime = reader.choice(head, at, "regime", REGIMES) or ""
    valid = _valid(reader, head)
    facts = _facts(reader, reader.table(document, (), "faits"))
    rounding = _rounding(reader, reader.table(document, (), "arrondi"), "arrondi" in document)
    read = Read()
    tables = reader.tables(document, (), "clause")
    if not tables:
        reader.problem((), "la grille n'a aucune clause ([[clause]]).")
    for rank, table in enumerate(tables):
        read_clause(reader, table, rank, facts, read)
    contradictions(reader, regime, read)
    zone = reader.text(head, at, "fuseau", "Europe/Paris") or ""
    floor = reader.amount(head["plancher"], (*at, "plancher")) if "plancher" in head else None
    year_days = _whole(reader, head, "jours_par_an", (365, 366))
    opens = _whole(reader, head, "exercice_commence", range(1, 13)) or 1
    shadow = reader.flag(head, at, "a_blanc")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reader.problem((*at, "fuseau"), f"« {zone} » n'est pas un fuseau horaire.")
    if reader.problems or valid is None:
        return None
    return Grid(
        file=reader.file,
        name=texts["nom"],
        collectivity=texts["collectivite"],
        regime=regime,
        perimeter=str(head.get("perimetre", "")),
        resolution=texts["deliberation"],
        source=texts["source"],
        valid=valid,
        rounding=rounding,
        opens=opens,
        year_days=year_days,
        floor=floor,
        shadow=shadow,
        zone=zone,
        facts=facts,
        fixed=tuple(read.fixed),
        counted=tuple(read.counted),
        allowances=tuple(read.allowances),
        minimums=tuple(read.minimums),
        percents=tuple(read.percents),
        advances=tuple(read.advances),
    )


def _valid(reader: Reader, head: Table) -> Period | None:
    first = reader.day(head, ("grille",), "du")
    last = reader.day(head, ("grille",), "au", required=False)
    if first is None:
        return None
    if last is None:
        return Period(first, NEVER)
    if last < first:
        reader.problem(("grille", "au"), f"la grille finit le {last}, avant son début le {first}.")
        return None
    return Period(first, last + ONE)


def _whole(reader: Reader, head: Table, key: str, among: range | tuple[int, ...]) -> int | None:
    value = head.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value in among):
        return value
    reader.problem(
        ("grille", key), f"« {key} » doit être un nombre entier parmi {', '.join(map(str, among))}."
    )
    return None


def _facts(reader: Reader, table: Table) -> dict[str, str]:
    facts = dict(FACTS)
    for name, nature in table.items():
        if name in FACTS:
            reader.problem(("faits", name), f"« {name} » existe déjà.")
        elif nature not in ("nombre", "texte"):
            reader.problem(("faits", name), f"« {name} » est un « nombre » ou un « texte ».")
        else:
            facts[name] = str(nature)
    return facts


def _rounding(reader: Reader, table: Table, said: bool) -> Rounding:
    if not said:
        reader.missing((), "[arrondi]")
        return Rounding()
    at = ("arrondi",)
    reader.known(table, at, ("par", "pas", "mode"))
    per = reader.choice(table, at, "par", ("ligne", "facture")) or "ligne"
    mode = reader.choice(table, at, "mode", MODES) or "demi_haut"
    step = reader.amount(table.get("pas", Decimal("0.01")), (*at, "pas"))
    if step is not None and (step <= 0 or step % Decimal("0.01")):
        reader.problem((*at, "pas"), "le pas est un nombre entier de centimes, par exemple 0.01 ou 1.")
    return Rounding(per=per, step=step or Decimal("0.01"), mode=mode)
