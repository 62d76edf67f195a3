"""A broker for the demonstration: Mosquitto when it is on PATH, else amqtt in this process.

amqtt's anonymous plugin forgets persistent sessions, so both use a password file (reference: amqtt 0.12
`FileAuthPlugin`).
"""

import asyncio
import contextlib
import logging
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from argon2 import PasswordHasher


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """Where the broker listens, and the one account that everything in the demonstration uses."""

    kind: str
    host: str
    port: int
    username: str
    password: str

    @property
    def url(self) -> str:
        """Return `mqtt://user:password@host:port`."""
        return f"mqtt://{self.username}:{self.password}@{self.host}:{self.port}"


def free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def demo_broker(folder: Path) -> Iterator[RunningBroker]:
    """Run a broker until the block ends; its files go to `folder`."""
    mosquitto = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin")
    described = RunningBroker(
        "mosquitto" if mosquitto else "amqtt", "127.0.0.1", free_port(), "glaneur", secrets.token_urlsafe(24)
    )
    with _mosquitto(mosquitto, described, folder) if mosquitto else _amqtt(described, folder):
        yield described


def _wait_for(broker: RunningBroker) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            socket.create_connection((broker.host, broker.port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the {broker.kind} broker did not start within 15 s") from None
            time.sleep(0.05)


@contextlib.contextmanager
def _mosquitto(program: str, broker: RunningBroker, folder: Path) -> Iterator[None]:
    passwords, settings = folder / "mosquitto.passwords", folder / "mosquitto.conf"
    passwords.write_text(f"{broker.username}:{broker.password}\n", encoding="utf-8")
    passwords.chmod(0o600)
    hasher = shutil.which("mosquitto_passwd")
    if hasher is None:
        raise FileNotFoundError("mosquitto is installed without mosquitto_passwd")
    subprocess.run([hasher, "-U", str(passwords)], check=True, capture_output=True)  # noqa: S603
    settings.write_text(
        f"listener {broker.port} {broker.host}\npassword_file {passwords}\nallow_anonymous false\n"
        f"persistence true\npersistence_location {folder}/\nmax_queued_messages 100000\nuser root\n",
        encoding="utf-8",
    )
    with (folder / "broker.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            [program, "-c", str(settings)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(broker)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def _amqtt(broker: RunningBroker, folder: Path) -> Iterator[None]:
    passwords = folder / "amqtt.passwords"
    # The password is 24 random bytes made for this run: a cheap hash is enough, and 180 probes sign in.
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords.write_text(f"{broker.username}:{cheap.hash(broker.password)}\n", encoding="utf-8")
    passwords.chmod(0o600)
    config: dict[str, Any] = {
        "listeners": {"default": {"type": "tcp", "bind": f"{broker.host}:{broker.port}"}},
        "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}},
    }
    # On a busy machine it reports acknowledgements that come late, each with a stack: they do come.
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(_serve(config, ready, stop),), name="amqtt")
    thread.start()
    try:
        if not ready.wait(15):
            raise TimeoutError("the amqtt broker did not start within 15 s")
        yield
    finally:
        stop.set()
        thread.join(15)


async def _serve(config: dict[str, Any], ready: threading.Event, stop: threading.Event) -> None:
    # amqtt lets the resets of leaving clients fall through to the loop, which would print each of them.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    broker = Broker(config)
    await broker.start()
    ready.set()
    while not stop.is_set():
        await asyncio.sleep(0.2)
    with contextlib.suppress(Exception):  # clients are leaving at the same time; nothing is kept
        await broker.shutdown()
