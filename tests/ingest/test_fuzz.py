"""Coverage-guided fuzzing of any bytes on any topic, and of the wire: no exception, no growth of memory.

The decoders have a run of their own (codecs/test_fuzz.py); `make fuzz` divides GLANEUR_FUZZ_S between them.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ingest.envelopes.published import MESSAGES
from tests.ingest.fuzzing import fuzzed
from tests.ingest.probe import up

TARGET = Path(__file__).with_name("fuzz_letters.py")
# Where each network's topic stands in the target's list.
PLACES = {"chirpstack": 3, "things-stack": 6, "thingpark": 8, "live-objects": 9, "loriot": 10}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_fuzz_of_any_bytes_on_any_topic(tmp_path: Path) -> None:
    """From a probe's message, a downlink's answer, networks' messages and a piece of the wire."""
    topic, payload = up("GLN-1", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), 1, distance=1200, tilt=3)
    answer = b'{"id": "2f1c6a0e-6b3d-4a52-9a3e-0f1f7f0e9a11", "ok": true}'
    body = len(topic).to_bytes(2, "big") + topic.encode() + b"\x00\x01\x00" + payload[:90]
    corpus = {
        "native": b"\x00" + payload,
        "status": b"\x01online",
        "answer": b"\x02" + answer,
        "wire": bytes([129, 0x32, len(body)]) + body,
    }
    corpus |= {f"m{one.number}": bytes([PLACES[one.adapter]]) + one.payload for one in MESSAGES}
    fuzzed(TARGET, tmp_path, corpus, int(os.environ.get("GLANEUR_FUZZ_S", "600")) // 2)
