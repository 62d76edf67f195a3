"""A vendor's own JavaScript, run unmodified and kept at arm's length.

Knows how to ask the process that runs it (`javascript_child.py`), how to replace that process when a codec
has taken it down, and when to stop asking. Its answers go through `normalise`, as everything that another
decoder says. The only part of this package that is not pure: it starts a process and reads a monotonic clock.
"""

import json
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from time import monotonic

from ingest.codecs.hints import HINTS
from ingest.codecs.model import CodecFailed, Sample
from ingest.codecs.normalise import normalise
from ingest.codecs.normalized import laid_over
from ingest.codecs.registry import find

# Every reason a `CodecFailed` may have, and what a technician should understand.
FAILURES: Mapping[str, str] = {
    "codec_broken": "it cannot be read, or has no decoding function",
    "codec_threw": "it raised an error",
    "codec_errors": "it says that this payload is not its device's",
    "codec_output": "its answer is not an object, or far too large",
    "codec_timeout": "it took more processor time than allowed",
    "codec_memory": "it took more memory than allowed",
    "codec_stack": "its calls nest too deep",
    "codec_killed": "it would not stop, and its process was ended",
    "codec_suspended": "it was stopped several times in a row and rests for a minute",
    "no_data": "nothing in its answer has a name known here",
}
_STOPPED = {"codec_timeout", "codec_memory", "codec_stack", "codec_killed"}
_STOPS_BEFORE_REST = 3
_REST_S = 60.0
_LARGEST_SOURCE = 512 * 1024
# The child ends itself after 10 s of the clock; this is for a child that cannot even do that.
_LAST_RESORT_S = 15.0
_CHILD = Path(__file__).parent / "javascript_child.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A vendor's codec: its name (`vendor/device`), its text, and what its names mean (see `normalise`)."""

    name: str
    source: str
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The first 12 digits of the text's SHA-256: the version."""
        return sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def label(self) -> str:
        """Name and version, as kept with each reading."""
        return f"{self.name} js-{self.digest}"


def known_hints(name: str) -> Mapping[str, str]:
    """Return what the vendor of this device is known to mean by its names."""
    native = find(name)
    return HINTS.get(native.names[0] if native else name.lower(), {})


class Sandbox:
    """The process that runs scripts, started when first needed. `close` it, or use it as a context."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._loaded: set[str] = set()
        self._stops: dict[str, int] = {}
        self._rests: dict[str, float] = {}

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next decoding starts another."""
        with self._lock:
            self._end()

    def decode(
        self,
        script: Script,
        payload: bytes,
        f_port: int | None,
        received_at: datetime | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> tuple[Sample, ...] | CodecFailed:
        """Return the samples the script finds in `payload`, or why there are none. Never raises.

        `received_at` is the network's instant, `variables` the device's (ChirpStack's tags).
        """
        if len(script.source) > _LARGEST_SOURCE:
            return CodecFailed("codec_broken", f"more than {_LARGEST_SOURCE >> 10} KiB")
        given = {
            "bytes": list(payload),
            "fPort": f_port,
            "recvTime": None if received_at is None else received_at.isoformat(),
            "variables": dict(variables or {}),
        }
        with self._lock:
            said = self._asked(script, json.dumps(given))
        if isinstance(said, CodecFailed):
            return said
        try:
            answer = json.loads(said)
        except (ValueError, RecursionError):
            return CodecFailed("codec_output", "its answer nests too deep")
        data = laid_over(answer.get("data"), answer.get("normalized"))
        return normalise(data, {**known_hints(script.name), **script.hints})

    def _asked(self, script: Script, given: str) -> str | CodecFailed:
        digest = script.digest
        if self._rests.get(digest, 0) > self._clock():
            return CodecFailed("codec_suspended", FAILURES["codec_suspended"])
        said = self._run(script, digest, given)
        if isinstance(said, CodecFailed) and said.reason in _STOPPED:
            self._stops[digest] = self._stops.get(digest, 0) + 1
            if self._stops[digest] >= _STOPS_BEFORE_REST:
                self._rests[digest] = self._clock() + _REST_S
                self._stops[digest] = 0
        else:
            self._stops.pop(digest, None)
        return said

    def _run(self, script: Script, digest: str, given: str) -> str | CodecFailed:
        if self._child is None:
            self._start()
        if digest not in self._loaded:
            loaded = self._exchange({"id": digest, "source": script.source})
            if isinstance(loaded, CodecFailed):
                return loaded
            self._loaded.add(digest)
        return self._exchange({"id": digest, "input": given})

    def _start(self) -> None:
        # No environment: neither the database's password nor the broker's is there to be read.
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        )
        self._loaded.clear()

    def _exchange(self, request: dict[str, str]) -> str | CodecFailed:
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            return CodecFailed("codec_killed", FAILURES["codec_killed"])
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            ready, _, _ = select.select([child.stdout], [], [], _LAST_RESORT_S)
            line = child.stdout.readline() if ready else b""
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self._end()
            return CodecFailed("codec_killed", FAILURES["codec_killed"])
        said = json.loads(line)
        if "ok" in said:
            return str(said["ok"])
        # A vendor's words, and so perhaps anything: control characters must not reach logs or the database.
        return CodecFailed(said["failed"], ascii(said["detail"])[1:-1])

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
