"""What other people's decoders say, in any of their words and units, as canonical samples.

For the output of a vendor's JavaScript and for the object a network decoded itself. Knows many names for the
same thing, the units written beside a number ("2000 mm") and the words that stand where a number should
("No Sensor"). Refuses to guess: a bare `level` may be a distance or a height, so it is kept aside unless a
hint says which. Never raises, whatever the JSON.

A hint is {"name the decoder uses": "canonical name with its unit"}, as {"distance": "distance_cm"}.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ingest.codecs.model import CodecFailed, Extra, Quality, Sample, instant, sample

# Canonical field and what one unit of the decoder's is in ours. "battery" is settled by the value's look.
_UNITS: dict[str, tuple[str, float]] = {
    "distance_mm": ("distance_mm", 1),
    "distance_cm": ("distance_mm", 10),
    "distance_m": ("distance_mm", 1000),
    "fill_percent": ("fill_percent", 1),
    "fill_ratio": ("fill_percent", 100),
    "temperature_c": ("temperature_c", 1),
    "humidity_percent": ("humidity_percent", 1),
    "battery_percent": ("battery_percent", 1),
    "battery_v": ("battery_v", 1),
    "battery_mv": ("battery_v", 0.001),
    "battery": ("battery", 1),
    "voltage": ("voltage", 1),
    "tilt": ("tilt", 1),
    "tilt_deg": ("tilt_deg", 1),
    "tilted": ("tilted", 1),
    "fire": ("fire", 1),
    "full": ("full", 1),
    "measured_at": ("measured_at", 1),
    "level": ("level", 1),
    "fault": ("fault", 1),
    "valid": ("valid", 1),
}
# Names in small letters and digits only, as `_plain` makes them.
_NAMES = {
    "distance_mm": "distance distancemm distanceaverage distancemedian proxxmm height2surface distancevalue",
    "distance_cm": "distancecm distance1cm proxx proximity lidardistance",
    "distance_m": "distancem",
    "level": "level",
    "fill_percent": "fillpercent filllevel fillinglevel fillinglvl fillinglvlpercent levelpercentage"
    " levelpercent remaining currentlevel fillrate filling fill",
    "temperature_c": "temperature temperaturec temp tempc tempcds18b20 tempcds tempcsht internaltemperature",
    "humidity_percent": "humidity humiditypercent relativehumidity rh humsht",
    "battery_percent": "batterylevel batterypercent batterypercentage batpercent",
    "battery_v": "bat batv batteryv batteryvol",
    "battery_mv": "batterymv vdd",
    "voltage": "batteryvoltage voltage volt batvolt",
    "battery": "battery",
    "tilt": "tilt position",
    "tilt_deg": "tiltangle tiltdeg angle angleofinclination",
    "tilted": "tilted tiltalarm alarmtilt alarmfall",
    "fire": "fire firealarm alarmfire",
    "full": "full fullalarm alarmfull",
    "measured_at": "timestamp time ts measuredat recordedat",
    "fault": "distanceerror distanceexception",
    "valid": "valid",
}
_WORDS = {word: name for name, words in _NAMES.items() for word in words.split()}

_SUFFIXES = {
    "mm": "distance_mm", "cm": "distance_cm", "m": "distance_m", "mv": "battery_mv", "v": "battery_v",
    "%": "percent", "°c": "temperature_c", "℃": "temperature_c", "c": "temperature_c", "cel": "temperature_c",
    "°": "tilt_deg", "deg": "tilt_deg",
}  # fmt: skip
_NUMBER = re.compile(r"\s*([-+]?\d{1,12}(?:\.\d{1,12})?)\s*([a-zA-Z%°℃]{0,4})\s*(?:\(.{0,30}\))?\s*")
# What stands where a distance should, searched in small letters without punctuation.
_SENTENCES: tuple[tuple[str, Quality], ...] = (
    ("tooclose", "blind_zone"),
    ("blind", "blind_zone"),
    ("toofar", "out_of_range"),
    ("outofrange", "out_of_range"),
    ("overrange", "out_of_range"),
    ("notarget", "no_echo"),
    ("noecho", "no_echo"),
    ("timeout", "no_echo"),
)
# Numbers that are words: what 16-bit, 9-bit and 7-bit fields say when they are empty.
_NO_DISTANCE: dict[float, Quality] = {65535: "no_echo", 65534: "no_echo", 65533: "out_of_range"}
_NO_TEMPERATURE = {327.6, -327.6, 327.7, 3276.7, -3276.8, -327.68, 327.67}
_HIDDEN = {"payload", "bytes", "raw", "imei", "imsi", "iccid"}
_MOST_EXTRA, _LONGEST, _MOST_SAMPLES = 40, 100, 256


def normalise(data: object, hints: Mapping[str, str] | None = None) -> tuple[Sample, ...] | CodecFailed:
    """Return the samples that a decoder's `data` object (or list of them) holds, the present one first."""
    told = {_plain(name): wanted for name, wanted in (hints or {}).items() if wanted in _UNITS}
    found = [one for record in _records(data) if (one := _sample(record, told)) is not None]
    if not found:
        return CodecFailed("no_data", "nothing in the decoder's answer has a name known here")
    return tuple(found[:_MOST_SAMPLES])


def _records(data: object) -> Iterator[Mapping[str, Any]]:
    """The object itself, then each dated object of any list inside: a device's past readings."""
    if isinstance(data, list):
        yield from (record for record in data if isinstance(record, dict))
    elif isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        # One undated object in a list is the reading itself in a wrapping; several cannot be told apart.
        wrapped = [
            only[0] for only in lists if len(only) == 1 and isinstance(only[0], dict) and not _dated(only[0])
        ]
        yield dict(item for one in (*reversed(wrapped), data) for item in one.items())
        yield from (one for several in lists for one in several if isinstance(one, dict) and _dated(one))


def _dated(record: Mapping[str, Any]) -> bool:
    return any(_WORDS.get(_plain(name)) == "measured_at" for name in record)


def _sample(record: Mapping[str, Any], hints: Mapping[str, str]) -> Sample | None:
    raw: dict[str, Any] = {}
    extra: dict[str, Extra] = {}
    faults: list[Quality] = []
    for name, value in _flat(record):
        plain = _plain(name)
        wanted = hints.get(plain) or _WORDS.get(plain)
        if wanted is None or not _take(wanted, value, raw, faults):
            _keep(name, value, extra)
    if not raw and not extra and not faults:
        return None
    faults.sort(key=lambda fault: fault in ("implausible", "no_temperature_sensor"))  # the level's first
    return sample(faults[0] if faults else "ok", extra=extra, **raw)


def _flat(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values; {value, unit} becomes "value unit", an object within gives its own names."""
    for name, value in record.items():
        if not isinstance(value, dict):
            yield name, value
        elif "value" in value:
            unit = value.get("unit")
            number = value["value"]
            plain = isinstance(unit, str) and isinstance(number, int | float) and not isinstance(number, bool)
            yield name, f"{number} {unit}" if plain else number
        else:
            yield from ((inner, one) for inner, one in value.items() if not isinstance(one, dict))


def _take(wanted: str, value: object, raw: dict[str, Any], faults: list[Quality]) -> bool:
    """Put `value` under its canonical name; False when it is none of ours after all."""
    field, scale = _UNITS[wanted]
    if field == "measured_at":
        at = _when(value)
        if at is not None:
            raw.setdefault("measured_at", at)
        return at is not None
    if field in ("fire", "full", "tilted", "tilt"):
        return _flag(field, value, raw)
    if field in ("fault", "valid"):
        return _admitted(value, faults)
    number, unit = _number(value)
    if number is None:
        return _word(field, value, faults)
    if unit is not None:
        field, scale = _by_unit(field, unit, scale)
    elif field == "level":
        return False
    else:
        field, scale = _by_look(field, number, scale)
    return _number_of(field, number * scale, raw, faults)


def _by_unit(field: str, unit: str, scale: float) -> tuple[str, float]:
    """The unit written beside the number wins over what the name promises."""
    if unit == "percent":
        return {"battery": "battery_percent", "voltage": "battery_percent", "level": "fill_percent"}.get(
            field, field
        ), 1
    named, factor = _UNITS[unit]
    alike = {"battery": "battery_v", "voltage": "battery_v", "level": "distance_mm"}.get(field, field)
    return (named, factor) if named == alike else (field, scale)


def _by_look(field: str, number: float, scale: float) -> tuple[str, float]:
    """Volts or percent, volts or millivolts: a battery has 1.5 to 20 V, and a percentage is whole."""
    if field == "battery":
        return ("battery_percent", 1) if number == int(number) else ("battery_v", 1)
    if field in ("voltage", "battery_v"):
        return "battery_v", 0.001 if number * scale > 100 else scale
    return field, scale


def _number_of(field: str, number: float, raw: dict[str, Any], faults: list[Quality]) -> bool:
    if field == "distance_mm" and number in _NO_DISTANCE:
        faults.append(_NO_DISTANCE[number])
    elif field == "temperature_c" and round(number, 2) in _NO_TEMPERATURE:
        faults.append("no_temperature_sensor")
    elif field in ("fill_percent", "battery_percent") and number in (127, 255, 511):
        faults.append("sensor_fault" if field == "fill_percent" else "implausible")
    elif field in ("battery", "voltage", "level"):
        return False
    else:
        raw.setdefault(field, number)
    return True


def _word(field: str, value: object, faults: list[Quality]) -> bool:
    """A word where a number should be: a fault, never a number. Other things (lists, None) are not ours."""
    if not isinstance(value, str):
        return False
    said = _plain(value)
    if field in ("distance_mm", "level", "fill_percent"):
        faults.append(next((quality for part, quality in _SENTENCES if part in said), "sensor_fault"))
    else:
        faults.append("no_temperature_sensor" if field == "temperature_c" else "implausible")
    return True


def _admitted(value: object, faults: list[Quality]) -> bool:
    """What a decoder says against its own reading: `valid: false`, `distance_exception: "no target"`."""
    if value is False:
        faults.append("sensor_fault")
    elif isinstance(value, str) and (said := _plain(value)) and "release" not in said and said != "normal":
        faults.append(next((quality for part, quality in _SENTENCES if part in said), "sensor_fault"))
    return False  # and kept aside in its own words


def _flag(field: str, value: object, raw: dict[str, Any]) -> bool:
    said: bool | None = None
    if isinstance(value, bool):
        said = value
    elif isinstance(value, int | float) and value in (0, 1):
        said = value == 1
    elif isinstance(value, str):
        word = _plain(value)
        if word in ("tilt", "tilted", "yes", "true", "alarm", "on", "1", "fire", "full"):
            said = True
        elif word in ("normal", "no", "false", "ok", "off", "0", "notilt"):
            said = False
        elif field == "tilt" and (angle := _number(value)[0]) is not None:
            raw.setdefault("tilt_deg", angle)
            return True
    elif field == "tilt" and isinstance(value, int | float):
        raw.setdefault("tilt_deg", value)
        return True
    if said is None:
        return False
    raw.setdefault("tilted" if field == "tilt" else field, said)
    return True


def _number(value: object) -> tuple[float | None, str | None]:
    """The finite number of `value` and the canonical name its unit points at."""
    if isinstance(value, bool):
        return None, None
    if isinstance(value, int | float):
        return (float(value), None) if abs(value) < 1e15 and isfinite(value) else (None, None)
    if not isinstance(value, str) or (read := _NUMBER.fullmatch(value)) is None:
        return None, None
    unit = read[2].lower()
    if unit and unit not in _SUFFIXES:
        return None, None
    return float(read[1]), _SUFFIXES.get(unit)


def _when(value: object) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > 1e11 else value  # milliseconds since 1970 are beyond year 5138
        return instant(int(seconds)) if abs(seconds) < 1e11 else None
    if not isinstance(value, str) or not 16 <= len(value) <= 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        return None if at.utcoffset() is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _keep(name: str, value: object, extra: dict[str, Extra]) -> None:
    if len(extra) >= _MOST_EXTRA or not isinstance(value, bool | int | float | str):
        return
    if _WORDS.get(_plain(name)) == "battery" and isinstance(value, bool):
        name = "battery_low"
    if _plain(name) in _HIDDEN or (isinstance(value, float) and not isfinite(value)):
        return
    short = value[:_LONGEST] if isinstance(value, str) else value
    extra[ascii(name)[1:-1][:_LONGEST]] = ascii(short)[1:-1] if isinstance(short, str) else short


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum()) if len(name) <= _LONGEST else ""
