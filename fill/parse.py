"""One JSON value to one typed value, or `Refused` with a sentence that names the field. Knows no document."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from fill.model import KINDS, QUALITIES, Refused, check_instant

Parser = Callable[[str, Any], Any]

LARGEST = 1e9  # its square still leaves a float all the room it needs


def instant(name: str, value: object) -> datetime:
    """An RFC 3339 instant with its zone, told in UTC."""
    if not isinstance(value, str):
        raise Refused(f"{name} must be an RFC 3339 instant")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(f"{name} must be an RFC 3339 instant") from None
    check_instant(name, at)
    return at.astimezone(UTC)


def integer(name: str, value: object) -> int:
    """An integer; true and 1.0 are not."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(f"{name} must be an integer")
    return value


def number(name: str, value: object) -> float:
    """A number of a size that something in a container could have."""
    # A whole float comes back from a JSON store as an integer: both are the same number.
    if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) <= LARGEST:
        return float(value)
    raise Refused(f"{name} must be a finite number of at most a billion")


def truth(name: str, value: object) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false")
    return value


def word(name: str, value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise Refused(f"{name} must be a text")
    return value


def quality(name: str, value: object) -> str:
    """One of QUALITIES."""
    if value not in QUALITIES:
        raise Refused(f"{name} must be one of {', '.join(QUALITIES)}")
    return str(value)


def kinds(name: str, value: object) -> frozenset[str]:
    """A list of alert kinds, as a set."""
    if not isinstance(value, list) or any(kind not in KINDS for kind in value):
        raise Refused(f"{name} must be a list of alert kinds")
    return frozenset(value)


def not_negative(name: str, value: object) -> float:
    """A number from 0 up."""
    found = number(name, value)
    if found < 0.0:
        raise Refused(f"{name} must not be negative")
    return found


def count(name: str, value: object) -> int:
    """An integer from 0 up."""
    found = integer(name, value)
    if found < 0:
        raise Refused(f"{name} must not be negative")
    return found


def percent(name: str, value: object) -> float:
    """A number from 0 to 100."""
    found = number(name, value)
    if not 0.0 <= found <= 100.0:
        raise Refused(f"{name} must be between 0 and 100")
    return found


def share(name: str, value: object) -> float:
    """A number from 0 up, below 1."""
    found = number(name, value)
    if not 0.0 <= found < 1.0:
        raise Refused(f"{name} must be from 0 up and below 1")
    return found


def optional(parse: Parser) -> Parser:
    """The same, or null."""
    return lambda name, value: None if value is None else parse(name, value)


def part(cls: type[Any], parsers: dict[str, Parser]) -> Parser:
    """A parser of one dataclass: no unknown field, no missing one unless it has a default."""
    required = {
        field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING
    }

    def parse(name: str, value: object) -> Any:
        if not isinstance(value, dict):
            raise Refused(f"{name} must be an object")
        found = {}
        for key, given in value.items():
            parser = parsers.get(key)
            if parser is None:
                raise Refused(f"{name} has an unknown field, {str(key)[:40]!r}")
            found[key] = parser(key, given)
        for key in required:
            if key not in found:
                raise Refused(f"{name} lacks {key}")
        return cls(**found)

    return parse


def shape(name: str, value: object) -> tuple[tuple[int, int], ...]:
    """A list of pairs of integers; `Calibration` judges them."""
    if not isinstance(value, list | tuple):
        raise Refused(f"{name} must be a list of pairs")
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise Refused(f"{name} must be a list of pairs")
    return tuple((integer(name, height), integer(name, volume)) for height, volume in value)


def several(parse: Parser, most: int) -> Parser:
    """A list of at most so many, as a tuple."""

    def parse_all(name: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise Refused(f"{name} must be a list of at most {most}")
        return tuple(parse(name, each) for each in value)

    return parse_all


def declared(cls: type[Any]) -> dict[str, Parser]:
    """Parsers of a dataclass of numbers, from its annotations."""
    return {field.name: integer if field.type is int else number for field in fields(cls)}
