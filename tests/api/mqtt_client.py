"""A probe, or anyone else, at a real broker: let in or not, heard or not."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE_S = 15.0


class Refused(Exception):
    """The broker did not let us in, or told us we may not."""


class Speaker:
    """One MQTT 5 connection: only with 5 does a broker say that a publication was not authorised."""

    def __init__(self, client_id: str = "") -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.gone = threading.Event()
        self._answers: dict[tuple[str, int], list[int]] = {}
        self._arrived = threading.Condition()
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        self.client.on_connect = lambda _c, _d, _f, code, _p: self._note("connect", 0, [code.value])
        self.client.on_publish = lambda _c, _d, mid, code, _p: self._note("publish", mid, [code.value])
        self.client.on_subscribe = lambda _c, _d, mid, codes, _p: self._note(
            "subscribe", mid, [code.value for code in codes]
        )
        self.client.on_disconnect = lambda *_: self.gone.set()
        self.client.on_message = self._hear

    def _hear(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))

    def _note(self, what: str, mid: int, codes: list[int]) -> None:
        with self._arrived:
            self._answers[what, mid] = codes
            self._arrived.notify_all()

    def _wait(self, what: str, mid: int) -> list[int]:
        with self._arrived:
            if not self._arrived.wait_for(lambda: (what, mid) in self._answers, PATIENCE_S):
                raise TimeoutError(f"the broker said nothing of a {what}")
            return self._answers.pop((what, mid))

    def enter(self, host: str, port: int, username: str, password: str, keep_s: int = 0) -> None:
        """Connect; raises Refused. With `keep_s` the broker keeps the session that long."""
        self.client.username_pw_set(username, password)
        wanted = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wanted.SessionExpiryInterval = keep_s
        self.client.connect(host, port, clean_start=not keep_s, properties=wanted)
        self.client.loop_start()
        (code,) = self._wait("connect", 0)
        if code >= 128:
            raise Refused(f"connect: {code}")

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1; raises Refused when the broker says it is not authorised."""
        (code,) = self._wait("publish", self.client.publish(topic, payload, qos=1).mid)
        if code >= 128:
            raise Refused(f"publish: {code}")

    def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1; raises Refused."""
        _, mid = self.client.subscribe(topic, qos=1)
        assert mid is not None
        (code,) = self._wait("subscribe", mid)
        if code >= 128:
            raise Refused(f"subscribe: {code}")

    def next(self) -> tuple[str, bytes]:
        """The next message heard."""
        return self.heard.get(timeout=PATIENCE_S)


@contextmanager
def speaking(
    host: str, port: int, username: str, password: str, client_id: str = "", keep_s: int = 0
) -> Iterator[Speaker]:
    """A connected speaker; raises Refused."""
    speaker = Speaker(client_id)
    try:
        speaker.enter(host, port, username, password, keep_s)
        yield speaker
    finally:
        speaker.client.disconnect()
        speaker.client.loop_stop()
