"""What verifying a whole list costs a terminal, in instructions: a count that no busy machine changes.

The simulated terminal's reader (Ed25519 by OpenSSL, gzip and JSON by the standard library, a dictionary)
runs under valgrind's cachegrind, which counts what is executed; a run that only loads the same libraries
is taken off. Without valgrind there is no count. Seconds are this machine's, for comparison.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from gate_list import take

SLOW_PER_S = 250_000_000
"""A Cortex-A7 at 528 MHz (i.MX6ULL, common in readers) at half an instruction a cycle: a careful guess."""

_SCRIPT = """
import sys
sys.path.insert(0, {sim!r})
from datetime import datetime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
import gate_list
signed = open({file!r}, "rb").read()
public = Ed25519PublicKey.from_public_bytes(bytes.fromhex({key!r}))
if {really}:
    assert gate_list.take(None, signed, public, datetime.fromisoformat({now!r})).badges
"""


def cost(signed: bytes, public: Ed25519PublicKey) -> dict[str, object]:
    """Instructions of one verification, seconds on a slow processor by them, and milliseconds here."""
    began = time.perf_counter()
    take(None, signed, public, datetime.now(UTC))
    here = time.perf_counter() - began
    found = _instructions(signed, public)
    return {
        "verify_instructions": found,
        "verify_slow_cpu_s": None if found is None else round(found / SLOW_PER_S, 2),
        "verify_here_ms": round(here * 1000, 1),
    }


def _instructions(signed: bytes, public: Ed25519PublicKey) -> int | None:
    if shutil.which("valgrind") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list"
        file.write_bytes(signed)
        whole, empty = (_count(folder, file, public, really) for really in (True, False))
    return whole - empty


def _count(folder: str, file: Path, public: Ed25519PublicKey, really: bool) -> int:
    script = _SCRIPT.format(
        sim=str(Path(__file__).parents[1] / "firmware-sim"),
        file=str(file),
        key=public.public_bytes_raw().hex(),
        really=really,
        now=datetime.now(UTC).isoformat(),
    )
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/out"]
    done = subprocess.run(
        [*command, sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600
    )
    counted = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert counted is not None, done.stderr[-500:]
    return int(counted[1].replace(",", ""))
