"""Coverage-guided fuzzing of every decoder and every envelope: no exception, no growth of memory.

A short run is part of the normal tests (the tests by Hypothesis are in test_registry.py and test_routes.py);
the long one is `make fuzz`, ten minutes, or GLANEUR_FUZZ_S seconds.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.codecs.registry import CODECS
from ingest.envelopes.routes import ADAPTERS
from tests.ingest.codecs.vectors import VECTORS
from tests.ingest.envelopes.published import MESSAGES

TARGET = Path(__file__).with_name("fuzz_target.py")


def fuzzed(folder: Path, seconds: int) -> None:
    """Fuzz from the published payloads and messages; fails with the fuzzer's last words."""
    pytest.importorskip("atheris")
    names = [codec.names[0] for codec in CODECS]
    envelopes = sorted(ADAPTERS)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, vector in enumerate(VECTORS):
        chosen = names.index(vector.codec) if vector.codec in names else number % len(names)
        (corpus / f"p{number}").write_bytes(bytes((2, chosen, vector.f_port or 0)) + vector.payload)
    for message in MESSAGES:
        head = bytes((1, envelopes.index(message.adapter), 0))
        (corpus / f"m{message.number}").write_bytes(head + message.payload)
    ran = subprocess.run(
        [
            sys.executable,
            str(TARGET),
            f"-max_total_time={seconds}",
            "-max_len=4096",
            f"-artifact_prefix={folder}/",
            str(corpus),
        ],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds + 120,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    assert "Done " in ran.stderr


def test_short_fuzz_finds_nothing(tmp_path: Path) -> None:
    """Five seconds: the target works, and the obvious is not there."""
    fuzzed(tmp_path, 5)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_fuzz_finds_nothing(tmp_path: Path) -> None:
    """Ten minutes."""
    fuzzed(tmp_path, int(os.environ.get("GLANEUR_FUZZ_S", "600")))
