"""The kinds of alert and how an installation wants each: when it opens and clears, who is told and how
often.

Owns the defaults; what people chose instead is in `alert_setting`, dated. Conditions in kinds' own units:
degrees Celsius (fire), degrees of tilt, percent of battery, reports (silent), readings (implausible),
percent of risk (overflow), days (unexplained). Thresholds of `plan` and `urgent` belong to the container.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from math import inf

from psycopg import Connection
from psycopg.rows import DictRow

from fill.alerts import CONDITIONS, Chosen, rules_of
from fill.model import DEFAULT, Refused, Rules
from store.queries import named_queries

HOUR, DAY = 3600, 86_400
OVERFLOW, UNEXPLAINED = "overflow", "unexplained_emptying"

_SQL = named_queries("api.alerts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one kind is handled. `tells`: anybody is told at all; `rings`: also in quiet hours.

    `wait_s`: how long it must be open before anybody is told; `repeat_s` and `escalate_s`: after how long
    without being acknowledged it is told again, and to those who follow escalations (None: never);
    `gather_s`: after a message, how long the next alerts of the kind are gathered into one.
    """

    kind: str
    opens_at: float | None = None
    clears_at: float | None = None
    lasting_s: int | None = None
    tells: bool = True
    rings: bool = False
    wait_s: int = 0
    repeat_s: int | None = None
    escalate_s: int | None = None
    gather_s: int = 0


@dataclass(frozen=True, slots=True)
class Units:
    """What the two conditions of a kind are counted in, for people; empty when it has none."""

    opens: str = ""
    clears: str = ""
    lasting: bool = False


UNITS = {
    "fire": Units("°C et plus", "°C et moins"),
    "tilt": Units("° et plus", "° et moins", lasting=True),
    "low_battery": Units("% et moins", "% et plus"),
    "silent": Units("envois manqués"),
    "implausible": Units("mesures de suite non crédibles", "mesures crédibles de suite"),
    OVERFLOW: Units("% de risque et plus", "% de risque et moins"),
    UNEXPLAINED: Units("", "jours sans explication", lasting=True),
    "urgent": Units(),
    "plan": Units(),
}


def _default(kind: str, **more: object) -> Setting:
    condition = CONDITIONS.get(kind)
    values = {} if condition is None else asdict(condition)
    known = {
        "opens_at": getattr(DEFAULT, values.get("opens") or "", None),
        "clears_at": getattr(DEFAULT, values.get("clears") or "", None),
        "lasting_s": getattr(DEFAULT, values.get("lasting_s") or "", None),
    }
    return Setting(kind=kind, **{**known, **more})  # type: ignore[arg-type]


# In the order people see them: the gravest first.
DEFAULTS: dict[str, Setting] = {
    one.kind: one
    for one in (
        _default("fire", rings=True, repeat_s=HOUR // 2, escalate_s=HOUR // 4),
        _default("tilt", escalate_s=4 * HOUR, gather_s=HOUR // 4),
        _default("urgent", repeat_s=DAY, gather_s=HOUR),
        _default(OVERFLOW, opens_at=30.0, clears_at=15.0, gather_s=4 * HOUR),
        _default(UNEXPLAINED, clears_at=7.0, lasting_s=6 * HOUR, gather_s=4 * HOUR),
        _default("silent", wait_s=HOUR // 2, repeat_s=7 * DAY, gather_s=6 * HOUR),
        _default("implausible", wait_s=HOUR, gather_s=6 * HOUR),
        _default("low_battery", gather_s=DAY),
        _default("plan", tells=False, gather_s=4 * HOUR),
    )
}


def settings_now(connection: Connection[DictRow]) -> dict[str, Setting]:
    """Return every kind's setting in force, the gravest kind first."""
    found = {row["kind"]: Setting(**row) for row in connection.execute(_SQL["settings_now"])}
    return {kind: found.get(kind, default) for kind, default in DEFAULTS.items()}


def setting_of(settings: Mapping[str, Setting], kind: str) -> Setting:
    """Return the setting of a kind; one this version does not know is told plainly."""
    return settings.get(kind) or Setting(kind=kind)


def rules_now(connection: Connection[DictRow]) -> Rules:
    """Return `fill`'s rules with the conditions that were chosen."""
    rows = connection.execute(_SQL["settings_now"]).fetchall()
    return rules_of(_chosen(Setting(**row) for row in rows))


def rules_by_date(connection: Connection[DictRow]) -> Callable[[datetime], Rules]:
    """Return which rules were in force at an instant, so that folding the past again gives the past."""
    chosen: dict[str, Chosen] = {}
    dates, rules = [], []
    for row in connection.execute(_SQL["conditions_by_date"]):
        since = row.pop("since")
        chosen[row["kind"]] = Chosen(**row)
        dates.append(since)
        rules.append(rules_of(chosen.values()))
    return lambda at: rules[bisect_right(dates, at) - 1] if dates and at >= dates[0] else DEFAULT


def _chosen(settings: Iterable[Setting]) -> list[Chosen]:
    return [Chosen(one.kind, one.opens_at, one.clears_at, one.lasting_s) for one in settings]


def check(setting: Setting, others: dict[str, Setting]) -> str | None:
    """Return why a setting cannot be, in one French sentence, or None."""
    if setting.kind not in DEFAULTS:
        return "Ce genre d'alerte n'existe pas."
    default = DEFAULTS[setting.kind]
    for name in ("opens_at", "clears_at", "lasting_s"):
        given = getattr(setting, name)
        if (given is None) != (getattr(default, name) is None) or (given is not None and not 0 < given < inf):
            return "Une condition manque, est en trop, ou n'est pas un nombre positif."
    if setting.kind == OVERFLOW and not (setting.clears_at or 0) < (setting.opens_at or 0) <= 100:
        return "Le risque qui clôt doit être inférieur au risque qui ouvre, au plus 100 %."
    try:
        rules_of(_chosen({**others, setting.kind: setting}.values()))
    except Refused:
        return "La condition de clôture doit être en deçà de celle d'ouverture."
    return None


def save_setting(connection: Connection[DictRow], setting: Setting, account_id: int, now: datetime) -> bool:
    """Make `setting` the one in force from `now` on; return False when it was already."""
    if settings_now(connection).get(setting.kind) == setting:
        return False
    connection.execute(_SQL["save_setting"], {**asdict(setting), "since": now, "set_by": account_id})
    return True
