"""Messages are read many at a time, whatever the cuts between reads, and anything else is left alone."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire import Line, Published, acknowledgement, begins_whole, take_published

PINGRESP = b"\xd0\x00"


def length(size: int) -> bytes:
    """MQTT's variable length."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)


def packet(one: Published, properties: bytes | None) -> bytes:
    """A PUBLISH, written from the standard's §3.3."""
    body = len(one.topic).to_bytes(2, "big") + one.topic
    body += one.packet.to_bytes(2, "big") if one.qos else b""
    body += b"" if properties is None else length(len(properties)) + properties
    body += one.payload
    return bytes([0x30 | one.qos << 1]) + length(len(body)) + body


PUBLISHED = st.builds(
    lambda topic, payload, number: Published(topic, payload, number, 1 if number else 0),
    st.binary(max_size=40), st.binary(max_size=400), st.integers(0, 65_535),
)  # fmt: skip


@given(st.lists(PUBLISHED, max_size=8), st.none() | st.binary(max_size=200), st.lists(st.integers(1, 300)))
def test_cuts_change_nothing(sent: list[Published], properties: bytes | None, cuts: list[int]) -> None:
    """However the bytes arrive, the same messages come out, in order, and nothing is left."""
    wire = b"".join(packet(one, properties) for one in sent)
    buffer, taken = bytearray(), []
    for cut in [*cuts, len(wire)]:
        buffer += wire[:cut]
        wire = wire[cut:]
        taken += take_published(buffer, properties=properties is not None, room=100)
    assert (taken, bytes(buffer)) == (sent, b"")


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_raise_nothing(raw: bytes, properties: bool) -> None:
    """What is taken and what is left make up what came; nothing is thrown away but framing."""
    buffer = bytearray(raw)
    taken = take_published(buffer, properties=properties, room=5)
    assert raw.endswith(bytes(buffer))
    assert len(taken) <= 5
    begins_whole(buffer)


@pytest.mark.parametrize(
    "first",
    [
        PINGRESP,
        b"\x34\x04\x00\x01a\x00",  # quality of service 2
        b"\x32\x04\x00\x09ab",  # a topic longer than its packet
        b"\x32\x05\x00\x01a\x00\x00",  # packet number 0
        b"\x30\xff\xff\xff\xff\xff",  # a length without end
        b"\x30\x03\x00\x01a",  # MQTT 5 without the length of its properties
    ],
)
def test_what_is_not_a_plain_message_is_left_to_paho(first: bytes) -> None:
    """It stays at the front, and can be judged at once."""
    buffer = bytearray(first + packet(Published(b"t", b"x", 1, 1), b""))
    before = bytes(buffer)
    assert take_published(buffer, properties=True, room=10) == []
    assert bytes(buffer) == before
    assert begins_whole(buffer)


def test_no_more_than_there_is_room_for() -> None:
    """The rest waits in the buffer."""
    one = Published(b"t", b"x", 7, 1)
    buffer = bytearray(packet(one, None) * 3)
    assert take_published(buffer, properties=False, room=2) == [one, one]
    assert take_published(buffer, properties=False, room=2) == [one]


def test_acknowledgements_are_the_standards() -> None:
    """§3.4: type 4, two bytes of packet number."""
    assert acknowledgement([1, 0x1234]) == b"\x40\x02\x00\x01\x40\x02\x12\x34"


def test_a_line_keeps_what_it_cannot_send_and_says_how_it_ended() -> None:
    """More than the system takes at once is sent later, in order; after the last byte comes the end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        line = Line(ours)
        sent = bytes(range(256)) * 20_000
        assert line.send(sent) == len(sent)
        assert line.outgoing
        got = bytearray()
        while len(got) < len(sent):
            got += theirs.recv(1_000_000)
            line.flush()
        assert (bytes(got), bytes(line.outgoing)) == (sent, b"")
        with pytest.raises(BlockingIOError):
            line.recv(1)
        theirs.send(b"ab")
        theirs.shutdown(socket.SHUT_WR)
        line.fill()
        line.fill()
        assert (line.recv(9), line.recv(9), line.ended) == (b"ab", b"", True)
