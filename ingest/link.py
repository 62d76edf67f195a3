"""One connection to the broker, from its opening to its loss. Alone imports paho.

A link lives once: when it is lost, another is opened, and a message is acknowledged on the link that brought
it or not at all. An acknowledgement can therefore never reach a later session, where the same packet number
may belong to a message that is not stored yet.

paho runs without a thread, through its interface for other event loops, on the caller's own thread: the next
batch waits in the system's buffers while one is written, and threads that wait for each other cost more than
the work. Messages and their acknowledgements pass it by
(`wire`): it opens, subscribes, keeps the line alive and closes.
"""

import contextlib
import logging
import select
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.letter import Letter
from ingest.settings import Settings
from ingest.wire import Line, Published, acknowledgement, begins_whole, take_published

_LOG = logging.getLogger("ingest")

_KEEPALIVE_S = 60
_OPENING_S = 5.0
_CLOSING_S = 2.0
_GAP_S = 0.01
_UNSUPPORTED_VERSION = 132  # MQTT 5 §3.2.2.2; paho says the same of a 3.1.1 broker's refusal

# A broker that hangs up this many times without a word is as good as one that refuses, and so is one that
# leaves the greeting unanswered (amqtt 0.12 does, when greeted in MQTT 5).
CERTAIN = 3

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and the packet number to acknowledge it by; `qos` 0 asks for none."""

    letter: Letter
    packet: int
    qos: int


class Sink(Protocol):
    """Takes what comes, in the place of the link's own inbox; its length is what it holds."""

    def take(self, published: Sequence[Published], at: datetime) -> None:
        """Take messages that came together, `at` our clock's instant of their reception."""

    def __len__(self) -> int:
        """How many messages are held."""


class NotOpened(Exception):
    """The broker could not be reached, or refused.

    `doubt` is how much it speaks against the version of MQTT tried: 0 not at all, 1 perhaps, CERTAIN.
    """

    def __init__(self, reason: str, doubt: int = 0) -> None:
        super().__init__(reason)
        self.doubt = doubt


class _Client(Client):
    """paho on a `Line`. The method is paho's own but not public: the lock pins it, and no test would pass."""

    def _create_socket(self) -> Any:
        return Line(super()._create_socket())


class Link:
    """A subscribed session, which lives as long as somebody calls `take` or `rest` every few seconds."""

    def __init__(
        self,
        settings: Settings,
        version: MQTTProtocolVersion,
        now: Callable[[], datetime],
        sink: Sink | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._inbox: list[Delivery] = []
        self._sink = sink
        self.deaf = False  # takes no message any more; what it waits to say is still said
        self._came = 0
        self._answered = self._settled = self._lost = False
        self._window = settings.window
        # More than any honest window; from a broker that ignores windows, the rest waits in TCP.
        self._room = 2 * self._window
        self._refusal: NotOpened | None = None
        self._client = self._make_client(version)

    def open(self) -> None:
        """Connect and subscribe; raises `NotOpened`."""
        broker = self._settings.broker
        try:
            if self._client.protocol == V5:
                wanted = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                wanted.SessionExpiryInterval = self._settings.session_expiry_s
                wanted.ReceiveMaximum = self._window
                self._client.connect(
                    broker.host, broker.port, _KEEPALIVE_S, clean_start=False, properties=wanted
                )
            else:
                self._client.connect(broker.host, broker.port, _KEEPALIVE_S)
        except OSError as error:
            raise NotOpened(f"the broker cannot be reached ({error})") from error
        deadline = time.monotonic() + _OPENING_S
        # A message is as good as the subscription's answer: amqtt sends what waited first, and wants it
        # acknowledged before it answers.
        while not (self._settled or self._came or self._lost) and time.monotonic() < deadline:
            self._pump(0.2)
        if not self._settled and not self._came:
            self._refuse(f"the broker said nothing for {_OPENING_S:.0f} s", 0 if self._answered else CERTAIN)
        if self._refusal is not None:
            self.close()
            raise self._refusal

    @property
    def lost(self) -> bool:
        """Whether nothing more can come."""
        return self._lost

    def take(self, patience_s: float) -> list[Delivery]:
        """Return what came, a batch at most, in order; wait for the first up to `patience_s`.

        What a lost link had received is given too: if the broker lost the session it is the only copy.
        """
        deadline = time.monotonic() + patience_s
        while not self._inbox and not self._lost and (left := deadline - time.monotonic()) > 0:
            self._pump(left)
        deadline = time.monotonic() + self._settings.linger_s
        while len(self._inbox) < self._settings.batch and (left := deadline - time.monotonic()) > 0:
            # Nothing new for a moment: the batch is what there is.
            if not self._pump(min(_GAP_S, left)):
                break
        batch = self._inbox[: self._settings.batch]
        del self._inbox[: self._settings.batch]
        return batch

    def rest(self, seconds: float) -> None:
        """Let time pass without losing the broker."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._lost:
                time.sleep(left)
            else:
                self._pump(left)

    def acknowledge(self, packets: Iterable[int]) -> None:
        """Tell the broker that these are stored, in the order they came. Of no effect on a lost link."""
        line = self._line()
        if line is not None:
            # A line that breaks here is seen broken at the next reading.
            with contextlib.suppress(OSError):
                line.send(acknowledgement(packets))

    def close(self, *, for_good: bool = False) -> None:
        """Send what is waiting to be sent, and leave; the broker keeps the session, unless `for_good`."""
        farewell = None
        if for_good and self._client.protocol == V5:
            farewell = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            farewell.SessionExpiryInterval = 0
        self._client.disconnect(properties=farewell)
        deadline = time.monotonic() + _CLOSING_S
        while self._wants_to_write() and not self._lost and time.monotonic() < deadline:
            self._pump(0.2)
        self._lost = True

    def _pump(self, timeout_s: float) -> bool:
        """Exchange bytes with the broker, waiting up to `timeout_s`; return whether messages came."""
        before = self._came
        self.exchange(timeout_s)
        return self._came > before

    def exchange(
        self, timeout_s: float, reading: Sequence[int] = (), writing: Sequence[int] = ()
    ) -> tuple[list[int], list[int]]:
        """Exchange bytes with the broker, waiting up to `timeout_s` for it or for a caller's file.

        Returns which of the caller's files may be read, and written. A lost link waits for those alone.
        """
        line = self._line()
        if line is None:
            self._lost = True
            readable, writable, _ = select.select(reading, writing, [], timeout_s)
            return readable, writable
        listening = [line] if not self.deaf and self._held() < self._room else []
        speaking = [line] if self._wants_to_write() else []
        if line.decrypted or (listening and begins_whole(line.incoming)):
            timeout_s = 0
        hear: list[Any] = [*listening, *reading]
        speak: list[Any] = [*speaking, *writing]
        heard, spoken, _ = select.select(hear, speak, [], timeout_s)
        if speaking:
            self._client.loop_write()
            with contextlib.suppress(OSError):
                line.flush()
        if listening:
            self._receive(line)
        self._client.loop_misc()
        return [one for one in reading if one in heard], [one for one in writing if one in spoken]

    def _held(self) -> int:
        return len(self._inbox) if self._sink is None else len(self._sink)

    def _line(self) -> Line | None:
        line: Line | None = self._client.socket()  # type: ignore[assignment]
        return line

    def _wants_to_write(self) -> bool:
        line = self._line()
        return self._client.want_write() or (line is not None and bool(line.outgoing))

    def _receive(self, line: Line) -> None:
        line.fill()
        now, five = self._now(), self._client.protocol == V5
        try:
            while (room := self._room - self._held()) > 0:
                self._keep(take_published(line.incoming, properties=five, room=room), now)
                if not begins_whole(line.incoming):
                    break
                self._client.loop_read()  # one packet that is not a message
            if line.ended:
                line.incoming.clear()  # half a packet at most
                self._client.loop_read()  # which tells `_on_disconnect`
        except Exception:  # paho meets a packet that it cannot read: this link is of no use any more
            _LOG.exception("the broker sent what cannot be read")
            self._lost = True

    def _keep(self, published: Sequence[Published], at: datetime) -> None:
        self._came += len(published)
        if self._sink is None:
            for one in published:
                self._inbox.append(Delivery(Letter(text_of(one.topic), one.payload, at), one.packet, one.qos))
        elif published:
            self._sink.take(published, at)

    def _make_client(self, version: MQTTProtocolVersion) -> Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            clean_session=None if version == V5 else False,
            protocol=version,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        broker = self._settings.broker
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set()
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_disconnect = self._on_disconnect
        # Being told who wants to write, paho leaves the writing to `_pump`, many packets at a time.
        client.on_socket_register_write = lambda *_: None
        return client

    def _on_connect(
        self,
        client: Client,
        _data: Any,
        _flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._answered = True
        if code.is_failure:
            self._refuse(
                f"the broker refused us: {code}", CERTAIN if code.value == _UNSUPPORTED_VERSION else 0
            )
            return
        if self._settings.leaving:
            client.unsubscribe(list(self._settings.filters))
            return
        # On every connection: a broker that kept the session need not have kept the subscription.
        client.subscribe([(wanted, 1) for wanted in self._settings.filters])

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._refuse(f"the broker refused a subscription: {refused[0]}")
            self._lost = True
        self._settled = True

    def _on_unsubscribe(self, *_: Any) -> None:
        self._settled = True

    def _on_disconnect(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._settled:
            self._refuse(f"the broker hung up ({code})", 0 if self._answered else 1)
        self._lost = True

    def _refuse(self, reason: str, doubt: int = 0) -> None:
        self._refusal = NotOpened(reason, doubt)
        self._settled = True


def text_of(topic: bytes) -> str:
    """Return the topic as text."""
    try:
        return topic.decode()
    except UnicodeDecodeError:  # forbidden by MQTT; kept, and refused by its name
        return "not UTF-8"
