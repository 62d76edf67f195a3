"""When each alert opens, when it closes, and the French sentence that says why. Knows no filtering.

Opening and closing conditions are separate (hysteresis), an alert is opened only when shut and closed only
when open, so every kind alternates. `plan` and `urgent` look only at `floor` and `ceiling`, which two
witnesses agree on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import isfinite

from fill.model import (
    DEFAULT,
    AlertClosed,
    AlertOpened,
    Calibration,
    Echo,
    Emptied,
    Kind,
    Reading,
    Refused,
    Rules,
)
from fill.sentence import lasting, number, typeset

Change = AlertOpened | AlertClosed


@dataclass(frozen=True, slots=True)
class Facts:
    """What one reading established. `level` is the believed percent; `saturated` makes it "at least"."""

    reading: Reading
    level: float | None
    floor: float | None
    ceiling: float | None
    rate: float | None
    emptied: Emptied | None
    echo: Echo
    stuck: bool
    saturated: bool
    tilted_since: datetime | None


def changes(open_now: frozenset[str], facts: Facts, calibration: Calibration, rules: Rules) -> list[Change]:
    """The alerts one reading opens and closes, closings first."""
    found: list[Change] = []
    for kind, judge in JUDGES:
        change = judge(kind, kind in open_now, facts, calibration, rules)
        if change is not None:
            found.append(change)
    if len(found) > 1:
        found.sort(key=lambda change: isinstance(change, AlertOpened))
    return found


def _level(kind: Kind, is_open: bool, facts: Facts, calibration: Calibration, rules: Rules) -> Change | None:
    threshold = calibration.plan_percent if kind == "plan" else calibration.urgent_percent
    at, level = facts.reading.measured_at, facts.level
    if level is None:
        return None
    if not is_open:
        if facts.floor is None or facts.floor < threshold:
            return None
        return AlertOpened(kind, at, _filled(kind, facts, level, threshold))
    if facts.emptied is not None and facts.emptied.after_percent < threshold:
        before, after = number(facts.emptied.before_percent), number(facts.emptied.after_percent)
        return AlertClosed(kind, at, typeset(f"Colonne vidée : passée de {before} % à {after} %."))
    if facts.ceiling is None or facts.ceiling > threshold - rules.hysteresis_points:
        return None
    return AlertClosed(
        kind, at, typeset(f"Niveau redescendu à {number(level)} %, sous le seuil de {threshold} %.")
    )


def _filled(kind: Kind, facts: Facts, level: float, threshold: int) -> str:
    least = " au moins" if facts.saturated else ""
    what = "planification" if kind == "plan" else "urgence"
    # The filter may stand a little below what two echoes in a row have shown: tell what opened the alert.
    shown = max(level, facts.floor or 0.0)
    sentence = f"Remplie à {number(shown)} %{least} : seuil {'de' if kind == 'plan' else 'd’'}"
    sentence += f"{' ' if kind == 'plan' else ''}{what} de {threshold} % atteint"
    if facts.rate is None or facts.rate < 0.05 or shown >= 100:
        return typeset(sentence + ".")
    days = (100 - shown) / facts.rate
    when = f"{number(days)} jours" if days >= 1.5 else "un jour" if days >= 0.75 else f"{number(days * 24)} h"
    return typeset(f"{sentence}, pleine dans {when} environ au rythme de {number(facts.rate, 1)} % par jour.")


def _fire(kind: Kind, is_open: bool, facts: Facts, calibration: Calibration, rules: Rules) -> Change | None:
    temperature, said, at = facts.reading.temperature_c, facts.reading.fire, facts.reading.measured_at
    if not is_open:
        if temperature is not None and temperature >= rules.fire_c:
            sentence = f"Température de {number(temperature)} °C dans la colonne"
            sentence += f" (alerte à {number(rules.fire_c)} °C) : feu possible."
            return AlertOpened(kind, at, typeset(sentence))
        if said:
            heat = "" if temperature is None else f" (température de {number(temperature)} °C)"
            return AlertOpened(kind, at, typeset(f"La sonde signale elle-même un feu{heat}."))
        return None
    if said:
        return None
    if temperature is None:
        return AlertClosed(kind, at, "La sonde ne signale plus de feu.") if said is False else None
    if temperature <= rules.fire_clear_c:
        return AlertClosed(kind, at, typeset(f"Température redescendue à {number(temperature)} °C."))
    return None


def _tilt(kind: Kind, is_open: bool, facts: Facts, calibration: Calibration, rules: Rules) -> Change | None:
    tilt, at = facts.reading.tilt_deg, facts.reading.measured_at
    if tilt is None:
        return None
    if is_open:
        upright = f"Colonne de nouveau droite (inclinaison de {tilt}°)."
        return AlertClosed(kind, at, upright) if tilt <= rules.tilt_clear_deg else None
    if facts.tilted_since is None:
        return None
    seconds = (at - facts.tilted_since).total_seconds()
    if seconds < rules.tilt_lasting_s:
        return None
    sentence = f"Inclinée de {tilt}° depuis {lasting(seconds)} (alerte à {rules.tilt_deg}°)"
    return AlertOpened(kind, at, typeset(sentence + " : colonne renversée ou déplacée, ou sonde décrochée."))


def _battery(
    kind: Kind, is_open: bool, facts: Facts, calibration: Calibration, rules: Rules
) -> Change | None:
    charge, at = facts.reading.battery_percent, facts.reading.measured_at
    if charge is None:
        return None
    if not is_open and charge <= rules.low_battery_percent:
        sentence = (
            f"Batterie de la sonde à {number(charge)} % (alerte à {number(rules.low_battery_percent)} %)"
        )
        return AlertOpened(kind, at, typeset(sentence + " : la changer avant qu’elle ne se taise."))
    if is_open and charge >= rules.low_battery_clear_percent:
        return AlertClosed(kind, at, typeset(f"Batterie remontée à {number(charge)} %."))
    return None


def _implausible(
    kind: Kind, is_open: bool, facts: Facts, calibration: Calibration, rules: Rules
) -> Change | None:
    echo, at = facts.echo, facts.reading.measured_at
    if is_open:
        believed = echo.good >= rules.credible_again_after and not facts.stuck
        because = f"{echo.good} mesures crédibles de suite."
        return AlertClosed(kind, at, because) if believed else None
    if facts.stuck and echo.same_since is not None:
        since = lasting((at - echo.same_since).total_seconds())
        sentence = f"La sonde répète {echo.same_mm} mm depuis {since} ({echo.same_count} mesures)"
        return AlertOpened(kind, at, typeset(sentence + " : sans doute bloquée."))
    if echo.bad < rules.implausible_after:
        return None
    sentence = f"{echo.bad} mesures de suite sans distance crédible ({_last_echo(facts)})"
    return AlertOpened(kind, at, typeset(sentence + " : sonde à contrôler."))


def _last_echo(facts: Facts) -> str:
    if facts.reading.distance_mm is not None:
        return f"dernière : {facts.reading.distance_mm} mm"
    return {"no_echo": "aucun écho", "blind_zone": "écho en zone aveugle"}.get(
        facts.reading.echo_error or "", "aucune distance"
    )


def heard(silent_since: datetime, at: datetime) -> AlertClosed:
    """The end of a silence. A stored reading may be older than the alert: never close before opening."""
    return AlertClosed("silent", max(silent_since, at), "La sonde a de nouveau parlé.")


def unheard(now: datetime, since: datetime, ever: bool, calibration: Calibration) -> AlertOpened:
    """The beginning of a silence."""
    what = "Aucune mesure depuis" if ever else "Aucune mesure jamais reçue, attendue depuis"
    pace = lasting(calibration.report_interval_s)
    sentence = f"{what} {lasting((now - since).total_seconds())} alors qu’il en faut une toutes les {pace}."
    return AlertOpened("silent", now, typeset(sentence))


Judge = Callable[[Kind, bool, Facts, Calibration, Rules], Change | None]
JUDGES: tuple[tuple[Kind, Judge], ...] = (
    ("plan", _level),
    ("urgent", _level),
    ("fire", _fire),
    ("tilt", _tilt),
    ("low_battery", _battery),
    ("implausible", _implausible),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which fields of `Rules` open and clear a kind, and how long it must last; "" for none."""

    opens: str = ""
    clears: str = ""
    lasting_s: str = ""


CONDITIONS: dict[str, Condition] = {
    "fire": Condition("fire_c", "fire_clear_c"),
    "tilt": Condition("tilt_deg", "tilt_clear_deg", "tilt_lasting_s"),
    "low_battery": Condition("low_battery_percent", "low_battery_clear_percent"),
    "silent": Condition("silent_after_reports"),
    "implausible": Condition("implausible_after", "credible_again_after"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for one kind, None where the default stays; in the units of its fields of `Rules`."""

    kind: str
    opens_at: float | None = None
    clears_at: float | None = None
    lasting_s: int | None = None


_WHOLE = frozenset(one.name for one in fields(Rules) if one.type is int)


def rules_of(choices: Iterable[Chosen], rules: Rules = DEFAULT) -> Rules:
    """Put the choices into `rules`; kinds without conditions of their own are passed over.

    Raises `Refused` when they contradict each other, for instance a clear condition beyond the open one.
    """
    values: dict[str, float | int] = {}
    for chosen in choices:
        condition = CONDITIONS.get(chosen.kind, Condition())
        for name, value in (
            (condition.opens, chosen.opens_at),
            (condition.clears, chosen.clears_at),
            (condition.lasting_s, chosen.lasting_s),
        ):
            if name and value is not None:
                if not isfinite(value):
                    raise Refused(f"{name} must be a finite number")
                values[name] = round(value) if name in _WHOLE else value
    return replace(rules, **values) if values else rules  # type: ignore[arg-type]
