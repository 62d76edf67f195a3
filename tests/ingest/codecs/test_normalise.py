"""Other people's decoders: many names and units for the same thing, sentinels included, end as one sample."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codecs.javascript import known_hints
from ingest.codecs.model import LIMITS, CodecFailed, document
from ingest.codecs.normalise import normalise
from tests.ingest.codecs.vectors import VECTORS, Vector

CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"distance": 2116}, {"distance_mm": 2116}),
    ({"Distance": "2799 mm"}, {"distance_mm": 2799}),
    ({"distance": "30 cm"}, {"distance_mm": 300}),
    ({"distance": "1.5 m"}, {"distance_mm": 1500}),
    ({"distance": {"value": 1234, "unit": "mm", "displayName": "Distance"}}, {"distance_mm": 1234}),
    ({"distance_cm": 12.5}, {"distance_mm": 125}),
    ({"level": "2000 mm"}, {"distance_mm": 2000}),
    ({"level": "50 %"}, {"fill_percent": 50.0}),
    ({"proxx": 65, "fillinglvl": 89}, {"distance_mm": 650, "fill_percent": 89.0}),
    ({"battery": 92}, {"battery_percent": 92.0}),
    ({"battery": 3.1}, {"battery_v": 3.1}),
    ({"battery": "87 %"}, {"battery_percent": 87.0}),
    ({"batteryVoltage": 3000}, {"battery_v": 3.0}),
    ({"batteryVoltage": 3.6}, {"battery_v": 3.6}),
    ({"Volt": "3.1(low battery)"}, {"battery_v": 3.1}),
    ({"vdd": 3630}, {"battery_v": 3.63}),
    ({"temperature": "25 ℃"}, {"temperature_c": 25.0}),
    ({"TempC_DS18B20": "-3.50"}, {"temperature_c": -3.5}),
    ({"tilt": "tilt"}, {"tilted": True}),
    ({"position": "normal"}, {"tilted": False}),
    ({"angle": "12 °"}, {"tilt_deg": 12.0}),
    ({"tilt": 30}, {"tilt_deg": 30.0}),
    ({"alarmFire": True, "full": 0}, {"fire": True, "full": False}),
    ({"relativeHumidity": 41}, {"humidity_percent": 41.0}),
    ({"distance": 5, "timestamp": 1764000000}, {"distance_mm": 5, "measured_at": "2025-11-24T16:00:00Z"}),
    ({"distance": 5, "time": 1764000000123}, {"distance_mm": 5, "measured_at": "2025-11-24T16:00:00Z"}),
    (
        {"distance": 5, "time": "2025-11-24T17:00:00+01:00"},
        {"distance_mm": 5, "measured_at": "2025-11-24T16:00:00Z"},
    ),
    ({"data": [{"distance": 315}]}, {"distance_mm": 315}),
    ({"distance": "No Sensor"}, {"quality": "sensor_fault"}),
    ({"distance": "Invalid Reading"}, {"quality": "sensor_fault"}),
    ({"distance": "TARGET_TOO_CLOSE"}, {"quality": "blind_zone"}),
    ({"distance": "TARGET_TOO_FAR"}, {"quality": "out_of_range"}),
    ({"distance": 65535}, {"quality": "no_echo"}),
    ({"distance": 99999}, {"quality": "out_of_range"}),
    ({"distance_exception": "no target"}, {"quality": "no_echo"}),
    ({"distance": 0, "valid": False}, {"quality": "sensor_fault"}),
    ({"fillLevel": 127}, {"quality": "sensor_fault"}),
    ({"temperature": 327.6, "distance": 5}, {"distance_mm": 5, "quality": "no_temperature_sensor"}),
    ({"temperature": "Invalid", "distance": "no echo"}, {"quality": "no_echo"}),
    ({"temperature": 13060}, {"quality": "implausible"}),
]


@pytest.mark.parametrize(("data", "wanted"), CASES)
def test_words_and_units_become_one_vocabulary(data: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Exactly the wanted values, extras aside."""
    found = normalise(data)
    assert isinstance(found, tuple), found
    assert [{k: v for k, v in document(one).items() if k != "extra"} for one in found] == [
        {"quality": "ok", **wanted}
    ]


def test_bare_level_is_not_guessed() -> None:
    """A height or a distance: without a unit or a hint it stays aside."""
    found = normalise({"level": 2000})
    assert isinstance(found, tuple)
    assert (found[0].distance_mm, found[0].extra) == (None, {"level": 2000})
    told = normalise({"level": 2000}, {"level": "distance_mm"})
    assert isinstance(told, tuple)
    assert told[0].distance_mm == 2000


def test_battery_flag_is_no_percentage() -> None:
    """`battery: false` means that the battery is fine."""
    found = normalise({"battery": False, "distance": 1})
    assert isinstance(found, tuple)
    assert (found[0].battery_percent, found[0].extra) == (None, {"battery_low": False})


def test_history_gives_dated_samples() -> None:
    """A list of dated objects is the device's memory."""
    found = normalise(
        {"distance": 10, "history": [{"timestamp": 1764000000, "distance": 20}, {"distance": 30}]}
    )
    assert isinstance(found, tuple)
    assert [(one.distance_mm, one.measured_at is None) for one in found] == [(10, True), (20, False)]


def test_identifiers_of_the_subscriber_are_dropped() -> None:
    """IMSI, IMEI and the raw payload are nobody's business here."""
    found = normalise({"distance": 1, "imei": "868508064807350", "imsi": "4600", "payload": "00", "csq": 9})
    assert isinstance(found, tuple)
    assert found[0].extra == {"csq": 9}


@pytest.mark.parametrize("data", [None, [], {}, "x", 5, True, [[]], {"a": None}])
def test_nothing_known_is_a_failure_with_its_reason(data: object) -> None:
    """An empty answer is reported, not stored as an empty reading."""
    assert normalise(data) == CodecFailed("no_data", "nothing in the decoder's answer has a name known here")


PUBLISHED = [
    one
    for one in VECTORS
    if one.ours and "emits" not in one.published and one.codec not in ("dingtek/df556", "dragino/lmds200")
]


@pytest.mark.parametrize("vector", PUBLISHED, ids=str)
def test_published_answer_normalises_to_the_native_one(vector: Vector) -> None:
    """What vendors' decoders print and what ours reads from the same bytes agree, field by field."""
    found = normalise(vector.published, known_hints(vector.codec))
    assert isinstance(found, tuple), found
    said = document(found[0])
    (wanted,) = vector.ours or [{}]
    # Published answers leave out what their authors forgot (battery_v of a short Dragino frame).
    common = {name for name in wanted if name in said and name != "quality"}
    assert common or not wanted or set(wanted) <= {"battery_v", "quality"}
    assert {name: said[name] for name in common} == {name: wanted[name] for name in common}
    if "distance_mm" in wanted:
        assert said["distance_mm"] == wanted["distance_mm"]
    elif "distance_mm" in said:
        assert vector.codec == "dingtek/df701"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "distance",
        "level",
        "fill",
        "temperature",
        "battery",
        "tilt",
        "position",
        "angle",
        "time",
        "valid",
        "full",
    ]
)


@given(st.dictionaries(NAMES, JSON) | st.lists(st.dictionaries(NAMES, JSON), max_size=4) | JSON)
def test_no_answer_breaks_the_normaliser(data: object) -> None:
    """Whatever JSON a decoder returns: a failure, or samples with plausible numbers and printable extras."""
    found = normalise(data)
    if isinstance(found, CodecFailed):
        return
    for one in found:
        for name, (low, high) in LIMITS.items():
            value = getattr(one, name)
            assert value is None or low <= value <= high
        assert all(name.isascii() and name.isprintable() for name in one.extra)
        assert all(not isinstance(value, str) or value.isprintable() for value in one.extra.values())
