"""What passes between the reader and its writers, as bytes. Sans I/O.

A *run* is messages of one instant for one writer, as they came: the number of messages, the instant in
microseconds since 1970, then topic and payload of each with their lengths before them. An *answer* says how
many runs, in the order they were handed, are committed, and what they became.
"""

import struct
from collections.abc import Iterable
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from ingest.batch import Written

_RUN = struct.Struct("!QqI")  # bytes that follow this head, microseconds, messages
_ONE = struct.Struct("!HI")
_ANSWER = struct.Struct(f"!{1 + len(fields(Written))}I")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Run(NamedTuple):
    """Messages as (topic, payload), and our system's instant of their reception."""

    at: datetime
    messages: list[tuple[bytes, bytes]]


def writer_of(topic: bytes, writers: int) -> int:
    """Return which of so many writers takes what comes on this topic: always the same one for a device.

    Native topics and those of networks name the device at the third or fourth level. Where a network has one
    topic for all its devices, one writer takes them all.
    """
    levels = 3 if topic.startswith(b"glaneur/") else 4
    return crc32(b"/".join(topic.split(b"/", levels)[:levels])) % writers


def pack_run(at: datetime, parts: list[bytes]) -> bytes:
    """Return the bytes of a run, of messages made by `pack_message`."""
    body = b"".join(parts)
    return _RUN.pack(len(body), (at - _EPOCH) // _TICK, len(parts)) + body


def pack_message(topic: bytes, payload: bytes) -> bytes:
    """Return the bytes of one message of a run."""
    return _ONE.pack(len(topic), len(payload)) + topic + payload


def take_runs(buffer: bytearray, room: int) -> list[Run]:
    """Remove from the front of `buffer` the whole runs it begins with, until they hold `room` messages."""
    runs: list[Run] = []
    at = taken = 0
    while taken < room and at + _RUN.size <= len(buffer):
        size, micros, count = _RUN.unpack_from(buffer, at)
        here = at + _RUN.size
        if here + size > len(buffer):
            break
        body = bytes(buffer[here : here + size])
        runs.append(Run(_EPOCH + micros * _TICK, _messages(body, count)))
        taken += count
        at = here + size
    del buffer[:at]
    return runs


def _messages(body: bytes, count: int) -> list[tuple[bytes, bytes]]:
    found = []
    here = 0
    for _ in range(count):
        topic, payload = _ONE.unpack_from(body, here)
        middle = here + _ONE.size + topic
        end = middle + payload
        found.append((body[here + _ONE.size : middle], body[middle:end]))
        here = end
    return found


def pack_answer(runs: int, written: Written) -> bytes:
    """Return the bytes that say that so many runs more are committed."""
    return _ANSWER.pack(runs, *astuple(written))


def take_answers(buffer: bytearray) -> Iterable[tuple[int, Written]]:
    """Remove the whole answers from `buffer`, and return them."""
    whole = len(buffer) - len(buffer) % _ANSWER.size
    answers = [(runs, Written(*counts)) for runs, *counts in _ANSWER.iter_unpack(buffer[:whole])]
    del buffer[:whole]
    return answers
