"""Turn a panel's SQL into what Grafana's PostgreSQL data source would send: variables, then macros. Pure.

Follows Grafana: `${name:sqlstring}` quotes each value and joins them with commas; the value of « all » goes
in as it stands, with the variables it names; `$__timeFilter`, `$__timeGroup`, `$__timeFrom`, `$__timeTo` and
`$__interval` come from the period. What is not one of these is refused: nothing of ours relies on more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ALL = "$__all"
# Grafana's steps: an interval is rounded to the next of these (packages/grafana-data, roundInterval).
_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200,
            86_400, 604_800, 2_592_000, 31_536_000)  # fmt: skip
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_VARIABLE = re.compile(r"\$\{(\w+):sqlstring\}")
_MACRO = re.compile(r"\$__(\w+)\(([^)]*)\)")


class NotExpanded(ValueError):
    """The SQL names a variable or a macro that is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A variable as a person left it: its values, or all of them and what « all » is written as."""

    values: tuple[str, ...] = ()
    every: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The period (aware), its finest step, the variables; `buckets`: TimescaleDB's time_bucket is there."""

    since: datetime
    until: datetime
    choices: Mapping[str, Choice] = field(default_factory=dict)
    least_s: int = 1
    points: int = 500
    buckets: bool = False

    @property
    def interval_s(self) -> int:
        """How long a step is, in seconds, so that about `points` of them make the period."""
        wanted = (self.until - self.since).total_seconds() / self.points
        rounded = next((step for step in _STEPS_S if step >= wanted * 0.75), _STEPS_S[-1])
        return max(self.least_s, rounded)


def seconds(interval: str | None) -> int:
    """Return the seconds of `5m` or `1d`; 1 when there is none."""
    if not interval:
        return 1
    return int(interval[:-1]) * _UNITS_S[interval[-1]]


def sqlstring(values: tuple[str, ...]) -> str:
    """Return values between quotes and commas, as Grafana's format of that name."""
    return ",".join("'" + one.replace("'", "''").replace('"', '\\"') + "'" for one in values)


def expand(sql: str, asked: Asked) -> str:
    """Return SQL that PostgreSQL can run; raises `NotExpanded`."""

    def value(found: re.Match[str]) -> str:
        choice = asked.choices.get(found[1])
        if choice is None:
            raise NotExpanded(f"no variable {found[1]}")
        if choice.every is not None:
            return _VARIABLE.sub(value, choice.every)
        return sqlstring(choice.values)

    # Macros first, on our own text: a value that looks like a macro is then only a value.
    whole = _MACRO.sub(lambda found: _macro(found, asked), sql.replace("$__interval", f"{asked.interval_s}s"))
    if "$__" in whole:
        raise NotExpanded("a macro that is not known")
    return _VARIABLE.sub(value, whole)


def _macro(found: re.Match[str], asked: Asked) -> str:
    name, arguments = found[1], [one.strip() for one in found[2].split(",")]
    since, until = (f"'{at.isoformat()}'" for at in (asked.since, asked.until))
    if name == "timeFilter":
        return f"{arguments[0]} BETWEEN {since} AND {until}"
    if name in ("timeFrom", "timeTo"):
        return since if name == "timeFrom" else until
    if name in ("timeGroup", "timeGroupAlias") and len(arguments) == 2:
        step = seconds(arguments[1].strip("'"))
        group = f"time_bucket('{step}.000s',{arguments[0]})"
        if not asked.buckets:
            group = f"floor(extract(epoch from {arguments[0]})/{step})*{step}"
        return group + (' AS "time"' if name == "timeGroupAlias" else "")
    raise NotExpanded(f"no macro {name}")
