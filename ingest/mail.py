"""A batch of messages, read and sorted by what must be done with each. Pure; never raises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ingest.directory import Directory
from ingest.envelopes.model import Joined, Uplink
from ingest.envelopes.model import Refused as Unreadable
from ingest.envelopes.routes import adapter, read_as
from ingest.letter import Letter
from ingest.message import Limits, Measurement, Refused, Status, decode
from ingest.uplinks import Networks

_OURS = "glaneur/"


@dataclass(frozen=True, slots=True)
class Mail:
    """A batch: native measurements and statuses, uplinks of networks, refusals; `events` are only counted.

    An event is what a network says that is neither a measurement nor an answer: its logs, its own commands.
    """

    measured: list[tuple[Letter, Measurement]] = field(default_factory=list)
    said: list[tuple[Letter, Status]] = field(default_factory=list)
    uplinks: list[tuple[Letter, Uplink]] = field(default_factory=list)
    joined: list[tuple[Letter, Joined]] = field(default_factory=list)
    refused: list[tuple[Letter, Refused]] = field(default_factory=list)
    events: list[Letter] = field(default_factory=list)

    def serials(self) -> set[str]:
        """Return the serials that speak for themselves."""
        return {one.serial for _, one in self.measured} | {one.serial for _, one in self.said}

    def euis(self) -> set[str]:
        """Return the DevEUIs that networks speak for."""
        return {one.device_eui for _, one in self.uplinks} | {one.device_eui for _, one in self.joined}

    def strangers(self, devices: Directory) -> Iterator[tuple[Letter, Refused]]:
        """Yield the messages that name no registered device; a stranger that joins a network is no matter."""
        for letter, serial in self._serials():
            if serial not in devices.by_serial:
                yield letter, Refused("unknown_device", f"no device has the serial {serial}")
        for letter, uplink in self.uplinks:
            if uplink.device_eui not in devices.by_eui:
                yield letter, Refused("unknown_device", f"no device has the DevEUI {uplink.device_eui}")

    def _serials(self) -> Iterator[tuple[Letter, str]]:
        yield from ((letter, one.serial) for letter, one in self.measured)
        yield from ((letter, one.serial) for letter, one in self.said)


def sort(letters: Sequence[Letter], limits: Limits, networks: Networks) -> Mail:
    """Read every letter."""
    mail = Mail()
    for letter in letters:
        envelope = None if letter.topic.startswith(_OURS) else adapter(letter.topic, networks.routes)
        if envelope is None:
            _sort_native(mail, letter, limits)
        else:
            _sort_network(mail, letter, envelope)
    return mail


def _sort_native(mail: Mail, letter: Letter, limits: Limits) -> None:
    found = decode(letter.topic, letter.payload, letter.received_at, limits)
    if isinstance(found, Refused):
        mail.refused.append((letter, found))
    elif isinstance(found, Status):
        mail.said.append((letter, found))
    else:
        mail.measured.extend((letter, one) for one in found)


def _sort_network(mail: Mail, letter: Letter, envelope: str) -> None:
    found = read_as(envelope, letter.topic, letter.payload)
    if isinstance(found, Unreadable):
        mail.refused.append((letter, Refused(found.reason, f"{envelope}: {found.detail}")))
    elif isinstance(found, Uplink) and found.payload:
        mail.uplinks.append((letter, found))
    elif isinstance(found, Joined):
        mail.joined.append((letter, found))
    else:
        # An uplink without bytes is the network's own business (an answer to one of its commands).
        mail.events.append(letter)


def sent_at(uplink: Uplink, letter: Letter, earlier: Mapping[UUID, datetime]) -> datetime:
    """Return the instant of an uplink. One that its network does not date has that of its first reception."""
    return uplink.received_at or earlier.get(uplink.message_id) or letter.received_at
