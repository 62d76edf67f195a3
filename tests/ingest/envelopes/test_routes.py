"""Topics find their adapter, and no bytes on any of them raise."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.envelopes.model import Refused, Uplink
from ingest.envelopes.routes import ADAPTERS, MAX_BYTES, ROUTES, Route, adapter, read, read_as
from tests.ingest.envelopes.published import MESSAGES, TOPICS


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("application/a/device/b/event/up", "chirpstack"),
        ("application/a/device/b/event/join", "chirpstack"),
        ("application/a/device/b/command/down", None),
        ("application/a/device/b/event/up/x", None),
        ("v3/app@tenant/devices/d/up", "things-stack"),
        ("v3/app@tenant/devices/d/down/queued", "things-stack"),
        ("v3/app@tenant/devices/d/location/solved", "things-stack"),
        ("mqtt/things/0102030405060708/uplink", "thingpark"),
        ("mqtt/things/0102030405060708/downlink", None),
        ("fifo/glaneur", "live-objects"),
        ("router/~event/v1/data/new/typ/t/dev/d/con/lora/evt/e/grp/g", "live-objects"),
        ("loriot/x/y", "loriot"),
        ("loriot", "loriot"),
        ("glaneur/1/GLN-1/up", None),
        ("", None),
    ],
)
def test_topic_finds_its_adapter(topic: str, name: str | None) -> None:
    """The networks' default topics, and their neighbours that are not ours to read."""
    assert adapter(topic) == name


@pytest.mark.parametrize(
    ("pattern", "topic", "takes"),
    [
        ("a/+/c", "a/b/c", True), ("a/+/c", "a/b/d/c", False), ("a/+", "a/", True), ("a/+", "a", False),
        ("a/#", "a", True), ("a/#", "a/b/c", True), ("a/#", "b", False), ("#", "a/b", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False), ("+", "a", True), ("a", "a", True), ("a", "A", False),
    ],
)  # fmt: skip
def test_wildcards_are_those_of_mqtt(pattern: str, topic: str, takes: bool) -> None:
    """MQTT 5, §4.7."""
    assert Route(pattern, "loriot").takes(topic) is takes


@pytest.mark.parametrize(
    ("pattern", "envelope"), [("a/#/b", "loriot"), ("a+", "loriot"), ("", "loriot"), ("a", "x")]
)
def test_nonsense_in_the_configuration_is_refused_at_once(pattern: str, envelope: str) -> None:
    """Not when the first message comes."""
    with pytest.raises(ValueError, match="is n"):
        Route(pattern, envelope)


def test_operators_topic_comes_before_the_defaults() -> None:
    """A gateway set to another topic is one line of configuration."""
    message = next(one for one in MESSAGES if one.network == "HTTP")
    assert read("milesight/gw1", message.payload) == Refused(
        "unknown_topic", "no network publishes on this topic"
    )
    found = read("milesight/gw1", message.payload, (Route("milesight/+", "chirpstack"), *ROUTES))
    assert isinstance(found, Uplink)
    assert found.device_eui == "24E1641092176759"


def test_every_adapter_has_a_default_topic() -> None:
    """Nothing is reachable by configuration only."""
    assert {route.envelope for route in ROUTES} == set(ADAPTERS)


def test_oversized_message_is_refused_with_its_size() -> None:
    """Before it is parsed."""
    found = read("fifo/x", b" " * (MAX_BYTES + 1))
    assert found == Refused("too_large", f"{MAX_BYTES + 1} bytes, {MAX_BYTES} accepted")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"), (b"\xff", "not_json"), (b"[]", "malformed"), (b"{}", "malformed"),
        (b"1", "malformed"),
        (b"[" * 5000, "not_json"), (b'{"a":NaN}', "not_json"), (b'{"a":' + b"9" * 5000 + b"}", "malformed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", [name for name in ADAPTERS if name != "live-objects"])
def test_what_is_no_envelope_is_refused(name: str, payload: bytes, reason: str) -> None:
    """Each adapter says the same of nonsense."""
    found = read_as(name, TOPICS[name], payload)
    assert isinstance(found, Refused)
    assert found.reason in (reason, "not_json")


SPOILT: list[Any] = [None, 1, -1, 1.5, True, "", "x", "é\x00", [], {}, [1], {"a": 1}, 2**70, "9" * 400, 1e300]


@given(
    message=st.sampled_from(MESSAGES),
    spoil=st.lists(st.tuples(st.integers(0, 80), st.sampled_from([*SPOILT, "delete"])), max_size=3),
)
def test_no_spoilt_envelope_raises(message: Any, spoil: list[tuple[int, Any]]) -> None:
    """Any field of a true message replaced by anything, or gone: a value, and printable."""
    document = json.loads(message.payload)
    for position, value in spoil:
        places = list(_places(document))
        holder, name = places[position % len(places)] if places else (document, "x")
        if value == "delete":
            del holder[name]
        else:
            holder[name] = copy.deepcopy(value)  # or one spoilt place would hold another, in a circle
    found = read(message.topic, json.dumps(document).encode())
    if isinstance(found, Refused):
        assert found.reason in ("malformed", "not_json")
        assert found.detail.isprintable()
    elif isinstance(found, Uplink):
        assert len(found.device_eui) == 16
        assert 0 <= found.f_port <= 255
        assert found.received_at is None or found.received_at.utcoffset() is not None
        assert found.gateway is None or found.gateway.isprintable()


def _places(document: Any) -> Any:
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    for name, value in list(inside):
        yield document, name
        if isinstance(value, dict | list):
            yield from _places(value)


@given(topic=st.sampled_from(list(TOPICS.values())) | st.text(max_size=60), payload=st.binary(max_size=300))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    """Any bytes, any topic."""
    read(topic, payload)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    name=st.sampled_from(sorted(ADAPTERS)), document=st.dictionaries(st.text(max_size=12), JSON, max_size=5)
)
def test_no_object_raises(name: str, document: dict[str, Any]) -> None:
    """Any JSON object as any network's."""
    read_as(name, "a/event/up", json.dumps(document).encode())
