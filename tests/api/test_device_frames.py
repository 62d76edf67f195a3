"""Settings as bytes and as MQTT messages: documented examples, bounds, and who cannot be told what."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.devices.frames import KINDS, Frame, Kind, Setting, Unfit, frame, settable
from api.devices.wire import Message, Target, message, path_problem
from ingest.downlinks import Answer, read_answer

ID = UUID("2f1c6a0e-6b3d-4a52-9a3e-0f1f7f0e9a11")
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
APPLICATION = "32dafeb5-0865-4edd-bf1c-3f8d9b07af52"

# Dingtek: the downlink examples of TheThingsNetwork/lorawan-devices, vendor/dingtek/df70[23]-codec.yaml.
# Milesight: its published encoders, vendor/milesight-iot/*-encoder.js of the same repository.
EXAMPLES: list[tuple[str, Kind, int, int, str]] = [
    ("dingtek/df702", "interval", 4 * 3600, 3, b"80029999010481".hex()),
    ("dingtek/df702", "full_distance", 350, 3, b"80029999022381".hex()),
    ("dingtek/df703", "fire", 70, 3, b"80029999034681".hex()),
    ("dingtek/df703", "tilt", 45, 3, b"80029999042D81".hex()),
    ("milesight-iot/em310-udl", "interval", 600, 85, "ff035802"),
    ("milesight/EM400-TLD", "interval", 1200, 85, "ff03b004"),
    ("milesight-iot/em400-udl", "full_distance", 400, 85, "ff06899001000000000000"),
    ("milesight/EM500-UDL", "full_distance", 400, 85, "ff06c99001000000000000"),
    ("milesight-iot/em410-rdl", "interval", 1200, 85, "ff8e001400"),
    ("milesight/WS201", "interval", 600, 85, "ff035802"),
]


@pytest.mark.parametrize(("codec", "kind", "value", "port", "expected"), EXAMPLES)
def test_the_documented_examples(codec: str, kind: Kind, value: int, port: int, expected: str) -> None:
    """Byte for byte what the maker documents."""
    assert frame(codec, Setting(kind, value)) == Frame(port, bytes.fromhex(expected))


@pytest.mark.parametrize(
    ("codec", "kind", "value", "sentence"),
    [
        ("decentlab/dl-mbx", "interval", 600, "Ce modèle de sonde (decentlab/dl-mbx) ne sait pas recevoir"),
        ("milesight-iot/em310-udl", "fire", 60, "ne sait pas recevoir le seuil de température"),
        ("milesight-iot/em400-tld", "interval", 86_400, "va de 60 à 64800 s"),
        ("milesight-iot/em410-rdl", "interval", 90, "par pas de 60 s"),
        ("dingtek/df702", "interval", 5_400, "par pas de 3600 s"),
        ("dingtek/df702", "full_distance", 2_600, "va de 150 à 2550 mm"),
        (
            "dingtek/df530",
            "interval",
            3_600,
            "ne sait pas recevoir",
        ),  # its unit is the minute
    ],
)
def test_what_cannot_be_told_is_refused_in_french(codec: str, kind: Kind, value: int, sentence: str) -> None:
    """Nothing is guessed, rounded or clipped."""
    found = frame(codec, Setting(kind, value))
    assert isinstance(found, Unfit)
    assert sentence in found.sentence


@given(
    codec=st.sampled_from([example[0] for example in EXAMPLES]),
    kind=st.sampled_from(KINDS),
    value=st.integers(0, 2**31 - 1),
)
def test_every_frame_fits_and_nothing_raises(codec: str, kind: Kind, value: int) -> None:
    """Any wish is a frame small enough for any data rate (51 bytes), or a sentence."""
    found = frame(codec, Setting(kind, value))
    if isinstance(found, Frame):
        assert kind in settable(codec)
        assert 0 < len(found.payload) <= 51
    else:
        assert found.sentence.endswith(".")


def target(network: str = "native", codec: str = "native", path: str = "") -> Target:
    eui = None if network == "native" else "24E124713D000001"
    return Target(serial="GLN-0001", codec=codec, network=network, dev_eui=eui, network_path=path)


def test_the_native_message() -> None:
    """As ingest/README.md says."""
    made = message(target(), ID, Setting("interval", 7200), AT)
    assert isinstance(made, Message)
    assert (made.broker, made.topic, made.qos) == ("native", "glaneur/1/GLN-0001/down", 1)
    assert json.loads(made.payload) == {"v": 1, "id": str(ID), "set": {"report_interval_s": 7200}}


def test_the_chirpstack_message() -> None:
    """Topic and fields of ChirpStack's DownlinkCommand; its answers bear the same id."""
    made = message(
        target("chirpstack", "milesight-iot/em310-udl", APPLICATION), ID, Setting("interval", 600), AT
    )
    assert isinstance(made, Message)
    assert made.topic == f"application/{APPLICATION}/device/24e124713d000001/command/down"
    sent = json.loads(made.payload)
    data = base64.b64decode(sent.pop("data"))
    assert data == bytes.fromhex("ff035802")
    assert sent == {"id": str(ID), "devEui": "24e124713d000001", "confirmed": True, "fPort": 85}


def test_the_things_stack_message_and_its_answer() -> None:
    """Topic and fields of down/push, QoS 0; the correlation comes back and is recognised by ingest."""
    made = message(target("tts", "dingtek/df702", "bornes@ttn/eui-1"), ID, Setting("fire", 70), AT)
    assert isinstance(made, Message)
    assert (made.broker, made.topic, made.qos) == ("tts", "v3/bornes@ttn/devices/eui-1/down/push", 0)
    (downlink,) = json.loads(made.payload)["downlinks"]
    assert base64.b64decode(downlink["frm_payload"]) == b"80029999034681"
    assert (downlink["f_port"], downlink["confirmed"]) == (3, True)
    answer = json.dumps({"downlink_ack": {"correlation_ids": downlink["correlation_ids"]}}).encode()
    found = read_answer("v3/bornes@ttn/devices/eui-1/down/ack", answer)
    assert found == Answer(ID, "acknowledged", network_path="bornes@ttn/eui-1")


def test_the_thingpark_message() -> None:
    """The twin of its uplink topic; bytes in hexadecimal. Nothing of it names the downlink."""
    made = message(target("thingpark", "milesight-iot/em310-udl"), ID, Setting("interval", 600), AT)
    assert isinstance(made, Message)
    assert (made.broker, made.topic, made.qos) == ("thingpark", "mqtt/things/24E124713D000001/downlink", 1)
    assert json.loads(made.payload) == {
        "DevEUI_downlink": {
            "Time": "2026-11-22T10:00:00.000+00:00", "DevEUI": "24E124713D000001", "FPort": 85,
            "payload_hex": "ff035802",
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("network", "path", "codec", "sentence"),
    [
        ("loriot", "", "milesight-iot/em310-udl", "n'est pas possible par LORIOT"),
        ("liveobjects", "", "milesight-iot/em310-udl", "dans le portail de Live Objects"),
        ("chirpstack", "", "milesight-iot/em310-udl", "identifiant de l'application"),
        ("tts", "bornes@ttn/#", "milesight-iot/em310-udl", "application@locataire/appareil"),
        ("chirpstack", APPLICATION, "elsys/elt-2", "ne sait pas recevoir"),
    ],
)
def test_what_cannot_be_sent_says_why(network: str, path: str, codec: str, sentence: str) -> None:
    """Before it is queued, in one French sentence."""
    found = message(target(network, codec, path), ID, Setting("interval", 600), AT)
    assert isinstance(found, Unfit)
    assert sentence in found.sentence


@given(st.text(max_size=60))
def test_no_path_smuggles_a_topic(path: str) -> None:
    """A name on a network can hold neither wildcards nor levels of its own."""
    for network in ("chirpstack", "tts"):
        if not path_problem(network, path):
            assert not set(path) & set("+#$ ")
            assert path.count("/") == (1 if network == "tts" else 0)
