"""Milesight's chains: history, alarms, exceptions, the NB-IoT frame, what a probe says of itself."""

from datetime import UTC, datetime

import pytest

from ingest.codecs.model import NotThisDevice, Sample, document
from ingest.codecs.registry import decode
from tests.ingest.codecs.vectors import VECTORS

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = int(AT.timestamp()).to_bytes(4, "little").hex()


def samples(codec: str, payload: str) -> tuple[Sample, ...]:
    found = decode(codec, bytes.fromhex(payload), 85)
    assert isinstance(found, tuple), found
    return found


def test_em500_history_is_past_dated() -> None:
    """20 CE carries an instant and a distance: one sample each, after the present one."""
    now, past, older = samples("milesight-iot/em500-udl", f"017564 03821e00 20ce{STAMP}2c01 20ce{STAMP}ffff")
    assert (now.distance_mm, now.battery_percent, now.measured_at) == (30, 100, None)
    assert (past.distance_mm, past.measured_at) == (300, AT)
    assert (older.distance_mm, older.quality) == (None, "sensor_fault")


def test_history_alone_has_no_present_sample() -> None:
    """An answer to a request for the memory says nothing of now."""
    (past,) = samples("milesight-iot/em500-udl", f"20ce{STAMP}2c01")
    assert past.measured_at == AT


def test_history_of_a_clock_never_set_is_counted_not_dated() -> None:
    """A reading of 1970 is no reading of now either."""
    (now,) = samples("milesight-iot/em500-udl", "03821e00 20ce010000002c01")
    assert now.extra == {"undated_readings": 1}


def test_em410_history_has_temperature_posture_and_blind_zone() -> None:
    """The radar's 11 bytes: instant, distance, temperature, change, event bits."""
    tilted, blind = samples(
        "milesight-iot/em410-rdl", f"20ce{STAMP}2c01 dc00 0500 20 20ce{STAMP}0000 dc00 0000 04"
    )
    assert document(tilted) == {
        "measured_at": "2026-11-22T10:00:00Z",
        "distance_mm": 300,
        "temperature_c": 22.0,
        "tilted": True,
        "quality": "ok",
        "extra": {"distance_change_mm": 5},
    }
    assert (blind.distance_mm, blind.quality) == (None, "blind_zone")


@pytest.mark.parametrize(
    ("exception", "quality", "distance"),
    [
        (0, "ok", 300),
        (1, "blind_zone", None),
        (2, "no_echo", None),
        (3, "sensor_fault", None),
        (9, "sensor_fault", None),
    ],
)
def test_em410_exception_is_a_quality(exception: int, quality: str, distance: int | None) -> None:
    """B4 82 says why there is no distance; a release (0) has one."""
    (one,) = samples("milesight-iot/em410-rdl", f"b4822c01{exception:02x}")
    assert (one.quality, one.distance_mm) == (quality, distance)


@pytest.mark.parametrize(
    ("raw", "quality"), [("ffff", "sensor_fault"), ("fdff", "out_of_range"), ("f0ff", "out_of_range")]
)
def test_em400_sentinel_is_never_a_distance(raw: str, quality: str) -> None:
    """65535 and its neighbours are words, and 65,520 mm is beyond any probe."""
    (one,) = samples("milesight-iot/em400-tld", f"01755c 0367e800 0482{raw} 050000")
    assert (one.distance_mm, one.quality, one.temperature_c) == (None, quality, 23.2)


def test_temperature_sentinel_is_a_quality() -> None:
    """0x7fff is no 3,276.7 °C, and hides no distance."""
    (one,) = samples("milesight-iot/em400-tld", "0367ff7f 04824408")
    assert (one.temperature_c, one.distance_mm, one.quality) == (None, 2116, "implausible")


def test_frost_is_below_zero() -> None:
    """The temperature is signed."""
    assert samples("milesight-iot/em400-mud", "03679cff")[0].temperature_c == -10.0


def test_description_at_the_join_is_no_measurement() -> None:
    """The manual's example: hardware 1.0, software 1.1, class A."""
    (one,) = samples("milesight-iot/em400-mud", "ff0bff ff0101 ff166329c42503920003 ff090100 ff0a0101 ff0f00")
    assert not one.measures
    assert one.extra == {"kind": "description", "hardware": "1.0", "firmware": "1.1"}


def test_answer_to_a_new_interval_is_kept() -> None:
    """ff 03: what a downlink has changed."""
    (one,) = samples("milesight-iot/em400-mud", "ff03b004")
    assert one.extra == {"kind": "parameters", "report_interval_s": 1200}


def frame(chain: str) -> str:
    """The published frame (start, lengths, serial, subscriber, signal) around another chain."""
    (published,) = (one.payload for one in VECTORS if one.codec == "milesight-iot/em400-tld-nbiot")
    size = len(bytes.fromhex(chain))
    return f"020001{size + 81:04x}{published[5:84].hex()}{size:04x}{chain}"


@pytest.mark.parametrize(
    "codec", ["milesight-iot/em400-mud-nbiot", "milesight-iot/em400-udl", "milesight/EM400-TLD"]
)
def test_nbiot_frame_is_the_chain_in_a_frame(codec: str) -> None:
    """Every EM400 reads it; the subscriber's identifiers go nowhere."""
    found = decode(codec, bytes.fromhex(frame("01756403670b0104823b01050001")), None)
    assert isinstance(found, tuple), found
    assert document(found[0]) == {
        "distance_mm": 315,
        "temperature_c": 26.7,
        "battery_percent": 100.0,
        "tilted": True,
        "quality": "ok",
        "extra": {"signal_dbm": -95},
    }
    assert "868508064807350" not in repr(found)
    assert "460043224213110" not in repr(found)


def test_nbiot_frame_cut_anywhere_is_refused() -> None:
    """The lengths inside must be those of the frame."""
    whole = bytes.fromhex(frame("01756403670b0104823b01050001"))
    cuts = [decode("milesight-iot/em400-mud", whole[:length], None) for length in range(1, len(whole))]
    assert all(isinstance(one, NotThisDevice) for one in cuts)


def test_position_is_kept_aside() -> None:
    """06 88: longitude, latitude in millionths of a degree, and the motion."""
    (one,) = samples("milesight-iot/em400-udl", "0688 40420f00 80841e00 00")
    assert one.extra == {"longitude": 1.0, "latitude": 2.0}


def test_channel_of_another_model_is_foreign() -> None:
    """An EM400's temperature channel is unknown to the EM310."""
    found = decode("milesight-iot/em310-udl", bytes.fromhex("01755c0367010104824408050001"), 85)
    assert isinstance(found, NotThisDevice)
    assert found.reason == "foreign"
