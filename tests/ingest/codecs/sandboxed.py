"""Codecs in a few words, and what the sandbox answers to them."""

from datetime import UTC, datetime

from ingest.codecs.javascript import Sandbox, Script
from ingest.codecs.model import Sample

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PAYLOAD = bytes.fromhex("01755c03824408")


def body(text: str) -> Script:
    """A codec whose decodeUplink has this body."""
    return Script(name="acme/probe", source=f"function decodeUplink(input) {{ {text} }}")


def ran(
    sandbox: Sandbox, script: Script, payload: bytes = PAYLOAD, port: int | None = 85
) -> tuple[Sample, ...]:
    found = sandbox.decode(script, payload, port, AT, {"height": "2000"})
    assert isinstance(found, tuple), found
    return found
