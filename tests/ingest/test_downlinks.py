"""Answers to downlinks: each dialect's documented messages are read, nothing else is, and no bytes raise."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.downlinks import TOPICS, Answer, Elsewhere, read_answer
from ingest.message import Refused

ID = UUID("2f1c6a0e-6b3d-4a52-9a3e-0f1f7f0e9a11")
EUI = "24e124713d000001"
NATIVE = "glaneur/1/GLN-0001/ack"
CHIRPSTACK = f"application/32dafeb5-0865-4edd-bf1c-3f8d9b07af52/device/{EUI}/event"
TTS = "v3/bornes@ttn/devices/eui-1/down"
OURS = [f"glaneur:{ID}", "as:downlink:01D7HYP6YMR93065JQ2M5SCQ95"]


def said(**document: Any) -> bytes:
    return json.dumps(document).encode()


# Shapes: ingest/README.md; ChirpStack v4 integration.proto in JSON; The Things Stack's "Data Formats".
CASES: list[tuple[str, bytes, Answer | Elsewhere | None]] = [
    (NATIVE, said(id=str(ID), ok=True), Answer(ID, "acknowledged", serial="GLN-0001")),
    (
        NATIVE,
        said(id=str(ID), ok=False, error="unsupported\nsetting"),
        Answer(ID, "failed", "unsupported setting", serial="GLN-0001"),
    ),
    (NATIVE, said(id=str(ID), ok=False), Answer(ID, "failed", "refused", serial="GLN-0001")),
    (
        f"{CHIRPSTACK}/ack",
        said(queueItemId=str(ID), acknowledged=True, fCntDown=4),
        Answer(ID, "acknowledged", dev_eui=EUI.upper()),
    ),
    (  # proto3 leaves a false field out
        f"{CHIRPSTACK}/ack",
        said(queueItemId=str(ID)),
        Answer(ID, "failed", "no_acknowledgement", dev_eui=EUI.upper()),
    ),
    (f"{CHIRPSTACK}/txack", said(queueItemId=str(ID)), Answer(ID, "transmitted", dev_eui=EUI.upper())),
    (f"{CHIRPSTACK}/txack", said(downlinkId=3), Elsewhere()),
    (
        f"{CHIRPSTACK}/log",
        said(
            level="ERROR",
            code="DOWNLINK_PAYLOAD_SIZE",
            description="Device queue-item discarded because it exceeds the max. payload size",
            context={"queue_item_id": str(ID), "item_size": "60"},
        ),
        Answer(
            ID,
            "failed",
            "Device queue-item discarded because it exceeds the max. payload size",
            dev_eui=EUI.upper(),
        ),
    ),
    (f"{CHIRPSTACK}/log", said(level="ERROR", code="UPLINK_MIC", context={}), Elsewhere()),
    (f"{CHIRPSTACK}/log", said(level="INFO", context={"queue_item_id": str(ID)}), Elsewhere()),
    (
        f"{TTS}/ack",
        said(correlation_ids=OURS, downlink_ack={"f_port": 85, "correlation_ids": OURS}),
        Answer(ID, "acknowledged", network_path="bornes@ttn/eui-1"),
    ),
    (
        f"{TTS}/sent",
        said(downlink_sent={"correlation_ids": OURS}),
        Answer(ID, "transmitted", network_path="bornes@ttn/eui-1"),
    ),
    (
        f"{TTS}/nack",
        said(downlink_nack={"correlation_ids": OURS}),
        Answer(ID, "failed", "no_acknowledgement", network_path="bornes@ttn/eui-1"),
    ),
    (
        f"{TTS}/failed",
        said(
            downlink_failed={
                "downlink": {"f_port": 85, "correlation_ids": OURS},
                "error": {"name": "no_session", "message_format": "no device session"},
            }
        ),
        Answer(ID, "failed", "no device session", network_path="bornes@ttn/eui-1"),
    ),
    (f"{TTS}/ack", said(correlation_ids=["someone:else"], downlink_ack={}), Elsewhere()),
    (f"{TTS}/queued", said(downlink_queued={"correlation_ids": OURS}), Elsewhere()),
    (f"{TTS}/push", b"our own, not even read", Elsewhere()),
    ("glaneur/1/GLN-0001/up", said(v=1), None),
    (f"{CHIRPSTACK}/up", said(), None),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), CASES)
def test_each_dialect_is_read(topic: str, payload: bytes, expected: Answer | Elsewhere | None) -> None:
    """What an answer means, in the words of the four contracts."""
    assert read_answer(topic, payload) == expected


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff", "not_json"),
        (b"[]", "malformed"),
        (said(ok=True), "malformed"),
        (said(id="nobody", ok=True), "malformed"),
        (said(id=str(ID)), "malformed"),
        (said(id=str(ID), ok=1), "malformed"),
        (b" " * 70_000, "too_large"),
    ],
)
def test_a_native_answer_that_cannot_be_read_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    """It goes to the quarantine like any message; nothing is guessed."""
    found = read_answer(NATIVE, payload)
    assert isinstance(found, Refused)
    assert found.reason == reason


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.just(str(ID)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "ok", "error", "queueItemId", "context", "correlation_ids", "downlink_ack", "downlink"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    topic=st.sampled_from([case[0] for case in CASES]),
    payload=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()),
)
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    """Anyone may publish anything: the answer is a value, and its error is one printable line."""
    found = read_answer(topic, payload)
    if isinstance(found, Answer):
        assert len(found.error) <= 200
        assert found.error.isprintable()
        assert [found.serial, found.dev_eui, found.network_path].count(None) == 2


def test_topics_are_the_filters_of_what_is_read() -> None:
    """Each topic of the table matches one of the filters ingest is to subscribe to."""

    def matches(wanted: str, topic: str) -> bool:
        pairs = list(zip(wanted.split("/"), topic.split("/"), strict=False))
        return wanted.count("/") == topic.count("/") and all(w in ("+", t) for w, t in pairs)

    for topic, _, expected in CASES:
        assert any(matches(wanted, topic) for wanted in TOPICS) is (expected is not None)
