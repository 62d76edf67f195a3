"""How numbers lie in bytes: a cursor that says "truncated" instead of failing. Knows no device."""

import struct
from dataclasses import dataclass

from ingest.codecs.model import Foreign


def u16(data: bytes, at: int) -> int:
    """Big-endian unsigned 16 bits."""
    return int.from_bytes(data[at : at + 2], "big")


def i16(data: bytes, at: int) -> int:
    """Big-endian signed 16 bits."""
    return int.from_bytes(data[at : at + 2], "big", signed=True)


def u32(data: bytes, at: int) -> int:
    """Big-endian unsigned 32 bits."""
    return int.from_bytes(data[at : at + 4], "big")


def u16le(data: bytes, at: int = 0) -> int:
    """Little-endian unsigned 16 bits."""
    return int.from_bytes(data[at : at + 2], "little")


def i16le(data: bytes, at: int = 0) -> int:
    """Little-endian signed 16 bits."""
    return int.from_bytes(data[at : at + 2], "little", signed=True)


def u32le(data: bytes, at: int = 0) -> int:
    """Little-endian unsigned 32 bits."""
    return int.from_bytes(data[at : at + 4], "little")


def i32le(data: bytes, at: int = 0) -> int:
    """Little-endian signed 32 bits."""
    return int.from_bytes(data[at : at + 4], "little", signed=True)


def f32(data: bytes, at: int = 0) -> float:
    """Big-endian IEEE 754 single precision; the caller has checked the length."""
    return float(struct.unpack_from(">f", data, at)[0])


def f32le(data: bytes, at: int = 0) -> float:
    """Little-endian IEEE 754 single precision; the caller has checked the length."""
    return float(struct.unpack_from("<f", data, at)[0])


def of_length(payload: bytes, *lengths: int) -> None:
    """Refuse a payload of any other length."""
    if len(payload) not in lengths:
        wanted = " or ".join(map(str, lengths))
        reason = "truncated" if len(payload) < max(lengths) else "foreign"
        raise Foreign(f"{len(payload)} bytes, {wanted} expected", reason)


@dataclass(slots=True)
class Cursor:
    """A payload read from left to right."""

    data: bytes
    at: int = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes; refuses a payload that ends before."""
        if count > self.left:
            raise Foreign(f"ends {count - self.left} bytes too early, at byte {len(self.data)}", "truncated")
        self.at += count
        return self.data[self.at - count : self.at]


def bits(data: bytes, first: int, count: int) -> int:
    """Return `count` bits from bit `first`, the most significant bit of the first byte being 0."""
    whole = int.from_bytes(data, "big")
    return whole >> (len(data) * 8 - first - count) & ((1 << count) - 1)
