"""Live Objects' BinaryDecoder, as its decoders name it."""

from typing import Any

import pytest

from ingest.codecs.javascript import Sandbox, Script
from ingest.codecs.model import CodecFailed
from tests.ingest.codecs.sandboxed import AT, PAYLOAD, body, ran


def in_live_objects(format_: str) -> Script:
    """A Live Objects decoder that answers what BinaryDecoder says."""
    return Script(
        name="acme/probe",
        source=f"var decode = function (encoded) {{ return BinaryDecoder.decode('{format_}', encoded); }};",
    )


# The format and payload of the first are Orange's own published example (Payload-decoders, example 2).
FORMATS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "byte:1 is_led_on; ushort pressure_value; ushort temp_value; ushort altitude; ubyte battery_lvl;"
        " byte[6] raw_gps; ",
        "0127520a5a0213244567bdded154ffff07",
        {"is_led_on": 1, "pressure_value": 10066, "temp_value": 2650, "altitude": 531, "battery_lvl": 36},
    ),
    ("<ushort Level; <int b; byte c;", "4408ffffffff80", {"b": -1, "c": -128}),
    ("bit:3 a; bit:5 b; bit c; align; bool d;", "2b0101", {"a": 3, "b": 5, "c": 1, "d": True}),
    ("skip:2; uint a; // the rest is kept for later", "000000000001ff", {"a": 1}),
    ("floatj a; doublej b;", "41b9999a4037333333333333", {"a": 23.200000762939453, "b": 23.2}),
    ("long a;", "0000000100000000", {"a": 4294967296}),
]


@pytest.mark.parametrize(("format_", "payload", "wanted"), FORMATS)
def test_binary_decoder_reads_the_formats_of_live_objects(
    shared: Sandbox, format_: str, payload: str, wanted: dict[str, Any]
) -> None:
    """Numbers of each size and order, bits, names in small letters; what follows is left alone."""
    (one, *_) = ran(shared, in_live_objects(format_), bytes.fromhex(payload))
    assert {name: one.extra[name] for name in wanted} == wanted


def test_binary_decoder_reads_structures(shared: Sandbox) -> None:
    """Counted by a field, up to the end, nested; seen through the codec's own JSON."""
    source = """var decode = function (encoded) {
        var format = 'ubyte n; pair [n] { ubyte a; <ushort b; } { ubyte c; } byte[_] rest;';
        var told = BinaryDecoder.decode(format, encoded);
        return JSON.stringify({all: JSON.stringify(JSON.parse(told))});
    };"""
    (one,) = ran(shared, Script(name="acme/probe", source=source), bytes.fromhex("02010200030400050607"))
    said = '{"n":2,"pair":[{"a":1,"b":2},{"a":3,"b":4}],"c":5,"rest":[6,7]}'
    assert one.extra["all"] == said


@pytest.mark.parametrize(
    ("format_", "reasons"),
    [
        ("ushort a", {"codec_threw"}),
        ("stringj a;", {"codec_threw"}),
        ("byte:4 a;", {"codec_threw"}),
        ("x { byte a; ", {"codec_threw"}),
        ("byte a; }", {"codec_threw"}),
        ("byte[99] a;", {"codec_threw"}),
        ("byte[m] a;", {"codec_threw"}),
        ("x [_] { }", {"codec_threw"}),
        ("x [999999999] { }", {"codec_timeout", "codec_memory", "codec_killed"}),
        ("{" * 60_000, {"codec_threw", "codec_stack", "codec_timeout", "codec_memory"}),
    ],
)
def test_binary_decoder_refuses_what_it_does_not_know(format_: str, reasons: set[str]) -> None:
    """With words, within the limits, and the next codec is served."""
    with Sandbox() as sandbox:
        found = sandbox.decode(in_live_objects(format_), PAYLOAD, 85, AT)
        assert isinstance(found, CodecFailed), found
        assert found.reason in reasons
        assert ran(sandbox, body("return {data: {distance: 1200}};"))[0].distance_mm == 1200


def test_binary_decoder_is_there_for_those_who_name_it(shared: Sandbox) -> None:
    """Every other codec's world is as small as before."""
    text = "return {data: {a: typeof globalThis['Binary' + 'Decoder']}};"
    assert ran(shared, body(text))[0].extra == {"a": "undefined"}
