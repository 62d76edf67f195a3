"""One connection to the broker, from its opening to its loss. Alone imports paho.

A link lives once: when it is lost, another is opened, and a message is acknowledged on the link that brought it
or not at all. An acknowledgement can therefore never reach a later session, where the same packet number may
belong to a message that is not stored yet. paho's thread only puts messages into the inbox.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from paho.mqtt.client import CallbackAPIVersion, Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.batch import Letter
from ingest.settings import Settings

_LOG = logging.getLogger("ingest")

_KEEPALIVE_S = 30
_OPENING_S = 15.0
_UNSUPPORTED_VERSION = 132  # MQTT 5 §3.2.2.2; paho says the same of a 3.1.1 broker's refusal

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and the packet number to acknowledge it by; `qos` 0 asks for none."""

    letter: Letter
    packet: int
    qos: int


class NotOpened(Exception):
    """The broker could not be reached, or refused; `other_version` when it may speak the other MQTT."""

    def __init__(self, reason: str, *, other_version: bool = False) -> None:
        super().__init__(reason)
        self.other_version = other_version


class Link:
    """A subscribed session. `inbox` holds what came and was not taken yet."""

    def __init__(self, settings: Settings, version: MQTTProtocolVersion, now: Callable[[], datetime]) -> None:
        # Larger than any honest window; a broker that ignores windows waits in TCP instead of in our memory.
        self.inbox: queue.Queue[Delivery] = queue.Queue(2 * settings.batch)
        self.lost = threading.Event()
        self._settings = settings
        self._now = now
        self._answered = False
        self._refusal: NotOpened | None = None
        self._settled = threading.Event()
        self._client = self._make_client(version)
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Connect and subscribe; raises `NotOpened`."""
        broker = self._settings.broker
        try:
            if self._client.protocol == V5:
                wanted = Properties(PacketTypes.CONNECT)
                wanted.SessionExpiryInterval = self._settings.session_expiry_s
                wanted.ReceiveMaximum = self._settings.batch
                self._client.connect(
                    broker.host, broker.port, _KEEPALIVE_S, clean_start=False, properties=wanted
                )
            else:
                self._client.connect(broker.host, broker.port, _KEEPALIVE_S)
        except OSError as error:
            raise NotOpened(f"the broker cannot be reached ({error})") from error
        self._client.loop_start()
        self._thread = _paho_thread(self._settings.client_id)
        if not self._settled.wait(_OPENING_S):
            self._refuse(f"the broker said nothing for {_OPENING_S:.0f} s", other_version=True)
        if self._refusal is not None:
            self.close()
            raise self._refusal

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are stored, in the order they came. Of no effect on a lost link."""
        for delivery in deliveries:
            self._client.ack(delivery.packet, delivery.qos)

    def alive(self) -> bool:
        """Whether messages may still come."""
        return not self.lost.is_set() and self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """Send what is waiting to be sent, and leave; the broker keeps the session."""
        self._client.disconnect()
        self.lost.set()
        self._client.loop_stop()

    def _make_client(self, version: MQTTProtocolVersion) -> Client:
        client = Client(
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
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._answered = True
        if code.is_failure:
            self._refuse(f"the broker refused us: {code}", other_version=code.value == _UNSUPPORTED_VERSION)
            return
        # On every connection: a broker that kept the session need not have kept the subscription.
        client.subscribe([(wanted, 1) for wanted in self._settings.filters])

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._refuse(f"the broker refused a subscription: {refused[0]}")
        self._settled.set()

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if not self._settled.is_set():
            self._refuse(f"the broker hung up ({code})", other_version=not self._answered)
        self.lost.set()

    def _refuse(self, reason: str, *, other_version: bool = False) -> None:
        self._refusal = NotOpened(reason, other_version=other_version)
        self._settled.set()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # forbidden by MQTT; kept, and refused by its name
            topic = "not UTF-8"
        delivery = Delivery(Letter(topic, message.payload, self._now()), message.mid, message.qos)
        while not self.lost.is_set():  # unacknowledged, so a lost link loses nothing
            try:
                self.inbox.put(delivery, timeout=0.5)
            except queue.Full:
                continue
            return


def _paho_thread(client_id: str) -> threading.Thread | None:
    """Return paho's thread: when it dies of a malformed packet it tells nobody, so it is watched."""
    name = f"paho-mqtt-client-{client_id}"
    return next((thread for thread in threading.enumerate() if thread.name == name), None)
