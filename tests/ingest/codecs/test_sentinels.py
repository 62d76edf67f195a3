"""Numbers that are words, and values that cannot be: a quality each, never a number."""

import pytest

from ingest.codecs.model import NotThisDevice, document
from ingest.codecs.registry import decode

# codec, port, payload, what must be said (without extra)
CASES: list[tuple[str, int | None, str, dict[str, object]]] = [
    ("dingtek/df702", 3, "8000010111270f00190000000000000081", {"quality": "no_echo", "temperature_c": 25.0}),
    ("dingtek/df702", 3, "800001011107d000ec0000000000000081", {"quality": "ok", "temperature_c": -20.0}),
    ("dingtek/df702", 3, "800001011107d000190000110000000081", {"quality": "ok", "full": True, "fire": True}),
    ("dingtek/df702", 3, "800001021107d00019011e0011000000 81", {"tilted": True, "tilt_deg": 30.0}),
    ("dingtek/df703", 3, "8000010111ffff00190000000000000081", {"quality": "no_echo"}),
    ("dragino/ldds75", 2, "0d3b000000000001", {"quality": "sensor_fault", "battery_v": 3.387}),
    ("dragino/ldds75", 2, "0d3b001400000001", {"quality": "blind_zone"}),
    ("dragino/ldds75", 2, "0d3b0aef00000000", {"quality": "sensor_fault"}),
    ("dragino/ldds75", 2, "0d3b0aef00ff9c01", {"distance_mm": 2799, "temperature_c": -10.0}),
    ("dragino/ldds75", 2, "0d3b0aef00", {"distance_mm": 2799, "battery_v": 3.387, "quality": "ok"}),
    ("dragino/ldds75", 2, "4d3b0aef00", {"battery_v": 3.387}),  # the two highest bits are flags
    ("dragino/dds20-lb", 2, "0d020013000ccc01", {"quality": "blind_zone"}),
    ("dragino/llds12", 2, "0d5c00000b1801b1001e01", {"distance_mm": 2840, "quality": "ok"}),
    ("dragino/llds12", 2, "0d5c00000b180032001e01", {"quality": "no_echo"}),
    ("dragino/llds12", 2, "0d5c00000b18ffff001e01", {"quality": "no_echo"}),
    (
        "dragino/ldds04",
        2,
        "0d4a03160318031a031501",
        {"distance_mm": 790, "battery_v": 3.402, "quality": "ok"},
    ),
    ("dragino/ldds04", 2, "0d4a00000318031a031501", {"quality": "sensor_fault"}),
    ("decentlab/dl-mbx", 1, "02012f000304d200000bb1", {"quality": "no_echo", "battery_v": 2.993}),
    ("decentlab/dl-mbx", 1, "02012f0003270f000f0bb1", {"quality": "no_echo"}),
    (
        "decentlab/dl-lid",
        1,
        "0211c90003000000000000000000000000000000000000000000000abd",
        {"quality": "no_echo"},
    ),
    ("elsys/elt-2", 5, "0effff", {"quality": "no_echo"}),
    ("elsys/elt-2", 5, "0e0000", {"quality": "no_echo"}),
    (
        "elsys/elt-2",
        5,
        "01ff9c02ff0e0100",
        {"temperature_c": -10.0, "distance_mm": 256, "quality": "implausible"},
    ),
    (
        "netvox/r718x",
        6,
        "013401a401ffff00e75a05",
        {"quality": "no_echo", "temperature_c": 23.1, "battery_v": 3.6},
    ),
    (
        "netvox/r718x",
        6,
        "0134012401012cff9c3205",
        {"temperature_c": -10.0, "fill_percent": 50.0, "tilt_deg": 5.0},
    ),
    ("pepperl-fuchs/wilsen-sonic-level", 1, "040b01ffff03510123", {"quality": "no_echo", "battery_v": 3.5}),
    (
        "teneo-iot/filling-degree-sensor",
        1,
        "0b001e0a280fa0",
        {"distance_mm": 300, "temperature_c": 26.0, "humidity_percent": 40.0},
    ),
    ("teneo-iot/filling-degree-sensor", 1, "0b001e000a280fa0", {"distance_mm": 300, "temperature_c": 26.0}),
    ("teneo-iot/filling-degree-sensor", 1, "0b000004", {"quality": "no_echo"}),
    ("teneo-iot/filling-degree-sensor", 2, "0b04", {"quality": "no_echo", "battery_v": 3.1}),
    ("teneo-iot/filling-degree-sensor", 2, "0b01", {"quality": "sensor_fault"}),
    ("teneo-iot/filling-degree-sensor", 3, "0b", {"battery_v": 3.1, "quality": "ok"}),
    ("terabee/lora-lm-xl", 1, "0000320bb800", {"quality": "blind_zone", "battery_v": 3.0}),
    ("terabee/lora-lm-xl", 1, "0001320bb800", {"quality": "sensor_fault"}),
    ("terabee/lora-lm-xl", 1, "ffff320bb800", {"quality": "out_of_range"}),
    ("terabee/lora-lm-xl", 1, "07d0ff0bb800", {"distance_mm": 2000, "quality": "ok"}),
    ("terabee/lora-lm-xl", 1, "07d0320bb808", {"quality": "sensor_fault"}),
    ("smartEnds/brighterBins", 1, "308ffc", {"quality": "sensor_fault", "temperature_c": 31.0}),
    (
        "smartEnds/brighterBins",
        1,
        "308e31",
        {"distance_mm": 3960, "temperature_c": -23.0, "battery_percent": 24.0},
    ),
    ("smartEnds/brighterBins", 1, "308ffd", {"quality": "sensor_fault"}),
    ("smartEnds/brighterBins", 1, "ffd2380163d06808013c63c2", {"battery_percent": 98.0, "battery_v": 3.6}),
    ("adnexo/ax-dist", 100, "ffffdc008a0c", {"quality": "no_echo", "temperature_c": 22.0, "battery_v": 3.21}),
    ("adnexo/ax-dist", 101, "340a00808a0c", {"distance_mm": 2612, "battery_v": 3.21, "quality": "ok"}),
    ("adnexo/ax-dist", 104, "00000000", {"quality": "no_echo"}),
    ("aiut/alevelV2", 3, "81affbd1e15a", {"quality": "out_of_range", "temperature_c": -5.0}),
    ("aiut/alevelV2", 3, "81affbd1e159", {"quality": "sensor_fault"}),
    ("pipiot/levelSense", None, "3004001060d701d219049d02", {"quality": "sensor_fault"}),
    ("pipiot/levelSense", None, "00103200001419049d", {"distance_mm": 500, "tilted": True, "quality": "ok"}),
]


@pytest.mark.parametrize(("codec", "port", "payload", "wanted"), CASES)
def test_payload_says(codec: str, port: int | None, payload: str, wanted: dict[str, object]) -> None:
    """What is wanted is said, and a level fault leaves neither distance nor fill."""
    found = decode(codec, bytes.fromhex(payload), port)
    assert isinstance(found, tuple), found
    said = document(found[0])
    assert {name: said.get(name) for name in wanted} == wanted
    if said["quality"] not in ("ok", "implausible", "no_temperature_sensor"):
        assert "distance_mm" not in said
        assert "fill_percent" not in said


REFUSED = [
    ("dingtek/df702", "800001011107d000190000000000000082"),  # the last byte
    ("dingtek/df702", "810001011107d000190000000000000081"),  # the first
    ("dingtek/df702", "800001011207d000190000000000000081"),  # the length
    ("dingtek/df702", "800001091107d000190000000000000081"),  # the type
    ("decentlab/dl-mbx", "03012f000304d200010bb1"),
    ("decentlab/dl-mbx", "02012f000704d200010bb1"),
    ("elsys/elt-2", "7f00"),
    ("dragino/ldds75", "00100aef00000001"),  # 16 mV
    ("netvox/r718x", "01b1012401012c32000000"),  # the other model
    ("pepperl-fuchs/wilsen-sonic-level", "020b01"),
    ("pepperl-fuchs/wilsen-sonic-level", "040c010041"),
    ("terabee/lora-lm-xl", "07d0320bb8f0"),
    ("milesight-iot/em400-tld", "050002"),
]


@pytest.mark.parametrize(("codec", "payload"), REFUSED)
def test_almost_right_payload_is_refused(codec: str, payload: str) -> None:
    """One byte away from a true frame: a refusal, and no data."""
    assert isinstance(decode(codec, bytes.fromhex(payload), None), NotThisDevice)


def test_memory_of_a_dragino_is_past_dated() -> None:
    """Port 3: a flag, then records of 11 bytes with their instants; the clock never set is left out."""
    record = "0d0200dc0190006740f4d0"
    found = decode("dragino/dds75-lb", bytes.fromhex("80" + record + record[:-8] + "00000001"), 3)
    assert isinstance(found, tuple)
    assert [document(one) for one in found] == [
        {
            "measured_at": "2024-11-22T21:17:04Z",
            "distance_mm": 400,
            "temperature_c": 22.0,
            "battery_v": 3.33,
            "quality": "ok",
        }
    ]


def test_memory_of_an_nbiot_dragino_follows_the_present() -> None:
    """Readings of six bytes after the first, each with its instant."""
    found = decode(
        "dragino/ndds75", bytes.fromhex("f86778705021331700840cf41e0100 01906740f4d0 01f46740f4d1"), None
    )
    assert isinstance(found, tuple)
    assert [one.distance_mm for one in found] == [400, 500]
    assert [one.measured_at is not None for one in found] == [True, True]
