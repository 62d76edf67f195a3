"""Where in a TOML file each value stands: `tomllib` tells it for broken syntax only. A scan, not a parser.

It reads text that tomllib has accepted, so it may trust brackets and quotes.
"""

import re
from collections import Counter
from dataclasses import dataclass

Path = tuple[str | int, ...]
HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\[\]]+?)\s*\]")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\.\"']+)\s*=")
NOISE = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
LONG = ('"""', "'''")


@dataclass(slots=True)
class _Scan:
    lines: dict[Path, int]
    tables: Counter[str]
    here: Path = ()
    value: Path = ()
    depth: int = 0
    element: int = 0


def places(text: str) -> dict[Path, int]:
    """Line of each table, key and element of a list: ("clause", 2, "bareme", 0) → 31. Lines start at 1."""
    scan = _Scan(lines={}, tables=Counter())
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if scan.depth == 0:
            _outside(scan, line, number)
        bare = NOISE.sub("", line)
        closing = next((mark for mark in LONG if mark in bare), "")
        _brackets(scan, bare.partition("=")[2] if scan.value and scan.depth == 0 else bare, number)
    return scan.lines


def _outside(scan: _Scan, line: str, number: int) -> None:
    scan.value = ()
    header = HEADER.match(line)
    if header:
        name = header[2].replace('"', "")
        path: list[str | int] = []
        words = name.split(".")
        for rank in range(len(words)):
            path.append(words[rank])
            so_far = ".".join(words[: rank + 1])
            if so_far == name and header[1] == "[[":
                scan.tables[name] += 1
                _forget_below(scan, name)
            if scan.tables[so_far]:
                path.append(scan.tables[so_far] - 1)
        scan.here = tuple(path)
        scan.lines.setdefault(scan.here, number)
        return
    key = KEY.match(line)
    if key:
        scan.value = (*scan.here, *key[1].replace('"', "").split("."))
        scan.element = 0
        scan.lines.setdefault(scan.value, number)


def _forget_below(scan: _Scan, name: str) -> None:
    """A new [[clause]] starts its own count of [[clause.bareme]]."""
    for other in [one for one in scan.tables if one.startswith(name + ".")]:
        del scan.tables[other]


def _brackets(scan: _Scan, bare: str, number: int) -> None:
    if not scan.value:
        return
    for sign in bare:
        if sign in "[{":
            if sign == "{" and scan.depth == 1:
                scan.lines[(*scan.value, scan.element)] = number
                scan.element += 1
            scan.depth += 1
        elif sign in "]}":
            scan.depth -= 1


def line_of(found: dict[Path, int], path: Path) -> int:
    """The line of the value, or of the nearest thing around it; 1 when nothing is known."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return 1
