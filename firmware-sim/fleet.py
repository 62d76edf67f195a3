"""The probes' radio: one MQTT connection per probe, all in one thread.

Knows paho-mqtt 2 and the order of a connection's life: last will, `online`, readings, `offline`.
Refuses to know what the messages mean. MQTT 3.1.1, QoS 1, client id = serial. At most `window`
readings are on their way (published, not yet acknowledged); a lost connection is opened again, and
paho sends again what was not acknowledged.
"""

import logging
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from wire import OFFLINE, ONLINE, Message, encode, status_topic, up_topic

log = logging.getLogger(__name__)

KEEPALIVE_S = 120
OPENING_AT_ONCE = 20  # below the accept queue of any broker
RETRY_FIRST_S, RETRY_LAST_S = 1.0, 30.0
UPKEEP_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where to publish, and as whom."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None


@dataclass(slots=True)
class Counts:
    """What happened on the wire; `acked` are readings the broker has taken responsibility for."""

    published: int = 0
    acked: int = 0
    connections: int = 0
    reconnections: int = 0
    refusals: int = 0


@dataclass(slots=True)
class Line:
    """One probe's connection."""

    serial: str
    client: mqtt.Client
    waiting: set[int] = field(default_factory=set)
    up: bool = False
    opening: bool = False
    was_up: bool = False
    dead: bool = False


@dataclass(slots=True)
class Fleet:
    """All connections. Made by `fleet`, moved by `turn`, ended by `hang_up`."""

    broker: Broker
    lines: dict[str, Line]
    selector: selectors.BaseSelector
    counts: Counts
    retry_s: float = RETRY_FIRST_S
    open_after: float = 0.0
    upkeep_after: float = 0.0
    said: set[str] = field(default_factory=set)
    closing: bool = False
    refused: str = ""


def fleet(broker: Broker, serials: tuple[str, ...]) -> Fleet:
    """A fleet with every line down; `turn` opens them."""
    made = Fleet(broker, {}, selectors.DefaultSelector(), Counts())
    for serial in serials:
        made.lines[serial] = _line(made, serial)
    return made


def _line(made: Fleet, serial: str) -> Line:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=serial, protocol=mqtt.MQTTv311)
    client.will_set(status_topic(serial), OFFLINE, qos=1, retain=True)
    client.connect_timeout = 5.0
    if made.broker.username is not None:
        client.username_pw_set(made.broker.username, made.broker.password)
    line = Line(serial, client)

    def on_connect(
        _client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        _connected(made, line, reason)

    def on_disconnect(
        _client: mqtt.Client, _data: Any, _flags: mqtt.DisconnectFlags, _reason: ReasonCode, _properties: Any
    ) -> None:
        line.up = line.opening = False

    def on_publish(_client: mqtt.Client, _data: Any, mid: int, _reason: ReasonCode, _properties: Any) -> None:
        if mid in line.waiting:
            line.waiting.remove(mid)
            made.counts.acked += 1

    client.on_connect, client.on_disconnect, client.on_publish = on_connect, on_disconnect, on_publish
    _watch_socket(made, client)
    client.connect_async(made.broker.host, made.broker.port, keepalive=KEEPALIVE_S)
    return line


def _watch_socket(made: Fleet, client: mqtt.Client) -> None:
    """Keep the selector in step with the client's socket, as paho asks of an outer loop."""
    events = selectors.EVENT_READ

    def opened(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        made.selector.register(sock, events, client)

    def closed(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        if sock in made.selector.get_map():
            made.selector.unregister(sock)

    def writes(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        made.selector.modify(sock, events | selectors.EVENT_WRITE, client)

    def wrote(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        if sock in made.selector.get_map():
            made.selector.modify(sock, events, client)

    client.on_socket_open, client.on_socket_close = opened, closed
    client.on_socket_register_write, client.on_socket_unregister_write = writes, wrote


def _connected(made: Fleet, line: Line, reason: ReasonCode) -> None:
    line.opening = False
    if reason.is_failure:
        made.counts.refusals += 1
        made.refused = str(reason)
        _wait_longer(made, f"the broker refuses the probes: {reason}")
        return
    line.up = True
    made.counts.connections += 1
    made.counts.reconnections += line.was_up
    line.was_up = True
    made.retry_s, made.refused = RETRY_FIRST_S, ""
    line.client.publish(status_topic(line.serial), ONLINE, qos=1, retain=True)


def _wait_longer(made: Fleet, sentence: str) -> None:
    made.open_after = time.monotonic() + made.retry_s
    made.retry_s = min(RETRY_LAST_S, made.retry_s * 2)
    if sentence not in made.said:
        made.said.add(sentence)
        log.warning("%s; trying again", sentence)


def on_the_way(made: Fleet) -> int:
    """Readings handed to the broker and not yet acknowledged."""
    return made.counts.published - made.counts.acked


def all_up(made: Fleet) -> bool:
    """Whether every living probe is connected."""
    return all(line.up or line.dead for line in made.lines.values())


def send(made: Fleet, message: Message) -> None:
    """Publish one reading. Without a connection it waits in the client and leaves with the next one."""
    line = made.lines[message.serial]
    info = line.client.publish(up_topic(message.serial), encode(message), qos=1)
    line.waiting.add(info.mid)
    made.counts.published += 1


def kill(made: Fleet, serial: str) -> None:
    """The probe dies once its last readings are acknowledged: no goodbye, the broker says `offline`."""
    made.lines[serial].dead = True


def turn(made: Fleet, timeout_s: float) -> None:
    """Open what is down, move bytes for at most `timeout_s`, keep connections alive."""
    _open_some(made)
    if made.selector.get_map():
        for key, events in made.selector.select(timeout_s):
            client: mqtt.Client = key.data
            if events & selectors.EVENT_READ:
                client.loop_read()
            if events & selectors.EVENT_WRITE:
                client.loop_write()
    else:
        time.sleep(min(timeout_s, 0.1))
    now = time.monotonic()
    if now >= made.upkeep_after:
        made.upkeep_after = now + UPKEEP_S
        for line in made.lines.values():
            line.client.loop_misc()
            if line.dead and line.up and not line.waiting:
                _cut(line)


def _cut(line: Line) -> None:
    """Close the connection as a dying battery does; the next read tells paho."""
    sock = line.client.socket()
    if isinstance(sock, socket.socket):
        sock.shutdown(socket.SHUT_RDWR)


def _open_some(made: Fleet) -> None:
    if made.closing or time.monotonic() < made.open_after:
        return
    room = OPENING_AT_ONCE - sum(line.opening for line in made.lines.values())
    for line in made.lines.values():
        if room <= 0:
            return
        gone = line.dead and not line.waiting and line.was_up
        if line.up or line.opening or gone:
            continue
        room -= 1
        line.opening = True
        try:
            line.client.reconnect()
        except OSError as error:
            line.opening = False
            _wait_longer(made, f"the broker does not answer ({error})")
            return


def _turn_until(made: Fleet, done: Callable[[], bool], within_s: float) -> None:
    until = time.monotonic() + within_s
    while not done() and time.monotonic() < until:
        turn(made, 0.05)


def hang_up(made: Fleet, within_s: float = 4.0) -> None:
    """Let the last readings be acknowledged, say `offline`, and leave; bounded by `within_s`."""
    _turn_until(made, lambda: on_the_way(made) == 0, within_s)
    made.closing = True
    goodbyes = [
        line.client.publish(status_topic(line.serial), OFFLINE, qos=1, retain=True)
        for line in made.lines.values()
        if line.up
    ]
    _turn_until(made, lambda: all(info.is_published() for info in goodbyes), within_s / 2)
    for line in made.lines.values():
        if line.up:
            line.client.disconnect()
    _turn_until(made, lambda: not any(line.up for line in made.lines.values()), 1.0)
    made.selector.close()
