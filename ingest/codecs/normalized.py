"""What The Things Stack's `normalizeUplink` says, laid over what the same codec's `decodeUplink` said.

Its words have units by contract (air.temperature in °C, air.relativeHumidity in %, battery in V, time in
RFC 3339), so they win over the decoder's own; everything it has no word for, distances above all, stays the
decoder's. Several dated objects are the device's past.

Source: The Things Stack's documentation, "normalized payload". Never raises, whatever the JSON.
"""

from collections.abc import Mapping
from typing import Any


def laid_over(data: object, normalized: object) -> object:
    """Return `data` with the normalised words in front; `data` itself when there are none."""
    if not isinstance(data, dict):
        return data
    given = normalized if isinstance(normalized, list) else [normalized]
    found = [told for one in given if isinstance(one, dict) and (told := _told(one))]
    if not found:
        return data
    present = [one for one in found if "measured_at" not in one] or (found if len(found) == 1 else [])
    past = [one for one in found if one not in present]
    first = dict(present[0]) if present else {}
    first.update(item for item in data.items() if item[0] not in first)
    return {**first, "normalized": past} if past else first


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    air = one.get("air")
    air = air if isinstance(air, dict) else {}
    said = {
        "temperature_c": air.get("temperature"),
        "humidity_percent": air.get("relativeHumidity"),
        "battery_v": one.get("battery"),
        "measured_at": one.get("time"),
    }
    return {name: value for name, value in said.items() if value is not None}
