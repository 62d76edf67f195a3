"""One word for the probe, whether its level is to be believed, and the evidence as a French sentence.

Knows the counts that others keep (`echo`, `track`, `drift`) and no alert. One bad echo is no quality of a
probe: every word but `silent` needs several readings. Sentences have their figures and no time of day.
"""

from dataclasses import dataclass
from datetime import datetime

from fill.drift import drift
from fill.model import DEFAULT, Calibration, Memory, Quality, Rules, State
from fill.sentence import lasting, number, typeset
from fill.track import noisy

# With these words the level of the probe is not believed at all; the others still move it.
UNTRUSTED: frozenset[Quality] = frozenset({"stuck", "silent", "implausible"})


def quality(memory: Memory, stuck: bool, lying: bool, rules: Rules) -> Quality:
    """The word, the gravest first; `lying` is a container on its side, whose level no probe can tell."""
    echo = memory.echo
    if stuck:
        return "stuck"
    if echo.blind >= rules.blind_after:
        return "saturated"
    if lying or echo.bad >= rules.implausible_after or echo.missed >= rules.missed_share:
        return "implausible"
    if drift(memory.base, rules):
        return "drifting"
    return "noisy" if memory.track is not None and noisy(memory.track, rules) else "ok"


def believed(word: Quality, memory: Memory, rules: Rules) -> bool:
    """Whether the level follows what the probe says, rather than what the container usually takes."""
    if word in UNTRUSTED:
        # A probe that misses many echoes is believed while the last ones are good.
        return word == "implausible" and memory.echo.good > 0 and memory.tilted_since is None
    if (
        word == "saturated"
    ):  # "at least", if the level was going there; else a web or a bracket before the eye
        return memory.echo.good > 0
    if word == "drifting":
        return False
    return memory.track is None or memory.track.noise < rules.trembling_points


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the probe has its quality: a French sentence, and the figures in it by name."""

    quality: Quality
    sentence: str
    numbers: dict[str, float]


def evidence(
    state: State, calibration: Calibration, now: datetime | None = None, rules: Rules = DEFAULT
) -> Evidence:
    """The evidence of a state's quality; `now` lets a silence be told to its end."""
    memory = state.memory
    sentence, numbers = _TOLD[state.quality](state, memory, calibration, now or state.measured_at, rules)
    return Evidence(
        state.quality, typeset(sentence), {name: round(value, 3) for name, value in numbers.items()}
    )


_Told = tuple[str, dict[str, float]]


def _ok(state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules) -> _Told:
    if memory.track is None:
        return "Aucune mesure crédible encore.", {}
    noise = memory.track.noise
    return f"Mesures régulières, à {number(noise, 1)} points près.", {"noise_points": noise}


def _noisy(state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules) -> _Told:
    track = memory.track
    if track is None:
        return "Mesures dispersées.", {}
    numbers = {"noise_points": track.noise, "lies_percent": 100 * track.lies}
    if track.lies >= rules.noisy_lies:
        share = number(100 * track.lies)
        return f"{share} % des derniers échos sont loin du niveau et jamais confirmés.", numbers
    return f"Échos dispersés de {number(track.noise, 1)} points (ordinaire : 2).", numbers


def _stuck(state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules) -> _Told:
    echo = memory.echo
    if echo.same_since is None or state.measured_at is None:
        return "La sonde se répète.", {}
    seconds = (state.measured_at - echo.same_since).total_seconds()
    numbers = {"same_mm": float(echo.same_mm or 0), "readings": float(echo.same_count), "seconds": seconds}
    rate = state.rate_percent_per_day
    sentence = f"{echo.same_mm} mm répétés {echo.same_count} fois en {lasting(seconds)}"
    if rate:
        gained = rate * seconds / 86_400
        numbers["expected_points"] = gained
        sentence += f", alors que la colonne prend d’ordinaire {number(gained)} points dans ce temps"
    return sentence + ".", numbers


def _silent(state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules) -> _Told:
    since = state.measured_at or memory.awaited_since
    until = now or memory.silent_since
    if since is None or until is None:
        return "Aucune mesure reçue.", {}
    seconds = max(0.0, (until - since).total_seconds())
    pace = lasting(column.report_interval_s)
    return (
        f"Aucune mesure depuis {lasting(seconds)}, une attendue toutes les {pace}.",
        {"seconds": seconds, "interval_s": float(column.report_interval_s)},
    )


def _implausible(
    state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules
) -> _Told:
    echo = memory.echo
    if "tilt" in state.open_alerts:
        tilt = state.tilt_deg or 0
        return f"Colonne inclinée de {tilt}° : aucun niveau ne peut s’y mesurer.", {"tilt_deg": float(tilt)}
    numbers = {"readings": float(echo.bad), "missed_percent": 100 * echo.missed}
    if echo.bad >= rules.implausible_after:
        return f"{echo.bad} mesures de suite sans distance crédible.", numbers
    return f"{number(100 * echo.missed)} % des dernières mesures sans distance crédible.", numbers


def _saturated(
    state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules
) -> _Told:
    count = memory.echo.blind
    numbers = {"readings": float(count), "dead_zone_mm": float(column.dead_zone_mm)}
    sentence = f"{count} mesures de suite dans la zone aveugle (moins de {column.dead_zone_mm} mm)"
    if memory.echo.good:
        return sentence + " : la colonne est au moins remplie jusque-là.", numbers
    return sentence + ", sans que le niveau y menait : obstacle devant la sonde ?", numbers


def _drifting(state: State, memory: Memory, column: Calibration, now: datetime | None, rules: Rules) -> _Told:
    base = memory.base
    moved = drift(base, rules)
    numbers = {"first_points": base.first, "recent_points": base.recent, "emptyings": float(base.emptyings)}
    which = "plus haut" if moved > 0 else "plus bas"
    return (
        f"Après les vidages, le fond est vu {number(abs(moved))} points {which} qu’au début"
        f" ({base.emptyings} vidages) : sonde qui glisse, ou fond encombré.",
        numbers,
    )


_TOLD = {
    "ok": _ok,
    "noisy": _noisy,
    "stuck": _stuck,
    "silent": _silent,
    "implausible": _implausible,
    "saturated": _saturated,
    "drifting": _drifting,
}
