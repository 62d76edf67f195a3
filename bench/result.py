"""What a measurement hands back, and what the harness makes of it: a table for people, one line for machines.

Knows nothing of what is measured. A module of this folder is a measurement when it has:

- `TITLE: str`: the question, in one line;
- `run(…) -> Result`: its keyword parameters have defaults (int, float or str) and may be set as KEY=VALUE;
- optionally `SEED: int` (when `run` has no parameter `seed`) and `VERSIONS: tuple[str, ...]`, the installed
  packages whose version matters.
"""

import inspect
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """Rows share their keys, in order, and become the table; summary holds the figures worth quoting."""

    rows: list[dict[str, object]]
    summary: dict[str, object]


class BadChoice(ValueError):
    """A KEY=VALUE that the measurement does not take; the message is one sentence."""


def choices(module: ModuleType, words: list[str]) -> dict[str, Any]:
    """Keyword arguments for `module.run` out of KEY=VALUE words, of the type of each default."""
    parameters = inspect.signature(module.run).parameters
    chosen: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or key not in parameters:
            known = ", ".join(f"{name}={one.default}" for name, one in parameters.items()) or "nothing"
            raise BadChoice(f"{module.__name__} does not take {word!r}; it takes {known}.")
        try:
            chosen[key] = type(parameters[key].default)(text)
        except ValueError as why:
            raise BadChoice(f"{word!r}: {why}") from why
    return chosen


def record(module: ModuleType, chosen: Mapping[str, Any], result: Result, at: datetime) -> dict[str, object]:
    """The document kept for a measurement: enough to know where, when and with what it was taken."""
    parameters = inspect.signature(module.run).parameters
    used = {name: chosen.get(name, one.default) for name, one in parameters.items()}
    return {
        "name": module.__name__.rpartition(".")[2],
        "machine": machine(),
        "date": at.astimezone(UTC).isoformat(timespec="seconds"),
        "seed": used.get("seed", getattr(module, "SEED", None)),
        "choices": used,
        "versions": versions(getattr(module, "VERSIONS", ())),
        "rows": result.rows,
        **result.summary,
    }


def machine() -> dict[str, object]:
    """Processor, cores this process may use, and memory."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
    }


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Python's version and that of each package, or "absent"."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def table(rows: list[dict[str, object]]) -> str:
    """The rows as aligned text: words to the left, numbers to the right."""
    if not rows:
        return "(no rows)"
    heads = list(rows[0])
    cells = [[_shown(row.get(head)) for head in heads] for row in rows]
    widths = [max(len(head), *(len(line[i]) for line in cells)) for i, head in enumerate(heads)]
    numbers = [all(isinstance(row.get(head), int | float | None) for row in rows) for head in heads]

    def line(words: list[str]) -> str:
        placed = zip(words, widths, numbers, strict=True)
        return "  ".join(w.rjust(width) if number else w.ljust(width) for w, width, number in placed).rstrip()

    return "\n".join([line(heads), line(["─" * width for width in widths]), *map(line, cells)])


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)
