"""One short visit to an MQTT broker: publish some messages, or ask its dynamic security something.

Thin: connects, does it, leaves; nothing stays open between two visits. Alone in api imports paho. Knows
nothing of probes or settings.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PATIENCE_S = 5.0

Document = dict[str, Any]


class Unreachable(Exception):
    """The broker could not be reached, refused us, or did not answer in time.

    One English sentence for the log.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where a broker listens, and as whom to sign in."""

    host: str
    port: int
    username: str | None
    password: str | None = field(default=None, repr=False)
    tls: bool = False


class Post(Protocol):
    """What can be published: a topic, bytes, and the quality of service."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def payload(self) -> bytes: ...  # noqa: D102
    @property
    def qos(self) -> int: ...  # noqa: D102


def read_broker(url: str) -> Broker:
    """Return the broker `mqtt://user:password@host:port` (or `mqtts://`) names; raises `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError("a broker is written mqtt://user:password@host:port, or mqtts://…")
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=parts.port or (8883 if tls else 1883),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=tls,
    )


def publish(
    broker: Broker, posts: Sequence[Post], done: Callable[[int], None], patience_s: float = PATIENCE_S
) -> None:
    """Publish in order; a post may ask by `retain` to be kept for who comes later.

    `done(i)` is called once the broker has post `i`. Raises `Unreachable` at the first it lacks.
    """
    with _visit(broker, patience_s) as client:
        for number, post in enumerate(posts):
            kept = getattr(post, "retain", False)
            sent = client.publish(post.topic, post.payload, qos=post.qos, retain=kept)
            try:
                sent.wait_for_publish(patience_s)
            except (ValueError, RuntimeError) as error:
                raise Unreachable(f"a message could not be sent: {error}") from error
            if not sent.is_published():
                raise Unreachable("the broker did not acknowledge a message in time")
            done(number)


def control(
    broker: Broker, topic: str, answers: str, document: Document, complete: Callable[[Document], bool]
) -> Document:
    """Publish `document` on `topic` and return the first document on `answers` that is `complete`."""
    found: list[Document] = []
    arrived, listening = threading.Event(), threading.Event()

    def heard(_client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            said = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(said, dict) and complete(said):
            found.append(said)
            arrived.set()

    with _visit(broker, PATIENCE_S) as client:
        client.on_message = heard
        client.on_subscribe = lambda *_: listening.set()
        client.subscribe(answers, 1)
        if not listening.wait(PATIENCE_S):
            raise Unreachable("the broker did not confirm a subscription in time")
        client.publish(topic, json.dumps(document), qos=1)
        if not arrived.wait(PATIENCE_S):
            raise Unreachable("the broker's dynamic security did not answer: is its plugin loaded?")
    return found[0]


@contextmanager
def _visit(broker: Broker, patience_s: float) -> Iterator[Client]:
    # MQTT 3.1.1: every broker speaks it, The Things Stack nothing else.
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"glaneur-{secrets.token_hex(6)}",
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )
    client.connect_timeout = patience_s
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set()
    settled = threading.Event()
    refusal: list[str] = []

    def connected(_client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            refusal.append(str(code))
        settled.set()

    client.on_connect = connected
    try:
        client.connect(broker.host, broker.port)
    except (OSError, ValueError) as error:
        raise Unreachable(f"the broker cannot be reached ({type(error).__name__})") from error
    client.loop_start()
    try:
        if not settled.wait(patience_s):
            raise Unreachable("the broker did not answer in time")
        if refusal:
            raise Unreachable(f"the broker refused us: {refusal[0]}")
        yield client
    finally:
        client.disconnect()
        deadline = time.monotonic() + 1
        while client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.01)
        client.loop_stop()
