"""The canonical sample, what may stand in it, and why a payload gives none.

Knows the vocabulary (that of OMA LwM2M object 3435, README.md) and the limits of the plausible. Knows no
vendor: codecs hand their raw values to `sample`, and nothing implausible passes it as a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

Quality = Literal[
    "ok", "no_echo", "blind_zone", "out_of_range", "sensor_fault", "no_temperature_sensor", "implausible"
]

EchoError = Literal["no_echo", "blind_zone"]

# A value outside is not a measurement. Distance and temperature as in the native contract (ingest/README.md).
LIMITS: dict[str, tuple[float, float]] = {
    "distance_mm": (0, 20_000),
    "fill_percent": (0, 100),
    "temperature_c": (-50, 200),
    "humidity_percent": (0, 100),
    "battery_percent": (0, 100),
    "battery_v": (0.5, 20),
    "tilt_deg": (0, 180),
}
# A clock that was never set says 1970 or 2000; no device of ours is older than LoRaWAN 1.0 (2015).
EARLIEST, LATEST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_MEASURED = (*LIMITS, "tilted", "fire", "full")
_LEVEL_FAULTS = ("no_echo", "blind_zone", "out_of_range", "sensor_fault")
Extra = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a device said of one instant. An absent value is None; `measured_at` None is the uplink's time.

    `quality` is "ok", or the first thing that is wrong: the level before the rest.
    """

    measured_at: datetime | None = None
    distance_mm: int | None = None
    fill_percent: float | None = None
    temperature_c: float | None = None
    humidity_percent: float | None = None
    battery_percent: float | None = None
    battery_v: float | None = None
    tilted: bool | None = None
    tilt_deg: float | None = None
    fire: bool | None = None
    full: bool | None = None
    quality: Quality = "ok"
    extra: Mapping[str, Extra] = field(default_factory=dict)

    @property
    def measures(self) -> bool:
        """Whether anything was measured; false for a parameter echo, a version report…"""
        return self.quality != "ok" or any(getattr(self, name) is not None for name in _MEASURED)

    @property
    def echo_error(self) -> EchoError | None:
        """Why there is no distance, in the two words `fill` knows; None when there is one or none was due."""
        if self.distance_mm is not None or self.quality not in _LEVEL_FAULTS:
            return None
        return "blind_zone" if self.quality == "blind_zone" else "no_echo"


@dataclass(frozen=True, slots=True)
class NotThisDevice:
    """Not this codec's payload: `unknown_codec`, `wrong_port`, `empty`, `truncated` or `foreign`."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CodecFailed:
    """A vendor's JavaScript gave nothing to use; see `script.FAILURES` for the reasons."""

    reason: str
    detail: str


Decoded = tuple[Sample, ...] | NotThisDevice | CodecFailed


class Foreign(Exception):
    """Carries "this is not mine" out of a decoder to the registry; never leaves this package."""

    def __init__(self, detail: str, reason: str = "foreign") -> None:
        super().__init__(detail)
        self.refusal = NotThisDevice(reason, detail)


def sample(quality: Quality = "ok", *, extra: Mapping[str, Extra | None] | None = None, **raw: Any) -> Sample:
    """Return a `Sample` of the values that are plausible; one that is not becomes the quality instead.

    `raw` are the fields of `Sample`, in its units, unrounded. A distance outside the limits is
    "out_of_range"; another value is "implausible", which never hides a fault of the level.
    """
    for name, (low, high) in LIMITS.items():
        value = raw.get(name)
        if value is None:
            continue
        if not isfinite(value) or not low <= value <= high:
            raw[name] = None
            if name == "distance_mm":
                quality = "out_of_range" if quality not in _LEVEL_FAULTS else quality
            elif quality == "ok":
                quality = "implausible"
        elif name == "distance_mm":
            raw[name] = round(value)
        else:
            raw[name] = round(float(value), 3)
    if quality in _LEVEL_FAULTS:
        raw["distance_mm"] = None
    kept = {name: value for name, value in (extra or {}).items() if value is not None}
    return Sample(quality=quality, extra=kept, **raw)


def instant(unix_s: int) -> datetime | None:
    """Return the UTC instant of a device's clock, or None when the clock was plainly never set."""
    try:
        at = datetime.fromtimestamp(unix_s, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if EARLIEST <= at < LATEST else None


def document(one: Sample) -> dict[str, Any]:
    """Return the sample as JSON says it: absent values left out, instants in RFC 3339."""
    said: dict[str, Any] = {}
    for name in one.__slots__:
        value = getattr(one, name)
        if value is None or (name == "extra" and not value):
            continue
        said[name] = value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
    if "extra" in said:
        said["extra"] = dict(one.extra)
    return said
