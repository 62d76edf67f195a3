"""Names, ports, lengths and any bytes at all: the one call answers each with a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codecs.codec import Codec
from ingest.codecs.model import LIMITS, NotThisDevice, Sample
from ingest.codecs.registry import CODECS, decode, find
from tests.ingest.codecs.vectors import VECTORS, Vector

DEVICES = (
    "milesight-iot/em400-tld", "milesight/EM400-TLD", "milesight-iot/em400-udl", "milesight-iot/em400-mud",
    "milesight-iot/em400-mud-nbiot", "milesight-iot/em400-tld-nbiot", "milesight-iot/em400-udl-nbiot",
    "milesight-iot/em310-udl", "milesight-iot/em410-rdl", "milesight-iot/em500-udl", "milesight-iot/ws201",
    "dingtek/df702", "dingtek/df703", "dingtek/df530", "dingtek/df555", "dingtek/df556", "decentlab/dl-mbx",
    "decentlab/dl-lid", "elsys/elt-2", "elsys/elt-ultrasonic", "dragino/ldds75", "dragino/dds75-lb",
    "netvox/r718x", "netvox/r718pe", "pepperl-fuchs/wilsen-sonic-level", "pepperlFuchs/wilsenSonicLevel",
    "teneo-iot/filling-degree-sensor", "terabee/lora-lm-xl",
)  # fmt: skip
READ = [one for one in VECTORS if one.ours is not None]


@pytest.mark.parametrize("name", DEVICES)
def test_promised_device_has_a_codec_with_a_version(name: str) -> None:
    """Under each name, whatever the capitals, one codec answers and says its version."""
    codec = find(name.upper())
    assert codec is not None
    assert codec is find(name)
    assert codec.label == f"{codec.names[0]} {codec.version}"


def test_unknown_codec_is_a_refusal() -> None:
    """A name nobody has is answered, not raised."""
    found = decode("acme/é" * 50, b"\x00", 1)
    assert isinstance(found, NotThisDevice)
    assert found.reason == "unknown_codec"
    assert found.detail.isascii()


@pytest.mark.parametrize("vector", READ, ids=str)
def test_another_port_is_refused(vector: Vector) -> None:
    """The same bytes on ports the device does not speak on give no data."""
    codec = find(vector.codec)
    assert codec is not None
    for port in {0, 42, 223, 224, 255} - set(codec.ports):
        found = decode(vector.codec, vector.payload, port)
        refused = isinstance(found, NotThisDevice) and found.reason == "wrong_port"
        assert refused == bool(codec.ports)


CHAINS = ("milesight", "elsys", "pepperl")  # a chain cut between two links is a shorter chain


@pytest.mark.parametrize("vector", READ, ids=str)
def test_cut_payload_is_refused_or_says_less(vector: Vector) -> None:
    """No cut invents a value: either a refusal, or values that the whole payload has too."""
    whole = decode(vector.codec, vector.payload, vector.f_port)
    assert isinstance(whole, tuple)
    for length in range(len(vector.payload)):
        cut = decode(vector.codec, vector.payload[:length], vector.f_port)
        if isinstance(cut, NotThisDevice):
            continue
        if vector.codec.startswith(CHAINS):
            for name in LIMITS:
                assert getattr(cut[0], name) in (None, getattr(whole[0], name))
        else:
            # Dragino's short frames, Teneo's without status, a log with fewer records: other true frames.
            assert vector.codec.startswith(("dragino/ldds", "dragino/dds", "teneo", "adnexo"))


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.names[0])
def test_payload_of_another_vendor_is_refused(codec: Codec) -> None:
    """Framed formats tell their own from the rest: most foreign payloads give no sample."""
    vendor = codec.names[0].partition("/")[0][:5]
    foreign = [one for one in READ if one.codec[:5].lower() != vendor]
    taken = [one for one in foreign if isinstance(decode(codec.names[0], one.payload, None), tuple)]
    assert len(taken) <= len(foreign) // 4, list(map(str, taken))


@given(
    codec=st.sampled_from([name for codec in CODECS for name in codec.names]),
    payload=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([one.payload for one in VECTORS]).flatmap(
            lambda whole: st.tuples(
                st.integers(0, len(whole)), st.binary(max_size=4), st.integers(0, len(whole))
            ).map(lambda edit: whole[: edit[0]] + edit[1] + whole[edit[2] :])
        ),
    ),
    f_port=st.one_of(st.none(), st.integers(-1, 300)),
)
def test_no_bytes_break_a_decoder(codec: str, payload: bytes, f_port: int | None) -> None:
    """Random and mutated payloads: a refusal, or samples whose numbers are all plausible."""
    found = decode(codec, payload, f_port)
    if isinstance(found, NotThisDevice):
        assert found.reason in ("wrong_port", "empty", "truncated", "foreign")
        return
    for one in found:
        assert isinstance(one, Sample)
        for name, (low, high) in LIMITS.items():
            value = getattr(one, name)
            assert value is None or low <= value <= high
        assert one.measured_at is None or one.measured_at.utcoffset() is not None
        assert one.distance_mm is None or one.echo_error is None
