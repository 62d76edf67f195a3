"""JSON documents to nouns and back, strictly, and the published schemas of those documents.

The dataclasses are the contract: field names, types, defaults. A field too many, too few or of the
wrong type is refused with its path; nothing is converted (true is not 1, 1.0 is not 1).
"""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from routing.model import Plan, Problem, Reason, Refused

T = TypeVar("T")

TYPES = {"problem": Problem, "plan": Plan, "refused": Refused}
"""The documents that have a schema in routing/schema/."""


class _Numbers(dict[str, int]):
    """Whole numbers by their text, each made once: a matrix of a million legs has few different ones."""

    def __missing__(self, text: str) -> int:
        self[text] = number = int(text)
        return number


class _Malformed(Exception):
    """Carries the reason up to the one place that turns it into a value."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(path, text)
        self.reason = Reason(code="malformed", field=path, text=text)


def parse(noun: type[T], text: str | bytes) -> T | Refused:
    """A JSON text as this noun, or the first thing wrong with it. Never raises on bad input."""
    try:
        value = json.loads(text, parse_int=_Numbers().__getitem__)
    except (ValueError, RecursionError) as error:
        reason = Reason(code="malformed", field="", text=f"Ce n'est pas du JSON : {error}.")
        return Refused(reasons=(reason,))
    return read(noun, value)


def read(noun: type[T], value: Any) -> T | Refused:
    """Decoded JSON as this noun, or the first thing wrong with it."""
    try:
        found: T = _read(noun, value, "")
    except _Malformed as error:
        return Refused(reasons=(error.reason,))
    return found


def write(noun: Any) -> Any:
    """A noun as what ``json.dumps`` takes; ``read`` gives it back equal."""
    if is_dataclass(noun):
        return {one.name: write(getattr(noun, one.name)) for one in fields(noun)}
    if isinstance(noun, Mapping):
        return {key: write(noun[key]) for key in sorted(noun)}
    if not isinstance(noun, tuple | list):
        return noun
    if set(map(type, noun)) <= {int, types.NoneType}:
        return list(noun)  # matrix rows: most of a document's weight
    return [write(one) for one in noun]


def render(noun: Any) -> str:
    """A noun as one line of JSON, accents kept."""
    return json.dumps(write(noun), ensure_ascii=False, allow_nan=False)


def _read(kind: Any, value: Any, path: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _read(args[0], value, path)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_noun(kind, value, path)
    if origin is tuple:
        return _read_tuple(args, value, path)
    if origin in (Union, types.UnionType):
        inner = next(one for one in args if one is not types.NoneType)
        return None if value is None else _read(inner, value, path)
    if origin is Mapping:
        _expect(isinstance(value, dict), path, "Un objet est attendu.")
        return {key: _read(args[1], one, f"{path}.{key}") for key, one in value.items()}
    if origin is Literal:
        _expect(value in args, path, f"L'une de ces valeurs est attendue : {', '.join(map(str, args))}.")
        return value
    return _read_scalar(kind, value, path)


def _read_scalar(kind: type, value: Any, path: str) -> Any:
    if kind is float:
        _expect(type(value) in (int, float), path, "Un nombre est attendu.")
        try:
            return float(value)
        except OverflowError:
            raise _Malformed(path, "Ce nombre est trop grand.") from None
    wanted = {int: "Un nombre entier", str: "Un texte", bool: "true ou false"}
    _expect(type(value) is kind, path, f"{wanted[kind]} est attendu.")
    return value


def _read_noun(kind: type, value: Any, path: str) -> Any:
    _expect(isinstance(value, dict), path, "Un objet est attendu.")
    hints = get_type_hints(kind, include_extras=True)
    prefix = f"{path}." if path else ""
    for name in value:
        _expect(name in hints, f"{prefix}{name}", "Ce champ n'existe pas.")
    found = {}
    for one in fields(kind):
        if one.name in value:
            found[one.name] = _read(hints[one.name], value[one.name], f"{prefix}{one.name}")
        else:
            _expect(_optional(one), f"{prefix}{one.name}", "Ce champ manque.")
    return kind(**found)


def _read_tuple(args: tuple[Any, ...], value: Any, path: str) -> Any:
    _expect(isinstance(value, list), path, "Une liste est attendue.")
    if args[-1] is not Ellipsis:
        _expect(len(value) == len(args), path, f"{len(args)} valeurs sont attendues.")
        return tuple(
            _read(kind, one, f"{path}[{i}]") for i, (kind, one) in enumerate(zip(args, value, strict=True))
        )
    if args[0] == (int | None) and {type(one) for one in value} <= {int, types.NoneType}:
        return tuple(value)  # matrix rows: most of a document's weight
    return tuple(_read(args[0], one, f"{path}[{i}]") for i, one in enumerate(value))


def _optional(one: Any) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _expect(holds: bool, path: str, text: str) -> None:
    if not holds:
        raise _Malformed(path, text)


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document, made from the dataclasses."""
    defs: dict[str, Any] = {}
    top = _schema(TYPES[name], defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Glaneur routing {name}",
        "description": "Seconds, metres, litres, kilograms, cents: whole numbers. "
        "Moments are seconds after local midnight. Both ends of a window are inclusive.",
        **top,
        "$defs": dict(sorted(defs.items())),
    }


def _schema(kind: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return {**_schema(args[0], defs), "description": args[1]}
    if isinstance(kind, type) and is_dataclass(kind):
        if kind.__name__ not in defs:
            defs[kind.__name__] = {}  # keeps its place while its fields are read
            defs[kind.__name__] = _schema_noun(kind, defs)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is tuple and args[-1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0], defs)}
    if origin is tuple:
        items = [_schema(one, defs) for one in args]
        return {"type": "array", "prefixItems": items, "minItems": len(args), "maxItems": len(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, defs) for one in args]}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(args[1], defs)}
    if origin is Literal:
        return {"enum": list(args)}
    names = {int: "integer", float: "number", str: "string", bool: "boolean", types.NoneType: "null"}
    return {"type": names[kind]}


def _schema_noun(kind: type, defs: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").split("\n")[0],
        "properties": {one.name: _schema(hints[one.name], defs) for one in fields(kind)},
        "required": [one.name for one in fields(kind) if not _optional(one)],
        "additionalProperties": False,
    }
