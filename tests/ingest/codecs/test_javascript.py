"""A vendor's JavaScript runs unmodified under each network's contract, and none of them can do harm."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.codecs.javascript import FAILURES, Sandbox, Script
from ingest.codecs.model import CodecFailed, Sample
from tests.ingest.codecs.sandboxed import AT, PAYLOAD, body, ran

CONTRACTS = {
    "decodeUplink": "function decodeUplink(input) {"
    " return {data: {distance: input.bytes[6] * 256 + input.bytes[5]}}; }",
    "arrow": "const decodeUplink = (input) => ({data: {distance: 2116}});",
    "strict": "'use strict';\n"
    "function decodeUplink(input) { return {data: {distance: 2116}, warnings: ['w']}; }",
    "module": "module.exports = { decodeUplink: function () { return {data: {distance: 2116}}; } };",
    "exports": "exports.decodeUplink = function () { return {data: {distance: 2116}}; };",
    "assigned": "globalThis.decodeUplink = function () { return {data: {distance: 2116}}; };",
    "ChirpStack 3": "function Decode(fPort, bytes, variables) {"
    " return {distance: bytes[5] + 256 * bytes[6], p: fPort}; }",
    "Things Network 2": "function Decoder(bytes, port) {"
    " var decoded = {}; decoded.distance = 2116; return decoded; }",
    "ChirpStack 4's Buffer": "function decodeUplink(i) { const b = Buffer.from(i.bytes);"
    " return {data: {distance: b.readUInt16LE(5)}}; }",
    "Live Objects": "function decode(encoded, message) { var m = JSON.parse(message);"
    " if (m.metadata.network.lora.port !== 85) throw 'port';"
    " return JSON.stringify({distance: parseInt(encoded.substr(12, 2) + encoded.substr(10, 2), 16)}); }",
    "comment at the end": "function decodeUplink(i) { return {data: {distance: '2116 mm'}} } // end",
}


@pytest.mark.parametrize("source", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_contract_is_spoken(shared: Sandbox, source: str) -> None:
    """Each way a network server calls a codec works on the same payload."""
    assert ran(shared, Script(name="acme/probe", source=source))[0].distance_mm == 2116


def test_input_is_what_networks_give(shared: Sandbox) -> None:
    """Bytes as an array, the port, the reception as a Date, the device's variables."""
    (one,) = ran(
        shared,
        body(
            "return {data: {array: Array.isArray(input.bytes), n: input.bytes.length, port: input.fPort,"
            " at: input.recvTime.toISOString(), height: input.variables.height}};"
        ),
    )
    assert one.extra == {
        "array": True,
        "n": 7,
        "port": 85,
        "at": "2026-11-22T10:00:00.000Z",
        "height": "2000",
    }


def test_buffer_converts_both_ways(shared: Sandbox) -> None:
    """What ChirpStack's codecs use of Node's Buffer."""
    (one,) = ran(
        shared,
        body(
            "const b = Buffer.from(input.bytes); const s = Buffer.from('é', 'utf8');"
            "return {data: {hex: b.toString('hex'), base64: b.toString('base64'),"
            " back: Buffer.from(b.toString('base64'), 'base64').toString('hex'),"
            " utf: s.toString('hex') + s.toString(), be: b.readUInt16BE(1),"
            " i: Buffer.from('ff9c','hex').readInt16BE(0),"
            " f: Buffer.from('41b9999a','hex').readFloatBE(0).toFixed(1), u3: b.readUIntBE(0, 3),"
            " cat: Buffer.concat([b.slice(0, 1), Buffer.alloc(1, 7)]).toString('hex')}};"
        ),
    )
    assert one.extra == {
        "hex": "01755c03824408", "base64": "AXVcA4JECA==", "back": "01755c03824408", "utf": "c3a9\\xe9",
        "be": 0x755C, "i": -100, "f": "23.2", "u3": 0x01755C, "cat": "0107",
    }  # fmt: skip


def test_console_is_silent(shared: Sandbox) -> None:
    """Forgotten traces neither fail nor print."""
    assert ran(shared, body("console.log('x'); return {data: {distance: 1}};"))[0].distance_mm == 1


LEAKS = {
    "top-level variable": "var seen = {}; function decodeUplink(i) {"
    " seen['k' + i.bytes[0]] = 1; return {data: seen}; }",
    "undeclared": "function decodeUplink(i) { if (typeof kept === 'undefined') kept = {};"
    " kept['k' + i.bytes[0]] = 1; return {data: kept}; }",
    "on globalThis": "function decodeUplink(i) { globalThis.kept = globalThis.kept || {};"
    " kept['k' + i.bytes[0]] = 1; return {data: kept}; }",
}


@pytest.mark.parametrize("source", LEAKS.values(), ids=LEAKS.keys())
def test_nothing_of_one_device_reaches_the_next(shared: Sandbox, source: str) -> None:
    """The same codec, two devices: the second must not inherit the first one's values."""
    script = Script(name="acme/leaky", source=source)
    assert ran(shared, script, b"\x01")[0].extra == {"k1": 1}
    assert ran(shared, script, b"\x02")[0].extra == {"k2": 1}


def test_one_codec_does_not_see_another(shared: Sandbox) -> None:
    """Each has its own context: not even a changed built-in crosses over."""
    ran(shared, body("Array.prototype.evil = 1; Object.prototype.worse = 2; return {data: {distance: 1}};"))
    (one,) = ran(shared, body("return {data: {a: typeof [].evil, b: typeof ({}).worse, c: typeof require}};"))
    assert one.extra == {"a": "undefined", "b": "undefined", "c": "undefined"}


NORMALIZERS = {
    "units win": (
        "return {data: {air: {temperature: 11.5, relativeHumidity: 60}, battery: 3.6}};",
        [
            Sample(
                distance_mm=1000, temperature_c=11.5, humidity_percent=60, battery_v=3.6, battery_percent=87
            ),
        ],
    ),
    "its past": (
        "return {data: [{air: {temperature: 11}}, {time: '2026-11-22T08:00:00Z', air: {temperature: 9}}]};",
        [
            Sample(distance_mm=1000, temperature_c=11, battery_percent=87),
            Sample(measured_at=AT - timedelta(hours=2), temperature_c=9),
        ],
    ),
    "one, dated": (
        "return {data: [{time: '2026-11-22T09:00:00Z', battery: 3.5}]};",
        [
            Sample(
                measured_at=AT - timedelta(hours=1), distance_mm=1000, battery_v=3.5, battery_percent=87,
                temperature_c=52,
            ),
        ],
    ),
}  # fmt: skip
PLAIN = [Sample(distance_mm=1000, temperature_c=52, battery_percent=87)]


def with_normalizer(body: str) -> Script:
    decode = "function decodeUplink(i) { return {data: {distance: 1000, battery: 87, temperature: 52}}; }"
    return Script(name="acme/probe", source=f"{decode}\nfunction normalizeUplink(input) {{ {body} }}")


@pytest.mark.parametrize(("text", "wanted"), NORMALIZERS.values(), ids=NORMALIZERS.keys())
def test_normalized_words_are_laid_over_the_decoders(
    shared: Sandbox, text: str, wanted: list[Sample]
) -> None:
    """The Things Stack's second call gives units; the distance, which it has no word for, stays."""
    assert list(ran(shared, with_normalizer(text))) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "throw new Error('no');", "return {errors: ['no']};", "return undefined;", "return {data: 7};",
        "return {data: [1, 'x', null]};", "return {data: {air: 4}};", "if (input.data.distance) return {};",
    ],
)  # fmt: skip
def test_a_normalizer_that_fails_leaves_the_decoding(shared: Sandbox, text: str) -> None:
    """As at The Things Stack: the decoded payload stands."""
    assert list(ran(shared, with_normalizer(text))) == PLAIN


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("while (true) {}", {"codec_timeout"}),
        ("return {data: {x: 'x'.repeat(1e6)}};", {"codec_output"}),
        ("return {data: {toJSON() { while (true) {} }}};", {"codec_timeout"}),
        ("return {data: {x: new Array(1e9).join('x').length}};", {"codec_killed"}),
    ],
)
def test_a_normalizer_is_held_to_the_same_limits(text: str, reasons: set[str]) -> None:
    with Sandbox() as sandbox:
        found = sandbox.decode(with_normalizer(text), PAYLOAD, 85, AT)
        assert isinstance(found, CodecFailed)
        assert found.reason in reasons
        assert ran(sandbox, body("return {data: {distance: 1200}};"))[0].distance_mm == 1200


EVIL = {
    "loop": ("while (true) {}", {"codec_timeout"}),
    "slow regular expression": ("return {data: {x: /(a+)+b/.test('a'.repeat(40))}};", {"codec_timeout"}),
    "allocate": ("let a = []; while (true) a.push(new Array(1000));", {"codec_memory"}),
    "huge string": ("return {data: {x: 'x'.repeat(1e9)}};", {"codec_memory"}),
    "large answer": ("return {data: {x: 'x'.repeat(1e6)}};", {"codec_output"}),
    "recursion": ("return (function f() { return f() + 1; })();", {"codec_stack"}),
    "deep answer": (
        "let a = {}, b = a; for (let i = 0; i < 5000; i++) b = b.d = {}; return {data: a};",
        {"codec_stack"},
    ),
    "throw": ("throw new Error('it \\u0000 broke');", {"codec_threw"}),
    "throw a word": ("throw 'oops';", {"codec_threw"}),
    "throw nothing": ("throw undefined;", {"codec_threw"}),
    "throw a trap": ("throw {toString() { while (true) {} }};", {"codec_timeout", "codec_killed"}),
    "throw a getter": ("throw {get message() { while (true) {} }};", {"codec_timeout", "codec_killed"}),
    "getter": ("return {get data() { while (true) {} }};", {"codec_timeout"}),
    "proxy": ("return new Proxy({}, {get() { while (true) {} }});", {"codec_timeout"}),
    "toJSON": ("return {data: {toJSON() { while (true) {} }}};", {"codec_timeout"}),
    "cyclic": ("let a = {}; a.a = a; return {data: a};", {"codec_threw"}),
    "BigInt": ("return {data: {x: 10n}};", {"codec_threw"}),
    "no object": ("return 'distance';", {"codec_output"}),
    "nothing": ("", {"codec_output"}),
    "promise": ("return Promise.resolve({data: {distance: 1}});", {"no_data"}),
    "its own error": ("return {errors: ['not mine', 'port 85']};", {"codec_errors"}),
    "built-in that never ends": ("return {data: {x: new Array(1e9).join('x').length}};", {"codec_killed"}),
    "sort without end": (
        "let a = new Float64Array(4e5); for (;;) a.sort();",
        {"codec_killed", "codec_timeout"},
    ),
    "spoilt errors": (
        "InternalError.prototype.toString = Error.prototype.toString = function () { while (true) {} };"
        "while (true) {}",
        {"codec_killed", "codec_timeout"},
    ),
}


@pytest.mark.parametrize(("text", "reasons"), EVIL.values(), ids=EVIL.keys())
def test_evil_codec_is_stopped_with_its_reason(text: str, reasons: set[str]) -> None:
    """Loops, allocations, traps: a reason of the list, printable, and the next codec is served."""
    with Sandbox() as sandbox:
        found = sandbox.decode(body(text), PAYLOAD, 85, AT)
        assert isinstance(found, CodecFailed), found
        assert found.reason in reasons
        assert found.reason in FAILURES
        assert found.detail.isascii()
        assert found.detail.isprintable()
        assert ran(sandbox, body("return {data: {distance: 1200}};"))[0].distance_mm == 1200


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("function (", "codec_broken"),
        ("var x = 1;", "codec_broken"),
        ("throw new Error('at the top');", "codec_broken"),
        ("while (true) {}", "codec_timeout"),
        ("}; while (true) {}; {", "codec_broken"),
        ("", "codec_broken"),
        ("x" * 600_000, "codec_broken"),
        ("function decodeUplink() { \ud800 }", "codec_broken"),
    ],
)
def test_codec_that_cannot_be_loaded_says_so(source: str, reason: str) -> None:
    """Not JavaScript, no entry, a loop at the top, far too long, not even text."""
    with Sandbox() as sandbox:
        found = sandbox.decode(Script(name="acme/bad", source=source), PAYLOAD, 85, AT)
        assert isinstance(found, CodecFailed)
        assert found.reason in (reason, "codec_killed")
        assert ran(sandbox, body("return {data: {distance: 1200}};"))[0].distance_mm == 1200


def test_context_is_fresh_after_an_error(shared: Sandbox) -> None:
    """What a codec did to its built-ins before it threw is gone at the next uplink."""
    script = body(
        "if (input.bytes[0] === 1) { Math.max = () => 99; throw 'x'; }"
        " return {data: {distance: Math.max(1, 2)}};"
    )
    assert shared.decode(script, b"\x01", 1, AT) == CodecFailed("codec_threw", "threw x")
    assert ran(shared, script, b"\x02")[0].distance_mm == 2


def test_codec_cannot_forge_its_own_answer_format(shared: Sandbox) -> None:
    """A codec that replaces JSON changes nothing of how its answer is read."""
    script = body(
        'JSON.stringify = () => \'{"data":{"distance":1}}\'; JSON.parse = null; return {data: {distance: 7}};'
    )
    assert ran(shared, script)[0].distance_mm == 7


def test_codec_stopped_three_times_in_a_row_rests() -> None:
    """It then costs nothing for a minute, and is tried again after; another codec never notices."""
    now = [0.0]
    with Sandbox(clock=lambda: now[0]) as sandbox:
        looping = body("while (true) {}")

        def reason() -> str:
            found = sandbox.decode(looping, PAYLOAD, 85, AT)
            assert isinstance(found, CodecFailed)
            return found.reason

        assert [reason() for _ in range(5)] == ["codec_timeout"] * 3 + ["codec_suspended"] * 2
        assert ran(sandbox, body("return {data: {distance: 5}};"))[0].distance_mm == 5
        now[0] = 61.0
        assert reason() == "codec_timeout"


def test_errors_of_payloads_do_not_make_a_codec_rest(shared: Sandbox) -> None:
    """A codec that refuses a stranger's payload a hundred times still serves its own device."""
    script = body("if (input.fPort !== 85) return {errors: ['unknown port']}; return {data: {distance: 5}};")
    for _ in range(100):
        assert shared.decode(script, PAYLOAD, 1, AT) == CodecFailed("codec_errors", "unknown port")
    assert ran(shared, script)[0].distance_mm == 5


def test_process_that_is_gone_is_replaced() -> None:
    """Killed from outside between two uplinks: one failure at most, then service again."""
    with Sandbox() as sandbox:
        good = body("return {data: {distance: 5}};")
        ran(sandbox, good)
        assert sandbox._child is not None
        sandbox._child.kill()
        sandbox._child.wait()
        found = [sandbox.decode(good, PAYLOAD, 85, AT) for _ in range(2)]
        assert isinstance(found[1], tuple)


def test_child_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, where passwords are, is not handed down."""
    monkeypatch.setenv("GLANEUR_DATABASE", "secret")
    with Sandbox() as sandbox:
        ran(sandbox, body("return {data: {distance: 5}};"))
        assert sandbox._child is not None
        assert Path(f"/proc/{sandbox._child.pid}/environ").read_bytes() == b""


def test_more_codecs_than_contexts_are_all_served(shared: Sandbox) -> None:
    """A hundred codecs, twice round: the contexts are recycled, the answers are right."""
    scripts = [body(f"return {{data: {{distance: {n}}}}};") for n in range(100, 200)]
    for _ in range(2):
        assert [ran(shared, one)[0].distance_mm for one in scripts] == list(range(100, 200))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(payload=st.binary(max_size=64), port=st.none() | st.integers(0, 255), word=st.text(max_size=30))
def test_no_payload_and_no_word_break_the_sandbox(
    shared: Sandbox, payload: bytes, port: int | None, word: str
) -> None:
    """Any bytes in, any text out."""
    script = body("return {data: {distance: input.bytes.length, said: input.variables.word}};")
    found = shared.decode(script, payload, port, AT, {"word": word})
    assert isinstance(found, tuple)
    assert found[0].distance_mm == len(payload)
