"""The reader's writers: processes that are handed messages and answer when those are committed.

Knows processes, pipes and who is owed what; nothing of MQTT but the number of a packet, nothing of tables. A
writer that dies has a successor, who is handed again all that was not answered: identity-based dedupe makes
the second time harmless.
"""

import contextlib
import fcntl
import logging
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.batch import Written
from ingest.patience import delays
from ingest.relay import pack_message, pack_run, take_answers, writer_of
from ingest.wire import Published

_LOG = logging.getLogger("ingest")

COMMAND = (sys.executable, "-m", "ingest.writer")
_PIPE_BYTES = 1 << 20  # the most that anybody may have: a writer at work must find its next batch here
_TOPICS_KNOWN = 50_000
_FAREWELL_S = 3.0


@dataclass(frozen=True, slots=True)
class _Owed:
    """A run handed to a writer, and the tickets of its messages."""

    run: bytes
    tickets: list[int]


class _Writer:
    """One place among the writers, whoever holds it."""

    def __init__(self, number: int, environment: Mapping[str, str]) -> None:
        self._number = number
        self._environment = environment
        self._owed: deque[_Owed] = deque()
        self._unsent: deque[memoryview] = deque()
        self._answers = bytearray()
        self._delays, self._start_at = delays(), 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.incoming = self.outgoing = -1
        """The files that answers come by, and that runs go by, while there is a process."""

    def hand(self, run: bytes, tickets: list[int]) -> None:
        """Give a run, now or to the next who holds the place."""
        self._owed.append(_Owed(run, tickets))
        if self.process is not None:
            self._unsent.append(memoryview(run))

    @property
    def listens(self) -> bool:
        """Whether something waits for the pipe to take it."""
        return bool(self._unsent)

    def start(self) -> None:
        """Start a process if there is none and it is time to."""
        if self.process is not None or time.monotonic() < self._start_at:
            return
        runs, self.outgoing = _pipe()
        self.incoming, answers = _pipe()
        try:
            self.process = subprocess.Popen(COMMAND, stdin=runs, stdout=answers, env=self._environment)  # noqa: S603
        finally:
            os.close(runs)
            os.close(answers)
        for fd in (self.incoming, self.outgoing):
            os.set_blocking(fd, False)
        self._answers.clear()
        self._unsent = deque(memoryview(owed.run) for owed in self._owed)

    def send(self) -> None:
        """Send what the pipe takes now; that the other end is gone is seen when its answers end."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._unsent:
                sent = os.write(self.outgoing, self._unsent[0])
                if sent == len(self._unsent[0]):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = self._unsent[0][sent:]

    def hear(self) -> Iterator[tuple[list[int], Written]]:
        """Yield the tickets that are committed now, with what they became."""
        try:
            came = os.read(self.incoming, 65_536)
        except BlockingIOError:
            return
        self._answers += came
        for runs, written in take_answers(self._answers):
            self._delays = delays()
            yield [ticket for _ in range(runs) for ticket in self._owed.popleft().tickets], written
        if not came:
            self._mourn()

    def _mourn(self) -> None:
        status, delay = self.close(_FAREWELL_S), next(self._delays)
        self._start_at = time.monotonic() + delay
        _LOG.warning(
            "writer %d ended (status %s): %d messages go to its successor in %.1f s",
            self._number, status, sum(len(owed.tickets) for owed in self._owed), delay,
        )  # fmt: skip

    def dismiss(self) -> None:
        """Let it go: a writer ends when nothing more can come."""
        if self.outgoing >= 0:
            os.close(self.outgoing)
            self.outgoing = -1

    def close(self, patience_s: float) -> int | None:
        """See it end, by force if it must be; return its exit status."""
        if self.process is None:
            return None
        self.dismiss()
        try:
            status = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        os.close(self.incoming)
        self.process, self.incoming = None, -1
        return status


def _pipe() -> tuple[int, int]:
    """Return the two ends of a pipe with room for a batch, if the system grants it."""
    ends = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return ends


class Writers:
    """All of them, and the packets that nobody has acknowledged yet, in the order they came.

    A message has a ticket, its place in that order. What is stored is acknowledged in the order of arrival,
    as MQTT asks (5.0 §4.6). Length: the messages that are not acknowledged.
    """

    def __init__(self, number: int, environment: Mapping[str, str]) -> None:
        self._writers = [_Writer(one, environment) for one in range(number)]
        self._packets: deque[int] = deque()
        self._first = 0  # ticket of the oldest packet
        self._stored: set[int] = set()
        self._places: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._packets)

    def take(self, published: Sequence[Published], at: datetime) -> None:
        """Hand messages that came together to the writers of their devices."""
        ticket = self._first + len(self._packets)
        parts: list[tuple[list[bytes], list[int]]] = [([], []) for _ in self._writers]
        for topic, payload, packet, _ in published:
            messages, tickets = parts[self._place(topic)]
            messages.append(pack_message(topic, payload))
            tickets.append(ticket)
            self._packets.append(packet)
            ticket += 1
        for writer, (messages, tickets) in zip(self._writers, parts, strict=True):
            if messages:
                writer.hand(pack_run(at, messages), tickets)

    def _place(self, topic: bytes) -> int:
        place = self._places.get(topic)
        if place is None:
            if len(self._places) >= _TOPICS_KNOWN:
                self._places.clear()
            place = self._places[topic] = writer_of(topic, len(self._writers))
        return place

    def start(self) -> None:
        """Start those that do not run, when it is time to."""
        for one in self._writers:
            one.start()

    def files(self) -> tuple[list[int], list[int]]:
        """Return the files to wait for: those that answers come by, those that a run waits for."""
        alive = [one for one in self._writers if one.process is not None]
        return [one.incoming for one in alive], [one.outgoing for one in alive if one.listens]

    def exchange(self, readable: Sequence[int]) -> Iterator[Written]:
        """Send what can be sent; hear what these files tell, and yield what became of the messages."""
        for one in self._writers:
            if one.process is not None:
                one.send()
                if one.incoming in readable:
                    for tickets, written in one.hear():
                        self._stored.update(tickets)
                        yield written

    def settled(self) -> list[int]:
        """Return the packets to acknowledge now, in the order they came, and forget them."""
        packets, stored = self._packets, self._stored
        ready = []
        while packets and self._first in stored:
            stored.remove(self._first)
            self._first += 1
            ready.append(packets.popleft())
        return ready

    def close(self) -> None:
        """Dismiss them all, then see each end."""
        for one in self._writers:
            one.dismiss()
        deadline = time.monotonic() + _FAREWELL_S
        for one in self._writers:
            one.close(max(0.0, deadline - time.monotonic()))
