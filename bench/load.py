"""Publish MQTT 3.1.1 packets at QoS 1 faster than a client library does, so as not to be the bottleneck.

Knows just enough of the protocol: CONNECT, PUBLISH with a packet number, and counting PUBACKs.
"""

import socket
import struct
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from ingest.settings import Broker

_PUBACK = 4  # bytes
_WINDOW = 500  # unacknowledged at most


def publish(broker: Broker, messages: Iterable[tuple[str, bytes]], client_id: str = "bench-load") -> int:
    """Publish all, wait until the broker has acknowledged all, and return how many."""
    with socket.create_connection((broker.host, broker.port), timeout=60) as line:
        line.sendall(_connect(broker, client_id))
        answer = _exactly(line, 4)
        if answer[3] != 0:
            raise ConnectionRefusedError(f"the broker refused the load: code {answer[3]}")
        sent = acknowledged = 0
        block = bytearray()
        for topic, payload in messages:
            block += _publish(topic, payload, sent % 65_535 + 1)
            sent += 1
            if sent - acknowledged >= _WINDOW:
                line.sendall(block)
                block.clear()
                acknowledged += len(_exactly(line, _PUBACK * _WINDOW // 2)) // _PUBACK
        line.sendall(block)
        acknowledged += len(_exactly(line, _PUBACK * (sent - acknowledged))) // _PUBACK
        line.sendall(b"\xe0\x00")
    return acknowledged


def publish_surely(
    broker: Broker, messages: Sequence[tuple[str, bytes]], rate: float, client_id: str = "bench-sure"
) -> int:
    """Publish at `rate` a second what the broker acknowledges, until it does; return how many.

    As a probe with a memory does: after each loss of the line, what was not acknowledged is sent again.
    """
    waiting = iter(messages)
    unsure: deque[tuple[str, bytes]] = deque()
    done, began = 0, time.monotonic()
    while done < len(messages):
        try:
            with socket.create_connection((broker.host, broker.port), timeout=60) as line:
                line.sendall(_connect(broker, client_id))
                if _exactly(line, 4)[3] != 0:
                    raise ConnectionRefusedError("the broker refused the load")
                while True:
                    # What the last line left unsure comes first; it was sent, so `waiting` is past it.
                    block = list(unsure) or list(islice(waiting, min(_WINDOW // 5, len(messages) - done)))
                    if not block:
                        return done
                    unsure = deque(block)
                    line.sendall(b"".join(_publish(*one, n) for n, one in enumerate(block, start=1)))
                    while unsure:
                        _exactly(line, _PUBACK)  # acknowledged in order (MQTT 3.1.1 §4.6)
                        unsure.popleft()
                        done += 1
                    time.sleep(max(0.0, began + done / rate - time.monotonic()))
        except OSError:
            time.sleep(0.1)
    return done


def _exactly(line: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        part = line.recv(size - len(got))
        if not part:
            raise ConnectionError("the broker hung up")
        got += part
    return bytes(got)


def _connect(broker: Broker, client_id: str) -> bytes:
    flags, texts = 0x02, [client_id]
    if broker.username is not None:
        flags |= 0x80
        texts.append(broker.username)
    if broker.password is not None:
        flags |= 0x40
        texts.append(broker.password)
    body = _text("MQTT") + bytes((4, flags)) + struct.pack("!H", 0) + b"".join(map(_text, texts))
    return b"\x10" + _length(len(body)) + body


def _publish(topic: str, payload: bytes, packet: int) -> bytes:
    body = _text(topic) + struct.pack("!H", packet) + payload
    return b"\x32" + _length(len(body)) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("!H", len(raw)) + raw


def _length(size: int) -> bytes:
    """MQTT 3.1.1 §2.2.3: seven bits a byte, the high bit says that more follow."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)
