"""All codecs of an installation: the native ones, and the JavaScript that an operator dropped into a folder.

    FOLDER/VENDOR/DEVICE.js      the vendor's file, unmodified; its name is VENDOR/DEVICE
    FOLDER/VENDOR/DEVICE.json    optional: what its names mean, as {"distance": "distance_cm"}

A dropped-in codec takes the place of the native one of the same name.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic

from ingest.codecs.javascript import Sandbox, Script
from ingest.codecs.model import Decoded
from ingest.codecs.registry import CODECS, decode, find

_LOOK_EVERY_S = 5.0
_LOG = logging.getLogger("ingest")


class BadHints(ValueError):
    """A file of hints that is not an object of texts; the message names it."""


def read_scripts(folder: Path) -> dict[str, Script]:
    """Return the codecs of a folder by name in small letters. Raises `OSError` and `BadHints`."""
    found = (read_script(path, f"{path.parent.name}/{path.stem}") for path in sorted(folder.glob("*/*.js")))
    return {script.name.lower(): script for script in found}


def read_script(path: Path, name: str) -> Script:
    """Return one codec, with the hints beside it when there are some."""
    beside = path.with_suffix(".json")
    hints = _hints(beside) if beside.exists() else {}
    return Script(name=name, source=path.read_text(encoding="utf-8", errors="replace"), hints=hints)


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what a change in the folder changes: names, instants, sizes."""
    found = []
    for path in sorted((*folder.glob("*/*.js"), *folder.glob("*/*.json"))):
        with suppress(OSError):  # gone in between
            facts = path.stat()
            found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _hints(path: Path) -> dict[str, str]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadHints(f"{path.name}: {error}") from error
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise BadHints(f"{path.name} is not an object of texts")
    return said


class Library:
    """Decodes by a device's codec name, whichever kind it is. `close` it when done: it may hold a process.

    With a `folder`, its codecs are read again within seconds of a change there; a change that cannot be read
    is said in the log and leaves the codecs as they were.
    """

    def __init__(
        self,
        scripts: Mapping[str, Script] | None = None,
        sandbox: Sandbox | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._scripts = dict(scripts or {})
        self._sandbox = sandbox or Sandbox()
        self._folder = folder
        self._clock = clock
        self._looked_at = clock()
        self._files = () if folder is None else _files(folder)

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox's process."""
        self._sandbox.close()

    def _renew(self) -> None:
        """Read the folder again when something changed in it; look every few seconds at most."""
        now = self._clock()
        if self._folder is None or now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        files = _files(self._folder)
        if files == self._files:
            return
        self._files = files
        try:
            self._scripts = read_scripts(self._folder)
        except (OSError, BadHints) as error:
            _LOG.warning("the folder of codecs changed and cannot be read, the old ones stay: %s", error)
        else:
            _LOG.info("the folder of codecs changed: %d read", len(self._scripts))

    def names(self) -> tuple[str, ...]:
        """Every name a device may be given, aliases included."""
        self._renew()
        native = {name for codec in CODECS for name in codec.names}
        return tuple(sorted(native | {script.name for script in self._scripts.values()}))

    def label(self, codec: str) -> str | None:
        """Return name and version, to be kept with each message; None for a codec that does not exist."""
        self._renew()
        script = self._scripts.get(codec.lower())
        if script is not None:
            return script.label
        native = find(codec)
        return None if native is None else native.label

    def decode(
        self,
        codec: str,
        payload: bytes,
        f_port: int | None,
        received_at: datetime | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Decoded:
        """Return the samples of `payload`, newest first, or why there are none. Never raises."""
        script = self._scripts.get(codec.lower())
        if script is None:
            return decode(codec, payload, f_port)
        return self._sandbox.decode(script, payload, f_port, received_at, variables)
