"""How the fields of a JSON envelope are read: what is missing, what is wrong, what was left out as zero.

Knows JSON and the notations the networks share (RFC 3339, base64, hexadecimal); knows no network.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ingest.envelopes.model import Unfit

Document = Mapping[str, Any]

_EUI = re.compile(r"[0-9A-Fa-f]{16}")
# RFC 3339 with any number of decimals. Milesight's gateways write the month and the day without a hyphen.
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-?(\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)
_MAX_PAYLOAD = 1024
_MAX_TEXT = 300
_EARLIEST, _LATEST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def inner(document: Document, name: str) -> Document:
    """Return the object in a field; empty when there is none."""
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unfit(f"{name} is not an object")
    return value


def objects(document: Document, name: str) -> list[Document]:
    """Return the objects of a list; empty when there is none."""
    value = document.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(document: Document, name: str) -> str | None:
    """Return a text, None when it is missing or something else; long ones are cut."""
    value = document.get(name)
    return printable(value) if isinstance(value, str) and value else None


def printable(value: str) -> str:
    """Return a text that may go to a log and to the database: short, without control characters."""
    return "".join(letter for letter in value[:_MAX_TEXT] if letter.isprintable())


def whole(document: Document, name: str, high: int) -> int:
    """Return a counter, 0 when it is missing: networks leave out what is zero."""
    value = document.get(name, 0)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int or not 0 <= value <= high:
        raise Unfit(f"{name} is not a whole number up to {high}")
    return value


def port(document: Document, name: str) -> int:
    """Return a LoRaWAN port."""
    return whole(document, name, 255)


def counter(document: Document, name: str) -> int:
    """Return a frame counter."""
    return whole(document, name, 2**32 - 1)


def eui(value: object) -> str:
    """Return a DevEUI in capitals."""
    if not isinstance(value, str) or _EUI.fullmatch(value) is None:
        raise Unfit("the DevEUI is missing or not 16 hexadecimal digits")
    return value.upper()


def payload_base64(value: object) -> bytes:
    """Return the bytes of a base64 text; a missing one is an empty message."""
    if value is None:
        return b""
    if not isinstance(value, str) or len(value) > 2 * _MAX_PAYLOAD:
        raise Unfit("the payload is not a short base64 text")
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise Unfit("the payload is not base64") from None


def payload_hex(value: object) -> bytes:
    """Return the bytes of a hexadecimal text; a missing one is an empty message."""
    if value is None:
        return b""
    if not isinstance(value, str) or len(value) > 2 * _MAX_PAYLOAD:
        raise Unfit("the payload is not a short hexadecimal text")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise Unfit("the payload is not hexadecimal") from None


def instant(value: object) -> datetime | None:
    """Return the UTC instant of a text, None when there is none; refuses one that cannot be read."""
    if value is None or value == "":
        return None
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Unfit("a time is not an RFC 3339 instant")
    year, month, day, clock, decimals, zone = found.groups()
    microseconds = ((decimals or "") + "000000")[:6]
    zone = "+00:00" if zone in "Zz" else zone
    try:
        at = datetime.fromisoformat(f"{year}-{month}-{day}T{clock}.{microseconds}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfit("a time is not an instant") from None
    return _believable(at)


def instant_ms(value: object) -> datetime | None:
    """Return the UTC instant of milliseconds since 1970, None when there is none."""
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < 10**13:
        raise Unfit("a time is not milliseconds since 1970")
    # Not value / 1000: a float would move the milliseconds.
    return _believable(datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000))


def _believable(at: datetime) -> datetime | None:
    """A network whose clock is not set says 1970: as good as no time."""
    return at if _EARLIEST <= at < _LATEST else None


def number(value: object) -> float | None:
    """Return a finite number, None for anything else: radio figures are worth no refusal."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e6 and isfinite(value) else None


def rssi(value: object) -> int | None:
    """Return a signal strength in dBm that can be one."""
    strength = number(value)
    return round(strength) if strength is not None and -200 <= strength <= 50 else None


def snr(value: object) -> float | None:
    """Return a signal-to-noise ratio in dB that can be one."""
    ratio = number(value)
    return ratio if ratio is not None and -50 <= ratio <= 50 else None


def strongest(receptions: Iterable[Document], name: str = "rssi") -> Document:
    """Return the reception whose signal was the strongest; empty when there is none."""
    return max(receptions, key=lambda one: number(one.get(name)) or -1000, default={})
