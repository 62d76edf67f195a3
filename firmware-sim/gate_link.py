"""A gate on the network: asks over HTTP, journals over MQTT, and really goes away.

Asks within its patience and decides alone else. Away, its sockets are closed and its journal grows; back, the
journal goes to the broker line by line, each kept until the broker has it. Knows the documented protocol.
"""

import contextlib
import json
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fleet import Broker
from gate_list import NotTrusted, take
from gate_terminal import Terminal
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger("firmware-sim")

PATIENCE_S = 2.0
LIST_PATIENCE_S = 20.0
WHOLE_EVERY = timedelta(days=1)
LIST_TOPIC = "glaneur/1/gate/list"
_OPENING_S = 10.0


@dataclass(slots=True)
class Tally:
    """What a gate did."""

    asked: int = 0
    answered: int = 0
    alone: int = 0
    opened: int = 0
    lists: int = 0
    refused_lists: int = 0
    told_of_list: int = 0


@dataclass(slots=True)
class Gate:
    """A terminal with its lines; `online` is what the weather lets through, not what it knows."""

    terminal: Terminal
    host: str
    port: int
    key: str = field(repr=False)
    broker: Broker | None = None
    online: bool = True
    tally: Tally = field(default_factory=Tally)
    wanted: int = 0  # the list's version that the broker told
    whole_at: datetime | None = None
    _http: HTTPConnection | None = None
    _mqtt: Client | None = None
    _sending: dict[int, bytes] = field(default_factory=dict)
    _taken: deque[int] = field(default_factory=deque)

    def hello(self) -> dict[str, Any] | None:
        """Say one's clock, learn one's place; None when nobody answers."""
        terminal = self.terminal
        said = {"sent_at": terminal.scan_time(), "boot": terminal.memory.boot, "up_ms": terminal.up_ms()}
        if terminal.memory.badges is not None:
            said["list_version"] = terminal.memory.badges.version
        status, body = self._post("hello", said)
        if status != 200 or body is None:
            return None
        terminal.fallback = body["offline"]
        if body["list_key"]:
            terminal.public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["list_key"]))
        return dict(body)

    def refresh(self) -> bool:
        """Ask for what changed in the list; whether the terminal has the newest now."""
        terminal = self.terminal
        if terminal.public is None:
            return False
        have, now = terminal.memory.badges, terminal.true_now()
        # Whole once a day: a badge that was deleted is in no delta.
        whole = have is None or self.whole_at is None or now - self.whole_at > WHOLE_EVERY
        since = 0 if whole or have is None else have.version
        signed = self._get_list(since)
        if signed is None:
            return False
        try:
            terminal.memory.badges = take(terminal.memory.badges, signed, terminal.public, terminal.now())
        except NotTrusted as why:
            self.tally.refused_lists += 1
            log.warning("%s refuses a list: %s", terminal.name, why)
            return False
        self.tally.lists += 1
        if whole:
            self.whole_at = now
        return True

    def show(self, scan: dict[str, Any]) -> tuple[bool, str]:
        """A badge is shown: ask, or decide alone and write it down. Whether it opened, and by which rule."""
        self.tally.asked += 1
        status, body = self._post("scans", {"sent_at": self.terminal.scan_time(), "scan": scan})
        if status == 200 and body is not None:
            self.tally.answered += 1
            opened, rule = bool(body["opens"]), str(body["rule"])
        else:
            opened, rule = self.terminal.alone(scan["badge"])
            self.terminal.note(scan, opened)
            self.tally.alone += 1
        self.tally.opened += opened
        return opened, rule

    def go_away(self) -> None:
        """The line is cut: nothing more leaves, nothing arrives."""
        self.online = False
        self._hang_up()
        if self._mqtt is not None:
            self._mqtt.disconnect()
            self._mqtt.loop_stop()
            self._mqtt = None
        self._reap()
        # What the broker did not take is sent again, before what came since.
        self.terminal.memory.journal.extendleft(reversed(self._sending.values()))
        self._sending.clear()

    def come_back(self) -> None:
        """The line is there again."""
        self.online = True

    def forward(self, window: int = 100) -> int:
        """Send what the journal holds, `window` lines on their way at most; return how many are left."""
        if self.online and self.broker is not None and self._connected():
            client = self._mqtt
            assert client is not None  # noqa: S101 - just connected
            self._reap()
            journal = self.terminal.memory.journal
            while journal and len(self._sending) < window:
                line = journal.popleft()
                sent = client.publish(f"glaneur/1/gate/{self.terminal.name}/journal", line, qos=1)
                self._sending[sent.mid] = line
        self._reap()
        return len(self.terminal.memory.journal) + len(self._sending)

    def beat(self) -> None:
        """Say one's clock at quality 0: who is not there to hear it never will."""
        if self.online and self.broker is not None and self._connected() and self._mqtt is not None:
            self._mqtt.publish(f"glaneur/1/gate/{self.terminal.name}/clock", self.terminal.beat(), qos=0)

    def _connected(self) -> bool:
        if self._mqtt is not None and self._mqtt.is_connected():
            return True
        broker = self.broker
        assert broker is not None  # noqa: S101 - asked before
        if self._mqtt is None:
            client = Client(
                CallbackAPIVersion.VERSION2, client_id=f"gate-{self.terminal.name}", clean_session=False,
                protocol=MQTTProtocolVersion.MQTTv311,
            )  # fmt: skip
            if broker.username is not None:
                client.username_pw_set(broker.username, broker.password)
            client.on_connect, client.on_message = self._on_connect, self._on_message
            client.on_publish = self._on_publish
            client.on_disconnect = self._on_disconnect
            try:
                client.connect(broker.host, broker.port, 30)
            except OSError:
                return False
            client.loop_start()
            self._mqtt = client
        deadline = time.monotonic() + _OPENING_S
        while not self._mqtt.is_connected() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self._mqtt.is_connected()

    def _on_connect(
        self, client: Client, _: Any, _f: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if not code.is_failure:
            client.subscribe(LIST_TOPIC, 1)

    def _on_disconnect(
        self, _c: Client, _d: Any, _f: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            log.info("%s lost the broker: %s", self.terminal.name, code)

    def _on_publish(self, _c: Client, _d: Any, mid: int, _code: ReasonCode, _p: Properties | None) -> None:
        # paho holds a lock of its own here: leave a word and take none of ours.
        self._taken.append(mid)

    def _reap(self) -> None:
        while self._taken:
            self._sending.pop(self._taken.popleft(), None)

    def _on_message(self, _c: Client, _d: Any, message: MQTTMessage) -> None:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            self.wanted = max(self.wanted, int(json.loads(message.payload)["version"]))
            self.tally.told_of_list += 1

    def _hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _post(self, path: str, document: dict[str, Any]) -> tuple[int, Any]:
        body = json.dumps(document)
        return self._ask("POST", path, body, PATIENCE_S, lambda text: json.loads(text))

    def _get_list(self, since: int) -> bytes | None:
        status, body = self._ask("GET", f"list?since={since}", None, LIST_PATIENCE_S, lambda text: text)
        return body if status == 200 else None

    def _ask(self, method: str, path: str, body: str | None, patience_s: float, read: Any) -> tuple[int, Any]:
        """Status and body; 0 when nobody answered in time, which is no decision."""
        if not self.online:
            return 0, None
        try:
            if self._http is None:
                self._http = HTTPConnection(self.host, self.port, timeout=patience_s)
            if self._http.sock is not None:
                self._http.sock.settimeout(patience_s)
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            self._http.request(method, f"/api/v1/gate/{path}", body, headers)
            answer = self._http.getresponse()
            text = answer.read()
            return answer.status, (read(text) if answer.status == 200 else None)
        except (OSError, HTTPException, ValueError):
            self._hang_up()
            return 0, None
