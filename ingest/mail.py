"""A batch of messages, read and sorted by what must be done with each. Pure; never raises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ingest.directory import Directory
from ingest.downlinks import Answer, Elsewhere, read_answer
from ingest.envelopes.model import DeviceStatus, Joined, Uplink
from ingest.envelopes.model import Refused as Unreadable
from ingest.envelopes.routes import adapter, read_as
from ingest.gate import GateMail, is_gate, sort_gate
from ingest.letter import Letter
from ingest.message import Limits, Measurement, Refused, Status, decode
from ingest.uplinks import Networks

_OURS = "glaneur/"


@dataclass(frozen=True, slots=True)
class Mail:
    """A batch: native measurements and statuses, uplinks of networks, refusals; `events` are only counted.

    A report is the network's own word on a battery. An answer is to a downlink. An event is the rest of what
    a network says: its logs, its own commands. Gates are terminals of déchetteries.
    """

    measured: list[tuple[Letter, Measurement]] = field(default_factory=list)
    said: list[tuple[Letter, Status]] = field(default_factory=list)
    uplinks: list[tuple[Letter, Uplink]] = field(default_factory=list)
    joined: list[tuple[Letter, Joined]] = field(default_factory=list)
    reports: list[tuple[Letter, DeviceStatus]] = field(default_factory=list)
    answers: list[tuple[Letter, Answer]] = field(default_factory=list)
    refused: list[tuple[Letter, Refused]] = field(default_factory=list)
    events: list[Letter] = field(default_factory=list)
    gates: GateMail = field(default_factory=list)

    def serials(self) -> set[str]:
        """Return the serials that speak for themselves."""
        return {one.serial for _, one in self.measured} | {one.serial for _, one in self.said}

    def euis(self) -> set[str]:
        """Return the DevEUIs that networks speak for."""
        told = {one.device_eui for _, one in self.uplinks} | {one.device_eui for _, one in self.joined}
        return told | {one.device_eui for _, one in self.reports}

    def strangers(self, devices: Directory) -> Iterator[tuple[Letter, Refused]]:
        """Yield the messages that name no registered device; a stranger's join or report is no matter."""
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
        if is_gate(letter.topic):
            kept, refused = sort_gate([letter], limits)
            mail.gates.extend(kept)
            mail.refused.extend(refused)
        elif letter.topic.startswith(_OURS):
            if not (letter.topic.endswith("/ack") and _sort_answer(mail, letter)):
                _sort_native(mail, letter, limits)
        elif not _sort_answer(mail, letter):
            envelope = adapter(letter.topic, networks.routes)
            if envelope is None:
                _sort_native(mail, letter, limits)
            else:
                _sort_network(mail, letter, envelope)
    return mail


def _sort_answer(mail: Mail, letter: Letter) -> bool:
    """Take a letter on a topic of answers to downlinks; return whether it was one."""
    found = read_answer(letter.topic, letter.payload)
    if found is None:
        return False
    if isinstance(found, Refused):
        mail.refused.append((letter, found))
    elif isinstance(found, Elsewhere):
        mail.events.append(letter)
    else:
        mail.answers.append((letter, found))
    return True


def _sort_native(mail: Mail, letter: Letter, limits: Limits) -> None:
    found = decode(letter.topic, letter.payload, letter.received_at, limits)
    if isinstance(found, Refused):
        mail.refused.append((letter, found))
    elif isinstance(found, Status):
        mail.said.append((letter, found))
    else:
        for one in found:
            mail.measured.append((letter, one))


def _sort_network(mail: Mail, letter: Letter, envelope: str) -> None:
    found = read_as(envelope, letter.topic, letter.payload)
    if isinstance(found, Unreadable):
        mail.refused.append((letter, Refused(found.reason, f"{envelope}: {found.detail}")))
    elif isinstance(found, Uplink) and found.payload:
        mail.uplinks.append((letter, found))
    elif isinstance(found, Joined):
        mail.joined.append((letter, found))
    elif isinstance(found, DeviceStatus):
        mail.reports.append((letter, found))
    else:
        # An uplink without bytes is the network's own business (an answer to one of its commands).
        mail.events.append(letter)


def sent_at(uplink: Uplink, letter: Letter, earlier: Mapping[UUID, datetime]) -> datetime:
    """Return the instant of an uplink. One that its network does not date has that of its first reception."""
    return uplink.received_at or earlier.get(uplink.message_id) or letter.received_at
