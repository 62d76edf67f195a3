"""Files for other software by profile: which field in which column, how wide, how amounts are written.

The layouts of the tax office's return file and of the treasury's rolls were not found: a profile is data,
written by whoever has the official layout in hand. Nothing here claims to be one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tariff.exact import MODES, rounded
from tariff.model import Problem
from tariff.reading import Reader, Table, open_toml

ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "ascii")
FIELDS = ("compte", "invariant", "commune", "numero", "total", "part_incitative", "du", "au")
AMOUNTS = ("total", "part_incitative")
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


def read_profile(file: str, text: str) -> tuple[Profile | None, tuple[Problem, ...]]:
    """A profile from TOML, or the problems with their lines."""
    reader, document = open_toml(file, text)
    if document is None:
        return None, tuple(reader.problems)
    reader.known(document, (), ("profil", "colonne"))
    head = reader.table(document, (), "profil")
    at = ("profil",)
    keys = ("nom", "separateur", "encodage", "fin_de_ligne", "entete", "montant", "virgule", "pas", "mode")
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
