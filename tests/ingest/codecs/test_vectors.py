"""Every published payload decodes to what its vendor publishes, in our units, or is named as not read."""

import sys

import pytest

from ingest.codecs.model import NotThisDevice, document
from ingest.codecs.registry import decode
from tests.ingest.codecs.vectors import VECTORS, Vector

# Payloads left aside, each with its reason in the file (`unread`). A new one must be argued here.
UNREAD = {"dragino/lmds120"}


def test_all_of_them_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are those of the file: nothing is skipped in silence."""
    read = [one for one in VECTORS if one.ours is not None]
    refused = [one for one in VECTORS if one.refused is not None]
    unread = [one for one in VECTORS if one.unread is not None]
    with capsys.disabled():
        counts = f"{len(read)} decoded, {len(refused)} refused as published, {len(unread)} unread"
        sys.stdout.write(f"\n{len(VECTORS)} published payloads: {counts}\n")
    assert (len(VECTORS), len(read), len(refused), len(unread)) == (82, 75, 6, 1)
    assert {one.codec for one in unread} == UNREAD
    assert all(isinstance(decode(one.codec, one.payload, one.f_port), NotThisDevice) for one in unread)


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.ours is not None], ids=str)
def test_payload_says_what_is_published(vector: Vector) -> None:
    """Each value of each sample, and no value more."""
    found = decode(vector.codec, vector.payload, vector.f_port)
    assert isinstance(found, tuple), found
    said = [{name: value for name, value in document(one).items() if name != "extra"} for one in found]
    assert said == [{"quality": "ok", **wanted} for wanted in vector.ours or []]


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.refused is not None], ids=str)
def test_payload_published_as_an_error_is_refused(vector: Vector) -> None:
    """A wrong port gives a reason and no data."""
    found = decode(vector.codec, vector.payload, vector.f_port)
    assert isinstance(found, NotThisDevice)
    assert found.reason == vector.refused


EXTRAS = [
    ("dingtek/df702", "800001011907d001cd03e942ef272042190000000000000081", {"longitude": 116.507423}),
    ("dingtek/df556", "800016021202650000000000000168000181", {"level_mm": 613, "counter": 1}),
    ("dingtek/df556", "80001603110405003c0a1e4b03e8140081", {"kind": "parameters", "firmware": "4.5"}),
    ("netvox/r718x", "8234038407080100640005", {"min_interval_s": 900, "max_interval_s": 1800}),
    ("netvox/r718x", "8c3401f400000000000000", {"setting": "dead_zone", "value_mm": 500}),
    ("netvox/r718pe", "85b1010000000000000000", {"setting": "fill_max_distance", "accepted": False}),
    ("elsys/elt-2-ultrasonic", "0100dd022b070e2e0e012c14000eb751", {"pressure_hpa": 964.433}),
    ("adnexo/ax-dist", "045802000005060600a30200", {"measure_interval": 600, "join_interval": 172800}),
    ("dragino/dds20-lb", "29011001000d12", {"firmware": "1.1.0"}),
    ("decentlab/dl-lid", "0211c90003119b117611bc119e118a119411a811a81194006401990abd", {"median_mm": 4510}),
    (
        "pepperl-fuchs/wilsen-sonic-distance",
        "102a25343830303030303036333036383204310102c004310200000631030000017303510124",
        {"serial": "48000000630682", "transmissions": 704, "measurements": 371},
    ),
]
PORTS = {"netvox": 7, "adnexo": 4}


@pytest.mark.parametrize(("codec", "payload", "wanted"), EXTRAS)
def test_what_has_no_canonical_name_is_kept_aside(
    codec: str, payload: str, wanted: dict[str, object]
) -> None:
    """Positions, counters and answers to settings survive, in `extra`."""
    port = 5 if payload.startswith("29") else PORTS.get(codec.partition("/")[0])
    found = decode(codec, bytes.fromhex(payload), port)
    assert isinstance(found, tuple), found
    assert {name: found[0].extra.get(name) for name in wanted} == wanted
