"""The demonstration's processes as a set: started with a log each, looked after, stopped in order.

Knows nothing of what they do (`api.demo.processes`).
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class ChildStopped(Exception):
    """A process of the platform ended by itself; the message says which and shows its last lines."""


class Children:
    """The processes of the demonstration; each logs to a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._passing: set[str] = set()

    def start_passing(self, name: str, arguments: list[str], **environment: str) -> None:
        """Start one that may end by itself, its work being done."""
        self._passing.add(name)
        self.start(name, arguments, **environment)

    def start(self, name: str, arguments: list[str], **environment: str) -> None:
        """Start one that is to live as long as the demonstration."""
        with (self._folder / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours: children are stopped in order
            )

    def check(self) -> None:
        """Raise `ChildStopped` when one ended that should not have."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None and not (status == 0 and name in self._passing):
                log = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
                raise ChildStopped(f"{name} stopped with status {process.returncode}:\n" + "\n".join(log))

    def wait_for(self, name: str, words: str, seconds: float = 30) -> None:
        """Wait until the log of `name` says `words`."""
        deadline = time.monotonic() + seconds
        while words not in (self._folder / f"{name}.log").read_text(errors="replace"):
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} did not say {words!r} within {seconds:.0f} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop probes first, then who reads them, then who serves; each gets 10 s to end well."""
        for _name, process in reversed(self._running.items()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
