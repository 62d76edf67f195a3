"""How many payloads a second: each vendor's native decoder, envelopes, and JavaScript in the sandbox.

The JavaScript is a decoder of ours for the same Milesight payload, written the way vendors write theirs.
One at a time, as ingest's one loop does it. What is checked: every answer of the run is the right one.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.result import Result
from ingest.codecs.javascript import Sandbox, Script
from ingest.codecs.registry import decode
from ingest.envelopes.routes import read_as

TITLE = "Decoding: payloads a second, native and in the vendor's JavaScript."
VERSIONS = ("quickjs-ng", "pydantic-core")

_DATA = Path(__file__).parents[1] / "tests/data"
_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_TLD = bytes.fromhex("01755c0367010104824408050001")
_SCRIPT = Script(
    name="acme/em400",
    source="""
function decodeUplink(input) { return { data: milesight(input.bytes) }; }
function milesight(bytes) {
    var decoded = {};
    for (var i = 0; i < bytes.length; ) {
        var channel_id = bytes[i++];
        var channel_type = bytes[i++];
        if (channel_id === 0x01 && channel_type === 0x75) {
            decoded.battery = bytes[i];
            i += 1;
        } else if (channel_id === 0x03 && channel_type === 0x67) {
            decoded.temperature = int16(bytes, i) / 10;
            i += 2;
        } else if (channel_id === 0x04 && channel_type === 0x82) {
            decoded.distance = uint16(bytes, i);
            i += 2;
        } else if (channel_id === 0x05 && channel_type === 0x00) {
            decoded.position = bytes[i] === 0 ? "normal" : "tilt";
            i += 1;
        } else {
            break;
        }
    }
    return decoded;
}
function uint16(bytes, i) { return ((bytes[i + 1] << 8) + bytes[i]) & 0xffff; }
function int16(bytes, i) { var ref = uint16(bytes, i); return ref > 0x7fff ? ref - 0x10000 : ref; }
""",
)


def run(seconds: float = 1.0) -> Result:
    """Measure each kind for `seconds`."""
    rows = [_native(vendor, vectors, seconds) for vendor, vectors in _by_vendor().items()]
    rows += [_envelope(network, messages, seconds) for network, messages in _by_network().items()]
    rows.append(_javascript("JavaScript, warm", seconds, fresh=False))
    rows.append(_javascript("JavaScript, loaded each time", seconds, fresh=True))
    rows.append(_stopped(seconds))
    native = [float(str(row["per_s"])) for row in rows if row["kind"] == "native"]
    named = {str(row["what"]): row["per_s"] for row in rows}
    return Result(
        rows=rows,
        summary={
            "native_per_s_slowest": min(native),
            "native_per_s_milesight": named["milesight-iot"],
            "javascript_per_s": named["JavaScript, warm"],
        },
    )


def _by_vendor() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads((_DATA / "codec_vectors.json").read_text(encoding="utf-8")):
        if one.get("ours"):
            found.setdefault(one["codec"].partition("/")[0], []).append(one)
    return found


def _by_network() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads((_DATA / "lns_envelopes.json").read_text(encoding="utf-8")):
        found.setdefault(one["adapter"], []).append(one)
    return found


def _measured(kind: str, what: str, turn: Callable[[], int], seconds: float) -> dict[str, object]:
    """Repeat `turn`, which says how many it did, until the time is over."""
    turn()
    done, begun = 0, perf_counter()
    while (spent := perf_counter() - begun) < seconds:
        done += turn()
    return {"kind": kind, "what": what, "done": done, "per_s": round(done / spent)}


def _native(vendor: str, vectors: list[dict[str, Any]], seconds: float) -> dict[str, object]:
    payloads = [(one["codec"], bytes.fromhex(one["hex"]), one["f_port"], len(one["ours"])) for one in vectors]

    def turn() -> int:
        for codec, payload, port, samples in payloads:
            found = decode(codec, payload, port)
            assert isinstance(found, tuple)
            assert len(found) == samples
        return len(payloads)

    return _measured("native", vendor, turn, seconds)


def _envelope(network: str, messages: list[dict[str, Any]], seconds: float) -> dict[str, object]:
    payloads = [json.dumps(one["envelope"]).encode() for one in messages]

    def turn() -> int:
        for payload in payloads:
            assert hasattr(read_as(network, "a/event/up", payload), "payload")
        return len(payloads)

    return _measured("envelope", network, turn, seconds)


def _javascript(what: str, seconds: float, *, fresh: bool) -> dict[str, object]:
    """`fresh`: another text each time, so that the codec is compiled anew in a context of its own."""
    with Sandbox() as sandbox:
        count = 0

        def turn() -> int:
            nonlocal count
            count += 1
            source = f"{_SCRIPT.source}\n// {count}" if fresh else _SCRIPT.source
            found = sandbox.decode(Script(name=_SCRIPT.name, source=source), _TLD, 85, _AT)
            assert isinstance(found, tuple)
            assert found[0].distance_mm == 2116
            return 1

        return _measured("sandbox", what, turn, seconds)


def _stopped(seconds: float) -> dict[str, object]:
    """What a codec that never ends costs its neighbours, once it rests: nothing that can be seen."""
    looping = Script(name="acme/loop", source="function decodeUplink() { while (true) {} }")
    with Sandbox() as sandbox:
        for _ in range(3):
            sandbox.decode(looping, _TLD, 85, _AT)

        def turn() -> int:
            assert not isinstance(sandbox.decode(looping, _TLD, 85, _AT), tuple)
            assert isinstance(sandbox.decode(_SCRIPT, _TLD, 85, _AT), tuple)
            return 1

        return _measured("sandbox", "JavaScript, beside one that loops", turn, seconds)
