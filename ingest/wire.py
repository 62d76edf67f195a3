"""The two packets that come by thousands, PUBLISH and PUBACK, read and written many at a time.

Sans I/O but for `Line`, which is a socket with a buffer on each side. Knows MQTT 3.1.1 and 5 no further than
that: every other packet, and every malformed one, is left to paho.

Why: paho reads a packet with four system calls and dozens of Python calls, and makes each acknowledgement by
itself. To receive and acknowledge a message takes 5 µs of CPU this way, and 40 to 49 with paho (20,000
messages, twice, on a busy machine).
"""

import contextlib
import ssl
from collections.abc import Iterable
from typing import Any, NamedTuple

_READ_BYTES = 65_536
_PUBACK = b"\x40\x02"
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Published(NamedTuple):
    """One PUBLISH of quality of service 0 (`packet` is 0 then) or 1."""

    topic: bytes
    payload: bytes
    packet: int
    qos: int


def take_published(buffer: bytearray, *, properties: bool, room: int) -> list[Published]:
    """Remove from the front of `buffer` the whole messages it begins with, `room` at most; return them.

    Stops before any other packet, before one that is not whole yet, and before one that is malformed.
    `properties`: whether packets carry them, as those of MQTT 5 do.
    """
    taken: list[Published] = []
    at = 0
    while len(taken) < room and (frame := _frame(buffer, at)) is not None:
        body, end = frame
        kind = buffer[at]
        if kind & 0xF0 != 0x30 or kind & 0x04:
            break
        found = _published(buffer, kind >> 1 & 1, body, end, properties)
        if found is None:
            break
        taken.append(found)
        at = end
    del buffer[:at]
    return taken


def begins_whole(buffer: bytearray) -> bool:
    """Whether `buffer` begins with a packet that paho can judge without waiting for more."""
    return _frame(buffer, 0) is not None


def acknowledgement(packets: Iterable[int]) -> bytes:
    """Return the PUBACKs of these packet numbers, in order; 0 is no packet's."""
    return b"".join([_PUBACK + packet.to_bytes(2, "big") for packet in packets if packet])


def _frame(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at `at` begins and ends; None when it is not whole yet.

    A length that goes on for more than four bytes is an error, for paho to see: its end is said to be here.
    """
    size, shift, here = 0, 0, at + 1
    length = len(buffer)
    while here < length:
        byte = buffer[here]
        here += 1
        size |= (byte & 127) << shift
        if not byte & 128:
            return (here, here + size) if here + size <= length else None
        shift += 7
        if shift > 21:
            return here, here
    return None


def _published(buffer: bytearray, qos: int, here: int, end: int, properties: bool) -> Published | None:
    if here + 2 > end:
        return None
    topic_end = here + 2 + (buffer[here] << 8 | buffer[here + 1])
    topic, here, packet = bytes(buffer[here + 2 : topic_end]), topic_end, 0
    if qos:
        packet, here = buffer[here] << 8 | buffer[here + 1] if here + 2 <= end else 0, here + 2
        if packet == 0:
            return None
    if properties:
        shift = size = 0
        while True:
            if here >= end or shift > 21:
                return None
            byte = buffer[here]
            here += 1
            size |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                break
        here += size
    return Published(topic, bytes(buffer[here:end]), packet, qos) if here <= end else None


class Line:
    """A socket that reads ahead, and that keeps in order what it cannot send yet. Stands in for paho's."""

    def __init__(self, line: Any) -> None:
        self._line = line
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self._end: OSError | None = None
        self.ended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    @property
    def decrypted(self) -> bool:
        """Whether bytes wait that the system no longer knows of: no `select` would announce them."""
        return isinstance(self._line, ssl.SSLSocket) and self._line.pending() > 0

    def fill(self) -> None:
        """Read what is there; how the line ended, if it did, comes back from `recv`, where paho sees it."""
        try:
            came = self._line.recv(_READ_BYTES)
        except _NOT_NOW:
            return
        except OSError as error:
            self._end, self.ended = error, True
            return
        self.incoming += came
        self.ended = not came

    def recv(self, size: int) -> bytes:
        """Give what was read ahead, and that only: paho must never begin a message on its own."""
        if self.incoming:
            part = bytes(self.incoming[:size])
            del self.incoming[:size]
            return part
        if self._end is not None:
            raise self._end
        if self.ended:
            return b""
        raise BlockingIOError

    def send(self, data: bytes) -> int:
        """Take all of it, and send what can be sent now."""
        self.outgoing += data
        self.flush()
        return len(data)

    def flush(self) -> None:
        """Send what can be sent now; raises OSError when the line is lost."""
        with contextlib.suppress(*_NOT_NOW):
            while self.outgoing:
                del self.outgoing[: self._line.send(self.outgoing)]
