"""A setting as the bytes one model of probe understands, from its maker's published formats. Pure.

Knows the downlink payloads of Milesight and Dingtek, and the bounds of our native contract. Refuses, with a
French sentence, what a model cannot be told: nothing is guessed.

Sources: Milesight's published encoders (report_interval: FF 03 and seconds, FF 8E 00 and minutes for the
radar EM410; distance alarm FF 06 in standard mode), application port 85; Dingtek's examples for DF702 and
DF703 (ASCII hexadecimal `80029999`, option, value, `81`), port 3.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["interval", "full_distance", "fire", "tilt"]
KINDS: tuple[Kind, ...] = ("interval", "full_distance", "fire", "tilt")

_MILESIGHT_PORT = 85
_DINGTEK_PORT = 3
_BELOW_STANDARD = 0x89  # below the minimum, standard mode, tell when it is over
_BELOW_STANDARD_ENABLED = 0xC9  # EM500 has an enabling bit besides


@dataclass(frozen=True, slots=True)
class Setting:
    """What a probe is told: interval in s, full_distance in mm, fire in °C, tilt in degrees from upright."""

    kind: Kind
    value: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes for a LoRaWAN application port."""

    f_port: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why this probe cannot be told this: a French sentence for the person who asked."""

    sentence: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a model takes: values from `low` to `high`, in multiples of `step`, all in the setting's unit."""

    low: int
    high: int
    step: int
    encode: Callable[[int], Frame]


def _milesight(*parts: int) -> Frame:
    return Frame(_MILESIGHT_PORT, bytes(parts))


def _seconds(value: int) -> Frame:
    return _milesight(0xFF, 0x03, *value.to_bytes(2, "little"))


def _minutes(value: int) -> Frame:
    return _milesight(0xFF, 0x8E, 0x00, *(value // 60).to_bytes(2, "little"))


def _nearer_than(condition: int) -> Callable[[int], Frame]:
    return lambda value: _milesight(0xFF, 0x06, condition, *value.to_bytes(2, "little"), *bytes(6))


def _dingtek(option: int, unit: int = 1) -> Callable[[int], Frame]:
    return lambda value: Frame(_DINGTEK_PORT, f"80029999{option:02X}{value // unit:02X}81".encode())


def _em(low: int, high: int, condition: int = _BELOW_STANDARD) -> dict[Kind, _Rule]:
    """Return what Milesight's probes of a level take; `low` and `high` are what each can measure, in mm."""
    return {
        "interval": _Rule(60, 64_800, 1, _seconds),
        "full_distance": _Rule(low, high, 1, _nearer_than(condition)),
    }


# Model (small letters, maker and device) → setting → rule. The first pattern that fits counts.
_MODELS: tuple[tuple[re.Pattern[str], dict[Kind, _Rule]], ...] = (
    (re.compile(r"milesight(-iot)?/em410-rdl"), {"interval": _Rule(60, 86_400, 60, _minutes)}),
    (re.compile(r"milesight(-iot)?/em400-(udl|uld)"), _em(0, 10_000)),
    (re.compile(r"milesight(-iot)?/em400-tld"), _em(20, 3_500)),
    (re.compile(r"milesight(-iot)?/em400-mud"), _em(0, 4_500)),
    (re.compile(r"milesight(-iot)?/em500-udl"), _em(0, 32_767, _BELOW_STANDARD_ENABLED)),
    (
        re.compile(r"milesight(-iot)?/(em310-udl|ws201)"),
        {"interval": _Rule(1, 65_535, 1, _seconds)},
    ),
    (
        re.compile(r"dingtek/df70[23]"),
        {
            "interval": _Rule(3_600, 168 * 3_600, 3_600, _dingtek(0x01, 3_600)),
            "full_distance": _Rule(150, 2_550, 10, _dingtek(0x02, 10)),
            "fire": _Rule(0, 255, 1, _dingtek(0x03)),
            "tilt": _Rule(15, 90, 1, _dingtek(0x04)),
        },
    ),
)
# Our own contract (ingest/README.md): name of the field, and what may be asked.
NATIVE: dict[Kind, tuple[str, int, int]] = {
    "interval": ("report_interval_s", 60, 7 * 86_400),
    "full_distance": ("full_distance_mm", 0, 20_000),
    "fire": ("fire_c", 30, 200),
    "tilt": ("tilt_deg", 5, 180),
}
_NAMES = {
    "interval": "l'intervalle d'envoi",
    "full_distance": "le seuil de remplissage",
    "fire": "le seuil de température",
    "tilt": "le seuil d'inclinaison",
}
_UNITS = {"interval": "s", "full_distance": "mm", "fire": "°C", "tilt": "°"}


def _rules(codec: str) -> dict[Kind, _Rule]:
    for pattern, rules in _MODELS:
        if pattern.fullmatch(codec.lower()):
            return rules
    return {}


def settable(codec: str) -> tuple[Kind, ...]:
    """Return what a probe of this codec can be told."""
    return KINDS if codec == "native" else tuple(kind for kind in KINDS if kind in _rules(codec))


def frame(codec: str, setting: Setting) -> Frame | Unfit:
    """Return the bytes that tell a LoRaWAN probe of this codec its new setting."""
    rule = _rules(codec).get(setting.kind)
    if rule is None:
        return Unfit(f"Ce modèle de sonde ({codec}) ne sait pas recevoir {_NAMES[setting.kind]} à distance.")
    unit = _UNITS[setting.kind]
    if not rule.low <= setting.value <= rule.high:
        return Unfit(f"Pour ce modèle, {_NAMES[setting.kind]} va de {rule.low} à {rule.high} {unit}.")
    if setting.value % rule.step:
        return Unfit(f"Pour ce modèle, {_NAMES[setting.kind]} se règle par pas de {rule.step} {unit}.")
    return rule.encode(setting.value)


def native_field(setting: Setting) -> tuple[str, int] | Unfit:
    """Return the field of `set` in our own contract, and its value."""
    name, low, high = NATIVE[setting.kind]
    if not low <= setting.value <= high:
        unit = _UNITS[setting.kind]
        return Unfit(f"{_NAMES[setting.kind].capitalize()} va de {low} à {high} {unit}.")
    return name, setting.value
