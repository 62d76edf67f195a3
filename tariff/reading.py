"""Typed fields out of a TOML or JSON document, each mistake collected with its file, line and sentence.

Knows no clause: `Reader` hands back a value or None, and remembers why. Amounts are exact: 2.35 in the file
is the decimal 2.35; 1e2, inf and nan are floats and are refused.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

from tariff.exact import Number
from tariff.model import Problem, Span
from tariff.places import Path, line_of, places

PLAIN = re.compile(r"[+-]?\d[\d_]*(\.\d[\d_]*)?")
RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?)|\s*(\+))?")
ERROR_LINE = re.compile(r"at line (\d+)")
MOST_DECIMALS = 6
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Inexact:
    """A number written as a float (exponent, infinity, not-a-number): never money."""

    text: str


def exact_number(text: str) -> Decimal | Inexact:
    """For `parse_float`: the decimal as written, or `Inexact`."""
    return Decimal(text.replace("_", "")) if PLAIN.fullmatch(text) else Inexact(text)


@dataclass(slots=True)
class Reader:
    """One document being read: its lines, and the problems found so far."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, sentence: str) -> None:
        """Remember a mistake at this place."""
        line = line_of(self.lines, path) if self.lines else 0
        where = "" if self.lines else "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
        said = f"{where.lstrip('.')} : {sentence}" if where else sentence
        self.problems.append(Problem(file=self.file, line=line, sentence=said))

    def known(self, table: Table, path: Path, keys: Collection[str]) -> None:
        """Refuse keys that mean nothing, proposing the nearest that does."""
        for key in table:
            if key not in keys:
                near = get_close_matches(key, keys, 1)
                hint = f" Vouliez-vous dire « {near[0]} » ?" if near else ""
                self.problem((*path, key), f"« {key} » n'a pas de sens ici.{hint}")

    def missing(self, path: Path, key: str) -> None:
        """Refuse the absence of a key."""
        self.problem(path, f"il manque « {key} ».")

    def text(self, table: Table, path: Path, key: str, default: str | None = None) -> str | None:
        """A text, not empty."""
        value = table.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        if value is None:
            self.missing(path, key)
        elif key in table:
            self.problem((*path, key), f"« {key} » doit être un texte entre guillemets.")
        return value if isinstance(value, str) else None

    def choice(
        self, table: Table, path: Path, key: str, among: Iterable[str], default: str | None = None
    ) -> str | None:
        """One word among several."""
        value = self.text(table, path, key, default)
        words = tuple(among)
        if value is not None and value not in words:
            self.problem((*path, key), f"« {key} » vaut « {value} » : il faut l'un de {', '.join(words)}.")
            return None
        return value

    def day(self, table: Table, path: Path, key: str, required: bool = True) -> date | None:
        """A day, as a TOML date or as text AAAA-MM-JJ."""
        value = table.get(key)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = Inexact(str(value))
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.problem((*path, key), f"« {key} » doit être un jour, écrit AAAA-MM-JJ.")
        elif required:
            self.missing(path, key)
        return None

    def flag(self, table: Table, path: Path, key: str) -> bool:
        """True or false, false when it is not said."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.problem((*path, key), f"« {key} » doit être true ou false.")
        return value is True

    def amount(self, value: object, path: Path, signed: bool = False) -> Decimal | None:
        """An exact amount, price or rate; at most six decimals, not negative unless `signed`."""
        if isinstance(value, str) and PLAIN.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if isinstance(value, Inexact | float):
            written = value.text if isinstance(value, Inexact) else value
            self.problem(
                path, f"« {written} » est un nombre flottant : un montant s'écrit exactement, 12.34."
            )
            return None
        if not isinstance(value, Decimal):
            self.problem(path, "il faut un montant exact, écrit 12.34 (un point, pas une virgule).")
            return None
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
            self.problem(path, f"« {value} » a plus de {MOST_DECIMALS} décimales.")
            return None
        if value < 0 and not signed:
            self.problem(path, f"« {value} » est négatif : une diminution s'écrit avec le type « remise ».")
            return None
        return value

    def number(self, value: object, path: Path) -> Number | None:
        """An exact number that is not negative."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.problem(path, "il faut un nombre exact.")
            return None
        if value < 0:
            self.problem(path, f"« {value} » est négatif.")
            return None
        return value if isinstance(value, int) else Fraction(value)

    def span(self, value: object, path: Path) -> Span | None:
        """A number, or a text such as "3", "120-140", "5+"."""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            exact = Fraction(value)
            return Span(low=exact, high=exact)
        found = RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            self.problem(path, 'il faut un nombre, ou un intervalle écrit "1-2" ou "5+".')
            return None
        low = Fraction(found[1])
        high = None if found[3] else Fraction(found[2]) if found[2] else low
        if high is not None and high < low:
            self.problem(path, f"l'intervalle « {value} » est à l'envers.")
            return None
        return Span(low=low, high=high)

    def tables(self, document: Table, path: Path, key: str) -> list[Table]:
        """A list of tables, empty when absent."""
        value = document.get(key, [])
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return value
        self.problem((*path, key), f"« {key} » doit être une liste de tables.")
        return []

    def table(self, document: Table, path: Path, key: str) -> Table:
        """A table, empty when absent."""
        value = document.get(key, {})
        if isinstance(value, dict):
            return value
        self.problem((*path, key), f"« {key} » doit être une table.")
        return {}


def open_toml(file: str, text: str) -> tuple[Reader, Table | None]:
    """The document and the reader that knows its lines; None when it is not TOML, which is a problem."""
    try:
        document = tomllib.loads(text, parse_float=exact_number)
    except tomllib.TOMLDecodeError as why:
        found = ERROR_LINE.search(str(why))
        line = int(found[1]) if found else max(1, text.count("\n") + 1)
        sentence = f"le fichier n'est pas du TOML correct ({why})."
        return Reader(file, problems=[Problem(file=file, line=line, sentence=sentence)]), None
    return Reader(file, places(text)), document
