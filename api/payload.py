"""A message's bytes as something a person can read: JSON, text, or hexadecimal. Pure; never raises.

What it returns is plain text for a template that escapes it; control characters and half characters never
pass.
"""

import json
from dataclasses import dataclass

SHOWN_BYTES = 4_096
_GROUP = 16


@dataclass(frozen=True, slots=True)
class Readable:
    """`form` is JSON, texte or hexadécimal; `cut` says that only the first bytes are shown."""

    form: str
    text: str
    size: int
    cut: bool


def readable(payload: bytes) -> Readable:
    """Return the payload in the most readable form that loses nothing."""
    size, part = len(payload), payload[:SHOWN_BYTES]
    cut = size > len(part)
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return Readable("hexadécimal", _hex(part), size, cut)
    if not cut and text[:1] in ("{", "["):
        try:
            pretty = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
            if _plain(pretty):
                return Readable("JSON", pretty, size, False)
        except (ValueError, RecursionError):
            pass
    if text and _plain(text):
        return Readable("texte", text[:SHOWN_BYTES], size, cut)
    return Readable("hexadécimal", _hex(part), size, cut)


def _plain(text: str) -> bool:
    return all(letter.isprintable() or letter in "\n\t" for letter in text)


def _hex(part: bytes) -> str:
    lines = (part[start : start + _GROUP] for start in range(0, len(part), _GROUP))
    return "\n".join(f"{number * _GROUP:04x}  {line.hex(' ')}" for number, line in enumerate(lines))
