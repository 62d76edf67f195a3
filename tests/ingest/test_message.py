"""The native contract, read: what is taken, what is refused and why, and that no bytes can break it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Decoded, Limits, Measurement, Refused, Status, decode, message_id
from tests.ingest.probe import document, up

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
UP = "glaneur/1/GLN-1/up"
REASONS = {
    "not_json", "malformed", "wrong_version", "wrong_unit", "out_of_range", "in_the_future", "too_late",
    "too_large", "unknown_topic",
}  # fmt: skip
FULL: dict[str, Any] = {
    "distance": 1234, "temperature": 11.5, "battery": 87, "tilt": 2, "rssi": -101, "snr": 7.5,
}  # fmt: skip


def read(said: dict[str, Any]) -> Decoded:
    return decode(UP, json.dumps(said).encode(), NOW)


def one(found: Decoded) -> Measurement:
    assert isinstance(found, tuple), found
    (measurement,) = found
    return measurement


def test_full_message_is_read_in_our_units() -> None:
    """Each field of the README's example lands in its place."""
    topic, payload = up("GLN-1", NOW - timedelta(hours=1), 1042, boot=3, **FULL)
    assert one(decode(topic, payload, NOW)) == Measurement(
        serial="GLN-1",
        message_id=message_id("native", "GLN-1", 3, 1042),
        measured_at=NOW - timedelta(hours=1),
        received_at=NOW,
        distance_mm=1234,
        echo_error=None,
        temperature_c=11.5,
        battery_percent=87,
        tilt_deg=2,
        rssi_dbm=-101,
        snr_db=7.5,
        codec="native",
        raw=payload,
    )


def test_everything_but_identity_and_time_is_optional() -> None:
    """A probe that only says it lives is heard; an unknown field and a null are ignored."""
    found = one(read(document(NOW, 1) | {"humidity": 12, "tilt": None}))
    assert (found.distance_mm, found.echo_error, found.tilt_deg) == (None, None, None)


@pytest.mark.parametrize("error", ["no_echo", "blind_zone"])
def test_echo_errors_are_no_distance(error: str) -> None:
    """An error of the echo is kept as such, never as a number."""
    found = one(read(document(NOW, 1, distance=error)))
    assert (found.distance_mm, found.echo_error) == (None, error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:00:00Z", NOW),
        ("2026-11-22t10:00:00z", NOW),
        ("2026-11-22T11:00:00+01:00", NOW),
        ("2026-11-22T10:00:00.250Z", NOW + timedelta(milliseconds=250)),
        ("2026-11-22T10:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
    ],
)
def test_times_of_any_zone_become_utc(text: str, expected: datetime) -> None:
    """RFC 3339 in all its forms, one instant in UTC."""
    found = one(read(document(NOW, 1) | {"time": text}))
    assert found.measured_at == expected
    assert found.measured_at.tzinfo is UTC


def quantity(name: str, value: object, unit: object) -> dict[str, Any]:
    return document(NOW, 1) | {name: {"value": value, "unit": unit}}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "malformed"),
        (document(NOW, 1) | {"v": 2}, "wrong_version"),
        (document(NOW, 1) | {"v": "1"}, "malformed"),
        (document(NOW, 1) | {"v": True}, "malformed"),
        (document(NOW, 1) | {"v": 1.0}, "malformed"),
        (document(NOW, 1) | {"boot": None}, "malformed"),
        (document(NOW, 1) | {"boot": True}, "malformed"),
        (document(NOW, 1) | {"boot": -1}, "out_of_range"),
        (document(NOW, 1) | {"boot": 2**31}, "out_of_range"),
        (document(NOW, 1) | {"seq": 1.5}, "malformed"),
        (document(NOW, 1) | {"seq": 2**63}, "out_of_range"),
        (document(NOW, 1) | {"time": 1700000000}, "malformed"),
        (document(NOW, 1) | {"time": "2026-11-22T10:00:00"}, "malformed"),
        (document(NOW, 1) | {"time": "2026-11-22 10:00:00Z"}, "malformed"),
        (document(NOW, 1) | {"time": "2026-02-30T10:00:00Z"}, "malformed"),
        (document(NOW, 1) | {"time": "0001-01-01T00:00:00+10:00"}, "malformed"),
        (document(NOW + timedelta(seconds=301), 1), "in_the_future"),
        (document(NOW - timedelta(days=30, seconds=1), 1), "too_late"),
        (quantity("distance", 123.4, "cm"), "wrong_unit"),
        (quantity("distance", 1234, None), "malformed"),
        (quantity("distance", "1234", "mm"), "malformed"),
        (quantity("distance", True, "mm"), "malformed"),
        (quantity("distance", -1, "mm"), "out_of_range"),
        (quantity("distance", 20_001, "mm"), "out_of_range"),
        (quantity("temperature", 52, "degF"), "wrong_unit"),
        (quantity("temperature", 327.6, "Cel"), "out_of_range"),
        (quantity("battery", 101, "%"), "out_of_range"),
        (quantity("tilt", 181, "deg"), "out_of_range"),
        (quantity("rssi", 1, "dBm"), "out_of_range"),
        (quantity("snr", 51, "dB"), "out_of_range"),
        (document(NOW, 1) | {"distance": 1234}, "malformed"),
        (document(NOW, 1) | {"distance": [1234, "mm"]}, "malformed"),
        (document(NOW, 1) | {"distance": {"error": "shy"}}, "malformed"),
        (document(NOW, 1) | {"distance": {"error": ["no_echo"]}}, "malformed"),
        (document(NOW, 1) | {"distance": {"error": "no_echo", "value": 1}}, "malformed"),
    ],
)
def test_refusals_name_their_reason(said: dict[str, Any], reason: str) -> None:
    """One fault, one reason of the contract."""
    found = read(said)
    assert isinstance(found, Refused), found
    assert found.reason == reason


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (UP, b"", "not_json"),
        (UP, b"{", "not_json"),
        (UP, b"\xff\xfe", "not_json"),
        (UP, b'{"v": NaN}', "not_json"),
        (UP, b"[" * 4096, "not_json"),
        (UP, b'"\\ud800"', "not_json"),
        (UP, b"[]", "malformed"),
        (UP, b"null", "malformed"),
        (UP, b'{"v": 1, "boot": 1' + b"0" * 4000 + b"}", "out_of_range"),
        (UP, b'{"v": 1, "boot": 1, "seq": 1, "time": "\\u0000"}', "malformed"),
        (UP, b" " * 4097, "too_large"),
        ("glaneur/1/GLN-1/status", b"ONLINE", "malformed"),
        ("glaneur/1/GLN-1/status", b"", "malformed"),
        ("glaneur/2/GLN-1/up", b"{}", "unknown_topic"),
        ("glaneur/1/GLN 1/up", b"{}", "unknown_topic"),
        ("glaneur/1//up", b"{}", "unknown_topic"),
        ("glaneur/1/GLN-1/up\n", b"{}", "unknown_topic"),
        (f"glaneur/1/{'x' * 65}/up", b"{}", "unknown_topic"),
        ("", b"", "unknown_topic"),
    ],
)
def test_refused_bytes_and_topics(topic: str, payload: bytes, reason: str) -> None:
    """What is no message of ours at all is named too."""
    found = decode(topic, payload, NOW)
    assert isinstance(found, Refused), found
    assert found.reason == reason


def test_borders_are_inclusive() -> None:
    """Exactly five minutes ahead, and exactly the late window, are taken."""
    assert isinstance(read(document(NOW + timedelta(seconds=300), 1)), tuple)
    assert isinstance(read(document(NOW - timedelta(days=30), 1)), tuple)


def test_limits_are_the_callers() -> None:
    """The late window and the size are settings, not constants."""
    topic, payload = up("GLN-1", NOW - timedelta(days=2), 1)
    late = decode(topic, payload, NOW, Limits(late_s=86_400))
    large = decode(topic, payload, NOW, Limits(max_bytes=10))
    assert isinstance(late, Refused)
    assert isinstance(large, Refused)
    assert (late.reason, large.reason) == ("too_late", "too_large")


@pytest.mark.parametrize(("payload", "online"), [(b"online", True), (b"offline", False)])
def test_status(payload: bytes, online: bool) -> None:
    """A status is one of two words."""
    assert decode("glaneur/1/GLN-1/status", payload, NOW) == Status("GLN-1", online, NOW)


def test_identity_is_serial_boot_and_seq() -> None:
    """The same message sent again has the same identity, whatever else changed; any other has another."""
    again = {read_id(document(NOW, 7, 2, distance=d)) for d in (100, 200)}
    others = {read_id(document(NOW, seq, boot)) for seq, boot in ((7, 3), (8, 2), (72, 0), (2, 7))}
    assert len(again) == 1
    assert len(again | others) == 5


def read_id(said: dict[str, Any]) -> str:
    return str(one(read(said)).message_id)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["v", "boot", "seq", "time", "distance", "temperature", "battery", "tilt", "rssi", "snr"]
)


def check_harmless(found: Decoded) -> None:
    if isinstance(found, Refused):
        assert found.reason in REASONS
        # What goes to the database and the log: short, and nothing but printable ASCII but for our own words.
        assert len(found.detail) < 300
        assert found.detail.isprintable()
        found.detail.encode()


@given(topic=st.text() | st.just(UP) | st.just("glaneur/1/GLN-1/status"), payload=st.binary(max_size=200))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    """Any bytes on any topic give a value."""
    check_harmless(decode(topic, payload, NOW))


@given(changes=st.dictionaries(fields, json_values, max_size=3), inner=json_values)
def test_no_document_raises(changes: dict[str, Any], inner: Any) -> None:
    """Nor does any JSON in the place of any field, or within one."""
    said = document(NOW, 1, **FULL) | changes
    said["distance"] = changes.get("distance", {"value": inner, "unit": "mm"})
    check_harmless(decode(UP, json.dumps(said).encode("utf-8", "surrogatepass"), NOW))


@given(
    serial=st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True),
    # The zone is drawn below: with twelve hours added to the last of these, it is still past.
    at=st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 21, 20)),  # noqa: DTZ001
    hours=st.integers(-12, 12),
    boot=st.integers(0, 2**31 - 1),
    seq=st.integers(0, 2**63 - 1),
    distance=st.integers(0, 20_000) | st.sampled_from(["no_echo", "blind_zone"]),
    temperature=st.floats(-50, 200),
    battery=st.integers(0, 100) | st.floats(0, 100),
    tilt=st.integers(0, 180),
    rssi=st.integers(-200, 0),
    snr=st.floats(-50, 50),
)
def test_what_a_probe_says_is_what_we_read(
    serial: str, at: datetime, hours: int, boot: int, seq: int, distance: int | str, **facts: Any
) -> None:
    """Encoding then decoding gives the values back, over the whole accepted range."""
    at = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    found = one(decode(*up(serial, at, seq, boot, distance=distance, **facts), NOW))
    assert found.measured_at == at
    assert found.message_id == message_id("native", serial, boot, seq)
    assert (found.distance_mm if found.echo_error is None else found.echo_error) == distance
    assert (found.temperature_c, found.battery_percent) == (facts["temperature"], facts["battery"])
    assert (found.tilt_deg, found.rssi_dbm, found.snr_db) == (facts["tilt"], facts["rssi"], facts["snr"])
