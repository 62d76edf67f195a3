"""One coverage-guided run of a fuzz target, and what it came to."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest


def fuzzed(target: Path, folder: Path, corpus: Mapping[str, bytes], seconds: int) -> None:
    """Fuzz from these inputs and print what was done; fails with the fuzzer's last words."""
    pytest.importorskip("atheris")
    (folder / "corpus").mkdir()
    for name, data in corpus.items():
        (folder / "corpus" / name).write_bytes(data)
    options = [f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={folder}/"]
    ran = subprocess.run(
        # The fuzzer counts its greatest memory since the fork, so ours would be in it: a shell forks again.
        [
            "/bin/sh",
            "-c",
            '"$@"; exit $?',
            "sh",
            sys.executable,
            str(target),
            *options,
            str(folder / "corpus"),
        ],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds + 120,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    done = re.search(r"Done (\d+) runs in (\d+) second", ran.stderr)
    assert done is not None, ran.stderr[-4000:]
    memory = [int(one) for one in re.findall(r"rss: (\d+)Mb", ran.stderr)]
    sys.stdout.write(
        f"{target.stem}: {done[1]} executions in {done[2]} s,"
        f" memory {memory[0]} MB at first, {memory[-1]} MB at last, no finding\n"
    )
