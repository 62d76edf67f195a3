"""One writer: decodes, folds and commits the runs its reader hands it, and answers. Ends with its reader.

Started by `writers` alone, with the environment of `python -m ingest`: runs come by standard input, answers
go by what was standard output. Knows nothing of MQTT.
"""

import ctypes
import gc
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial

from ingest.database import Reached
from ingest.letter import Letter
from ingest.link import text_of
from ingest.patience import insisting
from ingest.relay import Run, pack_answer, take_runs
from ingest.settings import BadSettings, Settings, networks_of, read_settings

_LOG = logging.getLogger("ingest")

_READ_BYTES = 1 << 20
_GAP_S = 0.01
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> int:
    """Write until nothing more can come; exit status 2 when a setting is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _end_with_reader()
    answers = os.dup(1)
    os.dup2(2, 1)  # nothing printed may be taken for an answer
    quicken()
    try:
        settings = read_settings(os.environ)
        networks = networks_of(settings.routes, settings.codecs)
    except BadSettings as error:
        _LOG.error("%s", error)
        return 2
    database = Reached(settings.database, networks)
    try:
        write_runs(database, settings, Inbox(0, settings), answers)
    finally:
        database.close()
        networks.library.close()
    return 0


def quicken() -> None:
    """Spare the collector what it would find nothing in.

    A message makes dozens of objects and no cycle; the default has all the remembered states walked through
    again and again: a fifth of the CPU or more with 10,000 containers.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _end_with_reader() -> None:
    # A supervisor's SIGTERM reaches us too; the reader first waits for our answers, then lets us go.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        # Even a writer that waits for the database must not outlive a reader that was killed.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Inbox:
    """Runs as they come by a pipe, until nobody can send any more: `over` is set then."""

    def __init__(self, pipe: int, settings: Settings) -> None:
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._settings = settings
        self._buffer = bytearray()
        self._hung_up = select.poll()
        self._hung_up.register(pipe, 0)
        self.over = threading.Event()

    def rest(self, seconds: float) -> None:
        """Let time pass, and notice when the reader is gone."""
        if self._hung_up.poll(seconds * 1000):
            self.over.set()

    def take(self) -> list[Run]:
        """Return what came, about a batch, waiting for the first; nothing only when it is over."""
        runs: list[Run] = []
        count, deadline = 0, 0.0
        while count < self._settings.batch and not self.over.is_set():
            found = take_runs(self._buffer, self._settings.batch - count)
            count += sum(len(run.messages) for run in found)
            runs += found
            if found and not deadline:
                deadline = time.monotonic() + self._settings.linger_s
            if count < self._settings.batch and not self._fill(deadline):
                break
        return runs

    def _fill(self, deadline: float) -> bool:
        """Read what is there, or waits to be; False when it is time to write what there is."""
        patience_s = max(0.0, min(_GAP_S, deadline - time.monotonic())) if deadline else None
        if not select.select([self._pipe], [], [], patience_s)[0]:
            return False
        came = os.read(self._pipe, _READ_BYTES)
        self._buffer += came
        if not came:
            self.over.set()
        return bool(came)


def write_runs(database: Reached, settings: Settings, inbox: Inbox, answers: int) -> None:
    """Take, write, answer, until it is over; what is not answered then, a successor is handed."""
    insisting(database.reach, "connect", inbox.rest, inbox.over)
    while not inbox.over.is_set():
        runs = inbox.take()
        letters = list(_letters(runs, database))
        written = insisting(
            partial(database.write, letters, settings.limits),
            f"write {len(letters)} messages held",
            inbox.rest,
            inbox.over,
        )
        if written is not None and runs:
            os.write(answers, pack_answer(len(runs), written))


def _letters(runs: list[Run], database: Reached) -> Iterator[Letter]:
    for run in runs:
        at = database.clock.shown(run.at)
        for topic, payload in run.messages:
            yield Letter(text_of(topic), payload, at)


if __name__ == "__main__":
    sys.exit(main())
