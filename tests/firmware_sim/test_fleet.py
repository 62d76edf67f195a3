"""The probes on a real broker: everything acknowledged, statuses right in life and in death, reconnection."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from territory_plan import territory

SIMULATOR = Path(__file__).parents[2] / "firmware-sim"
PROBES = 24
START = "2026-11-22T07:00:00Z"


class Address(Protocol):
    """What the `broker` fixture gives."""

    host: str
    port: int
    username: str
    password: str


class Ear:
    """A subscriber to everything; what it hears waits in `heard` until looked at."""

    def __init__(self, broker: Address) -> None:
        self.heard: queue.SimpleQueue[mqtt.MQTTMessage] = queue.SimpleQueue()
        self.readings: list[tuple[str, bytes]] = []
        self.statuses: dict[str, bytes] = {}
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ear", clean_session=False)
        self.client.username_pw_set(broker.username, broker.password)
        self.client.on_connect = lambda client, *_: client.subscribe("glaneur/1/#", 1)
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.on_message = lambda _client, _data, message: self.heard.put(message)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        assert subscribed.wait(20)

    def until(self, done: Callable[[], bool], within_s: float = 60) -> None:
        """Listen until `done`, at most so long."""
        limit = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < limit, (len(self.readings), len(self.statuses))
            try:
                message = self.heard.get(timeout=0.5)
            except queue.Empty:
                continue
            serial, kind = message.topic.split("/")[2:]
            if kind == "up":
                self.readings.append((serial, bytes(message.payload)))
            else:
                self.statuses[serial] = bytes(message.payload)

    def count(self, status: bytes) -> int:
        """How many probes are in this status."""
        return list(self.statuses.values()).count(status)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The territory with its first columns only: enough for every kind of probe, quick to connect."""
    whole = territory(1)
    whole["mountings"] = whole["mountings"][:PROBES]
    path = tmp_path / "territory.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


@contextmanager
def listening(broker: Address) -> Iterator[Ear]:
    """An ear for the time of a test."""
    ear = Ear(broker)
    try:
        yield ear
    finally:
        ear.client.disconnect()
        ear.client.loop_stop()


def command(broker: Address, document: Path, *arguments: str) -> list[str]:
    """The command a person would type."""
    return [
        sys.executable, str(SIMULATOR), "run", "--territory", str(document), "--start", START,
        "--broker", f"{broker.host}:{broker.port}", "--username", broker.username, *arguments,
    ]  # fmt: skip


@contextmanager
def simulator(broker: Address, document: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The real command in a process of its own, killed at the end if it still runs."""
    process = subprocess.Popen(
        command(broker, document, *arguments),
        env={**os.environ, "GLANEUR_SIM_PASSWORD": broker.password},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def counts(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for the end; the last line is the counts."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


@pytest.mark.broker
def test_history_then_live_then_a_clean_end(broker: Address, document: Path) -> None:
    """Ten days and five live hours: what the broker acknowledged is what a subscriber heard, each once."""
    with listening(broker) as ear:
        run = ("--history-days", "10", "--rate", "20000", "--until", "2026-11-22T12:00:00Z")
        with simulator(broker, document, *run) as process:
            told = counts(process)
        ear.until(lambda: len(ear.readings) >= told["acked"] and ear.count(b"offline") == PROBES)
        assert told["unacked"] == 0
        assert told["published"] == told["acked"] == len(ear.readings) == len(set(ear.readings))
        assert told["published"] > 0.9 * PROBES * 6 * 10
        assert told["shown_until"] == "2026-11-22T12:00:00Z"
        for serial in {serial for serial, _ in ear.readings}:
            times = [json.loads(payload)["time"] for probe, payload in ear.readings if probe == serial]
            assert times == sorted(times)
        assert max(json.loads(payload)["time"] for _, payload in ear.readings) > START


@pytest.mark.broker
def test_same_seed_same_payloads_on_the_wire(broker: Address, document: Path) -> None:
    """Two runs to the same shown instant publish the same set of bytes, whatever the machine's speed."""
    said = []
    for rate in ("6000", "20000"):
        with listening(broker) as ear:
            run = ("--history-days", "2", "--rate", rate, "--until", "2026-11-22T11:00:00Z", "--seed", "5")
            with simulator(broker, document, *run) as process:
                told = counts(process)
            ear.until(lambda ear=ear, told=told: len(ear.readings) >= told["acked"])  # type: ignore[misc]
            said.append(sorted(ear.readings))
    assert said[0] == said[1]


@pytest.mark.broker
def test_terminated_says_goodbye_and_killed_has_it_said(broker: Address, document: Path) -> None:
    """SIGTERM: each probe publishes `offline` itself, and the counts come. SIGKILL: the broker says it."""
    with listening(broker) as ear:
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with simulator(broker, document, "--history-days", "0") as process:
                ear.until(lambda: ear.count(b"online") == PROBES)
                process.send_signal(ending)
                if ending == signal.SIGTERM:
                    assert counts(process)["unacked"] == 0
                ear.until(lambda: ear.count(b"offline") == PROBES)


@pytest.mark.broker
def test_dead_probe_is_said_offline_by_the_broker(broker: Address, document: Path) -> None:
    """A probe that fell silent in the history publishes it, then its last will tells; the others stay."""
    with (
        listening(broker) as ear,
        simulator(broker, document, "--history-days", "21", "--seed", "3") as process,
    ):
        ear.until(lambda: len(ear.statuses) == PROBES and 0 < ear.count(b"offline") < PROBES / 4)
        last = {serial: json.loads(payload)["time"] for serial, payload in ear.readings}
        dead = [serial for serial, status in ear.statuses.items() if status == b"offline"]
        assert all(last[serial] < "2026-11-21" for serial in dead)
        assert process.poll() is None


@pytest.mark.broker
def test_reconnects_and_loses_nothing_when_the_broker_restarts(own_services: Any, document: Path) -> None:
    """A broker restarted under traffic: every probe comes back, every reading is acknowledged and heard."""
    broker = own_services.broker()
    with listening(broker) as ear:
        run = ("--history-days", "1", "--rate", "2000", "--until", "2026-11-22T14:00:00Z")
        with simulator(broker, document, *run) as process:
            ear.until(lambda: len(ear.readings) > PROBES * 6)
            broker.restart()
            told = counts(process)
        ear.until(lambda: len(set(ear.readings)) >= told["published"])
        assert told["unacked"] == 0
        assert told["reconnections"] >= PROBES - 2
        assert len(set(ear.readings)) == told["published"]  # a redelivery is allowed, a loss is not


@pytest.mark.broker
def test_wrong_password_is_a_sentence(broker: Address, document: Path) -> None:
    """No silent wait: status 2, why, and never the password."""
    done = subprocess.run(
        command(broker, document),
        env={**os.environ, "GLANEUR_SIM_PASSWORD": "not this one"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "uthori" in done.stderr
    assert "not this one" not in done.stderr
