"""What an envelope holds: an uplink, or one of the other things a network tells of a device.

Knows no network and no device. Instants are UTC, signal strengths dBm, signal-to-noise ratios dB.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One message of one device.

    `message_id` is the same each time the network sends it again. `received_at` is the network's instant,
    None when the envelope has none. `late` says that the network held it back. `decoded` is the object that
    the network's own decoder made, if any. `downlink_topic` is where an answer is to be published, where the
    network takes answers over MQTT.
    """

    network: str
    device_eui: str
    message_id: UUID
    f_port: int
    f_cnt: int
    payload: bytes
    received_at: datetime | None
    rssi_dbm: int | None = None
    snr_db: float | None = None
    gateway: str | None = None
    late: bool = False
    decoded: Mapping[str, Any] | None = None
    downlink_topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The device (re)joined its network: its counters start again."""

    network: str
    device_eui: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """The device's answer to the network's own question; `margin_db` is of the last downlink it heard."""

    network: str
    device_eui: str
    at: datetime | None
    battery_percent: float | None
    external_power: bool
    margin_db: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLog:
    """Something the network has to say of a device: a wrong key, a counter that went back…"""

    network: str
    device_eui: str
    at: datetime | None
    level: str
    code: str
    description: str


DownlinkState = Literal["queued", "sent", "acknowledged", "refused", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownlinkEvent:
    """Where a message to the device stands.

    It is recognised by `queue_id` (ChirpStack: the id given when it was queued) or by one of
    `correlation_ids` (The Things Stack: those given, among the network's own). "refused" is the device's or
    the deadline's no to a confirmed message, "failed" the network's.
    """

    network: str
    device_eui: str
    at: datetime | None
    state: DownlinkState
    queue_id: str | None = None
    correlation_ids: tuple[str, ...] = ()
    f_cnt: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A known kind of message that is of no use here (location, service data…)."""

    network: str
    what: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an envelope cannot be taken: `not_json`, `malformed`, `unknown_topic` or `too_large`."""

    reason: str
    detail: str


Event = Uplink | Joined | DeviceStatus | NetworkLog | DownlinkEvent | Ignored


class Unfit(Exception):
    """Carries a refusal out of an adapter; never leaves this package."""

    def __init__(self, detail: str, reason: str = "malformed") -> None:
        super().__init__(detail)
        self.refusal = Refused(reason, detail)


def own_identity(network: str, eui: str, identifier: str, payload: bytes) -> UUID:
    """Return the identity of a message that its network numbers itself.

    The payload counts too: a network that gave one number to two messages must not make us lose one.
    """
    return _digest(f"{network}|{eui}|{identifier}|{payload.hex()}")


def made_identity(network: str, eui: str, session: str, f_cnt: int, f_port: int, payload: bytes) -> UUID:
    """Return the identity of a message that its network does not number.

    `session` is what changes when the counters restart: a key's identifier, or the device's address.
    """
    return _digest(f"{network}|{eui}|{session}|{f_cnt}|{f_port}|{payload.hex()}")


def _digest(text: str) -> UUID:
    return UUID(bytes=blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())
