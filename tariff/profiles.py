"""Files for other software by profile: which field in which column, how wide, how amounts are written.

The layouts of the tax office's return file and of the treasury's rolls were not found: a profile is data,
written by whoever has the official layout in hand. Nothing here claims to be one.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tariff.exact import MODES, rounded
from tariff.model import Problem
from tariff.reading import Reader, Table, open_toml

ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "ascii")
FIELDS = (
    "compte", "invariant", "commune", "numero", "total", "part_incitative", "du", "au",
    # what accountants ask: the piece, its exercise, what it is paid by, who owes it
    "exercice", "date", "reference", "logement", "nom", "adresse",
    # a rectification: the piece it corrects, why, and what it becomes in the accounts
    "piece_origine", "exercice_origine", "motif", "ecriture",
    # what is only read, in the tax office's list of premises
    "occupant", "proprietaire", "valeur_locative", "nature_local",
)  # fmt: skip
AMOUNTS = ("total", "part_incitative", "valeur_locative")
NATURES = ("libre", "retour_teomi", "rectifications", "fichier_aller")
"""What a profile is for: bills as they are; TEOMi by premises, lawful; corrections; a list to read."""
ENDS = {"crlf": "\r\n", "lf": "\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: a field or a constant; `width` 0 in a separated file."""

    title: str
    field: str | None
    constant: str
    width: int
    fill: str
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A layout. `separator` None: fixed widths. `cents`: amounts as whole cents, else euros."""

    name: str
    separator: str | None
    encoding: str
    end: str
    header: bool
    cents: bool
    decimal_mark: str
    step: Decimal
    mode: str
    columns: tuple[Column, ...]
    nature: str = "libre"

    def has(self, *fields: str) -> bool:
        """Whether some column is one of these fields."""
        return any(column.field in fields for column in self.columns)


def read_profile(file: str, text: str) -> tuple[Profile | None, tuple[Problem, ...]]:
    """A profile from TOML, or the problems with their lines."""
    reader, document = open_toml(file, text)
    if document is None:
        return None, tuple(reader.problems)
    reader.known(document, (), ("profil", "colonne"))
    head = reader.table(document, (), "profil")
    at = ("profil",)
    keys = ("nom", "separateur", "encodage", "fin_de_ligne", "entete", "montant", "virgule", "pas", "mode",
            "nature")  # fmt: skip
    reader.known(head, at, keys)
    separator = head.get("separateur")
    if separator is not None and (not isinstance(separator, str) or len(separator) != 1):
        reader.problem((*at, "separateur"), "« separateur » est un seul caractère ; absent : largeurs fixes.")
    columns = [_column(reader, one, rank, separator is None)
               for rank, one in enumerate(reader.tables(document, (), "colonne"))]  # fmt: skip
    if not columns:
        reader.problem((), "le profil n'a aucune colonne ([[colonne]]).")
    step = reader.amount(head.get("pas", Decimal("0.01")), (*at, "pas")) or Decimal("0.01")
    name = reader.text(head, at, "nom") or ""
    encoding = reader.choice(head, at, "encodage", ENCODINGS, "utf-8") or "utf-8"
    end = reader.choice(head, at, "fin_de_ligne", ENDS, "crlf") or "crlf"
    cents = reader.choice(head, at, "montant", ("euro", "centime"), "euro") == "centime"
    mark = reader.choice(head, at, "virgule", (",", "."), ".") or "."
    mode = reader.choice(head, at, "mode", MODES, "demi_haut") or "demi_haut"
    nature = reader.choice(head, at, "nature", NATURES, "libre") or "libre"
    header = reader.flag(head, at, "entete")
    if reader.problems:
        return None, tuple(reader.problems)
    return Profile(
        name=name,
        separator=separator if isinstance(separator, str) else None,
        encoding=encoding,
        end=ENDS[end],
        header=header,
        cents=cents,
        decimal_mark=mark,
        step=step,
        mode=mode,
        nature=nature,
        columns=tuple(one for one in columns if one),
    ), ()


def _column(reader: Reader, table: Table, rank: int, fixed: bool) -> Column | None:
    at = ("colonne", rank)
    reader.known(table, at, ("titre", "champ", "constante", "largeur", "remplissage", "droite"))
    if ("champ" in table) == ("constante" in table):
        reader.problem(at, "il faut « champ » ou « constante ».")
        return None
    field = reader.choice(table, at, "champ", FIELDS) if "champ" in table else None
    width = table.get("largeur", 0)
    if not isinstance(width, int) or isinstance(width, bool) or width < 0 or (fixed and not width):
        reader.problem(at, "« largeur » : un nombre de caractères, à dire sans « separateur ».")
        return None
    fill = table.get("remplissage", " ")
    if not isinstance(fill, str) or len(fill) != 1:
        reader.problem((*at, "remplissage"), "« remplissage » est un seul caractère.")
        return None
    return Column(
        title=str(table.get("titre", field or "")), field=field, constant=str(table.get("constante", "")),
        width=width, fill=fill, right=reader.flag(table, at, "droite"),
    )  # fmt: skip


def write_file(
    profile: Profile, rows: Iterable[Mapping[str, object]]
) -> tuple[bytes, dict[str, Decimal], tuple[str, ...]]:
    """The file, the totals of its amounts as written, and what does not fit; then the file is empty."""
    lines = [[column.title for column in profile.columns]] if profile.header else []
    totals = {name: Decimal("0.00") for name in AMOUNTS}
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column in profile.columns:
            text = _cell(profile, column, row, totals)
            if column.width and len(text) > column.width:
                problems.append(f"enregistrement {number} : « {text} » dépasse {column.width} caractères.")
            if profile.separator and (profile.separator in text or set(text) & set('"\r\n')):
                text = '"' + text.replace('"', '""') + '"'
            cells.append(text)
        lines.append(cells)
    body = "".join(_line(profile, cells) + profile.end for cells in lines)
    try:
        data = body.encode(profile.encoding)
    except UnicodeEncodeError as why:
        problems.append(f"« {why.object[why.start]} » ne s'écrit pas en {profile.encoding}.")
        data = b""
    return (b"" if problems else data), totals, tuple(problems)


def _cell(profile: Profile, column: Column, row: Mapping[str, object], totals: dict[str, Decimal]) -> str:
    if column.field is None:
        return column.constant
    value = row.get(column.field)
    if column.field not in AMOUNTS:
        return "" if value is None else str(value)
    amount = rounded(Fraction(str(value)), profile.step, profile.mode)
    totals[column.field] += amount
    text = str(int(amount * 100)) if profile.cents else f"{amount:f}"
    return text.replace(".", profile.decimal_mark)


def _line(profile: Profile, cells: list[str]) -> str:
    if profile.separator is not None:
        return profile.separator.join(cells)
    padded = []
    for column, text in zip(profile.columns, cells, strict=True):
        pad = text.rjust if column.right else text.ljust
        padded.append(pad(column.width, column.fill))
    return "".join(padded)


def read_file(
    profile: Profile, data: bytes
) -> Iterator[tuple[int, dict[str, str | Decimal]] | tuple[int, str]]:
    """Each record of a file by its profile: line and fields, or line and why it is not taken, in French.

    Constants are gaps that nobody reads. Amounts come in euros.
    """
    text = data.decode(profile.encoding, "replace")
    for number, line in enumerate(text.splitlines(), 1):
        if (number == 1 and profile.header) or not line.strip():
            continue
        cells = _cells(profile, line)
        if isinstance(cells, str):
            yield number, cells
            continue
        record: dict[str, str | Decimal] = {}
        wrong = ""
        for column, cell in zip(profile.columns, cells, strict=True):
            if column.field is None:
                continue
            bare = cell.strip().strip(column.fill) if column.field not in AMOUNTS else cell.strip()
            if column.field not in AMOUNTS:
                record[column.field] = bare
                continue
            try:
                amount = Decimal(bare.replace(profile.decimal_mark, ".") or "0")
                record[column.field] = amount / 100 if profile.cents else amount
            except InvalidOperation:
                wrong = f"« {bare[:20]} » n'est pas un montant."
        yield (number, wrong) if wrong else (number, record)


def _cells(profile: Profile, line: str) -> list[str] | str:
    if profile.separator is not None:
        cells = next(csv.reader([line], delimiter=profile.separator))
        if len(cells) != len(profile.columns):
            return f"{len(cells)} cellules au lieu de {len(profile.columns)}."
        return cells
    width = sum(column.width for column in profile.columns)
    if not width - profile.columns[-1].width < len(line) <= width:
        return f"{len(line)} caractères au lieu de {width}."
    cut, cells = 0, []
    for column in profile.columns:
        cells.append(line[cut : cut + column.width])
        cut += column.width
    return cells
