"""Mosquitto with dynamic security, from mosquitto-dynsec.conf, run for a while like the other servers.

Knows how the plugin's file is first made. Refuses to know which accounts come after the administrator's.
"""

import secrets
import signal
import socket
import subprocess
from pathlib import Path

from homes import HOST, Home, chroot_home
from servers import NotStarted, Running

CONFIGURATION = Path(__file__).parent / "mosquitto-dynsec.conf"


class GuardedBroker:
    """A Mosquitto of its own on 127.0.0.1 whose accounts are all made through its `admin`."""

    host = HOST
    username = "admin"

    def __init__(self, home: Home) -> None:
        self.home = home
        self.password = secrets.token_urlsafe(12)
        self._running = Running("Mosquitto", home, self._command, self._answers)
        (home.folder / "data").mkdir()
        home.give("data")
        home.give(".")
        made = subprocess.run(
            home.command(
                "mosquitto_ctrl", "dynsec", "init", f"{home.inside}/data/dynamic-security.json",
                self.username, self.password,
            ),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
        )  # fmt: skip
        if made.returncode != 0:
            raise NotStarted(f"mosquitto_ctrl dynsec init failed:\n{made.stdout}{made.stderr}")

    @property
    def port(self) -> int:
        """The same for life."""
        return self._running.port

    @property
    def url(self) -> str:
        """Address and credentials of the administrator in one string."""
        return f"mqtt://{self.username}:{self.password}@{self.host}:{self.port}"

    def start(self) -> None:
        """Start, and return once it listens; raises NotStarted."""
        self._running.start()

    def restart(self) -> None:
        """Stop cleanly and start again on the same port with the same accounts."""
        self._running.end(signal.SIGTERM)
        self._running.start()

    def remove(self) -> None:
        """Stop and throw accounts and queues away."""
        self._running.end(signal.SIGKILL)
        self.home.remove()

    def _command(self, port: int) -> list[str]:
        replaced = {
            "listener": f"{port} {self.host}",
            "persistence_location": f"{self.home.inside}/data/",
            "plugin_opt_config_file": f"{self.home.inside}/data/dynamic-security.json",
        }
        lines = CONFIGURATION.read_text().splitlines()
        told = [
            f"{word} {replaced[word]}" if (word := line.partition(" ")[0]) in replaced else line
            for line in lines
        ]
        (self.home.folder / "mosquitto.conf").write_text("\n".join(told) + "\n")
        self.home.give("mosquitto.conf")
        return self.home.command("mosquitto", "-c", f"{self.home.inside}/mosquitto.conf")

    def _answers(self, port: int) -> bool:
        try:
            socket.create_connection((self.host, port), timeout=2).close()
        except OSError:
            return False
        return True


def guarded_broker() -> GuardedBroker:
    """Mosquitto with dynamic security from the service root, not started yet."""
    return GuardedBroker(chroot_home("mosquitto"))
