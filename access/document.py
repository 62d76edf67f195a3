"""Decoded TOML or JSON to nouns, strictly: every problem with its place, nothing converted in silence.

The dataclasses are the contract. A key that is not known is a problem, because a misspelt limit would
otherwise be no limit. Money is an exact decimal; a float never exists.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from access.model import Refused

T = TypeVar("T")

WORDS = {int: "a whole number", str: "a text", bool: "true or false", date: "a date", time: "a time of day"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where in the document, and a sentence."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where or 'the document'}: {self.text}"


class _Faulty(Exception):
    """Stops the reading of one value whose problems are noted."""


def read(noun: type[T], value: Any) -> T | tuple[Problem, ...]:
    """A decoded document as this noun, or all that is wrong with it."""
    problems: list[Problem] = []
    try:
        found: T = _read(noun, value, "", problems)
    except _Faulty:
        return tuple(problems)
    return tuple(problems) if problems else found


def write(noun: Any) -> Any:
    """A noun as what `json.dumps` takes; money and instants are texts."""
    if is_dataclass(noun):
        return {one.name: write(getattr(noun, one.name)) for one in fields(noun)}
    if isinstance(noun, Mapping):
        return {str(key): write(one) for key, one in noun.items()}
    if isinstance(noun, tuple | list):
        return [write(one) for one in noun]
    if isinstance(noun, datetime | date | time):
        return noun.isoformat()
    return str(noun) if isinstance(noun, Decimal) else noun


def _fault(where: str, text: str, problems: list[Problem]) -> _Faulty:
    problems.append(Problem(where, text))
    return _Faulty()


def _read(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _noun(kind, value, where, problems)
    if origin in (Union, types.UnionType):
        inner = next(one for one in args if one is not types.NoneType)
        return None if value is None else _read(inner, value, where, problems)
    if origin is tuple:
        if not isinstance(value, list):
            raise _fault(where, "a list is expected", problems)
        return tuple(_each(args[0], {f"{where}[{n}]": one for n, one in enumerate(value, 1)}, problems))
    if origin is Mapping:
        if not isinstance(value, dict):
            raise _fault(where, "a table is expected", problems)
        found = _each(args[1], {f"{where}.{key}": one for key, one in value.items()}, problems)
        return dict(zip(value, found, strict=True))
    if origin is Literal:
        if value not in args:
            raise _fault(where, f"one of {', '.join(map(str, args))} is expected", problems)
        return value
    return _scalar(kind, value, where, problems)


def _each(kind: Any, values: dict[str, Any], problems: list[Problem]) -> list[Any]:
    # All of them are read even when one is faulty: whoever writes a book mends it in one go.
    found = []
    for where, one in values.items():
        try:
            found.append(_read(kind, one, where, problems))
        except _Faulty:
            continue
    if len(found) < len(values):
        raise _Faulty
    return found


def _noun(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        raise _fault(where, "a table is expected", problems)
    before = len(problems)
    parts, hints = {}, get_type_hints(kind)
    for one in fields(kind):
        place = f"{where}.{one.name}" if where else one.name
        if one.name in value:
            try:
                parts[one.name] = _read(hints[one.name], value[one.name], place, problems)
            except _Faulty:
                continue
        elif one.default is MISSING and one.default_factory is MISSING:
            problems.append(Problem(place, "is missing"))
    for key in sorted(set(value) - {one.name for one in fields(kind)}):
        problems.append(Problem(f"{where}.{key}" if where else key, "is not a known key"))
    if len(problems) > before:
        raise _Faulty
    try:
        return kind(**parts)
    except Refused as refusal:
        raise _fault(where, str(refusal), problems) from None


def _scalar(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    if kind is Decimal:
        if type(value) is int or (isinstance(value, Decimal) and value.is_finite()):
            return Decimal(value)
        raise _fault(where, "an exact amount is expected", problems)
    if kind is datetime:
        return _instant(value, where, problems)
    if type(value) is not kind:
        raise _fault(where, f"{WORDS[kind]} is expected", problems)
    return value


def _instant(value: Any, where: str, problems: list[Problem]) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _fault(
            where, "an instant is expected, for instance 2026-05-04T09:30:00+02:00", problems
        ) from None
    if at.utcoffset() is None:
        raise _fault(where, "the instant has no time zone", problems)
    if not 2000 <= at.year < 2200:
        raise _fault(where, "the instant is outside the years 2000 to 2199", problems)
    return at
