"""Coverage-guided fuzzing of every decoder and every envelope: no exception, no growth of memory.

A short run is part of the normal tests (the tests by Hypothesis are in test_registry.py and test_routes.py);
the long one is `make fuzz`, half of GLANEUR_FUZZ_S seconds (600), the other half being ../test_fuzz.py.
"""

import os
from pathlib import Path

import pytest

from ingest.codecs.registry import CODECS
from ingest.envelopes.routes import ADAPTERS
from tests.ingest.codecs.vectors import VECTORS
from tests.ingest.envelopes.published import MESSAGES
from tests.ingest.fuzzing import fuzzed

TARGET = Path(__file__).with_name("fuzz_target.py")


def corpus() -> dict[str, bytes]:
    """The published payloads and messages, as the target reads them."""
    names = [codec.names[0] for codec in CODECS]
    envelopes = sorted(ADAPTERS)
    made: dict[str, bytes] = {}
    for number, vector in enumerate(VECTORS):
        chosen = names.index(vector.codec) if vector.codec in names else number % len(names)
        made[f"p{number}"] = bytes((2, chosen, vector.f_port or 0)) + vector.payload
    for message in MESSAGES:
        made[f"m{message.number}"] = bytes((1, envelopes.index(message.adapter), 0)) + message.payload
    return made


def test_short_fuzz_finds_nothing(tmp_path: Path) -> None:
    """Five seconds: the target works, and the obvious is not there."""
    fuzzed(TARGET, tmp_path, corpus(), 5)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_fuzz_finds_nothing(tmp_path: Path) -> None:
    """Half of the ten minutes of `make fuzz`."""
    fuzzed(TARGET, tmp_path, corpus(), int(os.environ.get("GLANEUR_FUZZ_S", "600")) // 2)
