"""TimescaleDB and Mosquitto for tests and measurements, without Docker.

    python deploy/services.py build            make the Debian 13 tree and install what is missing
    python deploy/services.py run -- CMD…      start both, run CMD with their addresses, stop both

CMD finds the addresses in GLANEUR_TEST_TIMESCALE and GLANEUR_TEST_BROKER. In Python: `timescale()`,
`plain()` and `broker()` make servers to start, kill and restart; `Shared` lends one server to several
processes. Knows nothing of Glaneur's schema or topics.
"""

import argparse
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from servers import Broker, NotStarted, Postgres, broker, plain, timescale
from service_root import Missing, alone, build, service_root

__all__ = [
    "Broker",
    "BrokerAddress",
    "Database",
    "Missing",
    "NotStarted",
    "OwnServices",
    "Postgres",
    "Shared",
    "broker",
    "build",
    "plain",
    "service_root",
    "timescale",
]  # fmt: skip

POSTGRES: dict[str, Callable[..., Postgres]] = {"timescale": timescale, "plain": plain}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database of one edition ("timescale" or "plain"), ready for psycopg.connect(dsn)."""

    dsn: str
    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """A broker and an account that may read and write every topic."""

    host: str
    port: int
    username: str
    password: str

    @property
    def url(self) -> str:
        """The same in one string."""
        return f"mqtt://{self.username}:{self.password}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """PostgreSQL servers lent to several processes: started once, on first use, by whoever comes first.

    Each is held by a keeper process of its own, which ends when `owner` ends, however it ends.
    """

    folder: Path
    owner: int

    def dsn(self, edition: str) -> str:
        """The server's connection string (database postgres); raises NotStarted."""
        told = self.folder / f"{edition}.json"
        with alone(self.folder / f"{edition}.lock"):
            if not told.exists():
                self._keep(edition, told)
            answer: dict[str, str] = json.loads(told.read_text())
        if "error" in answer:
            raise NotStarted(answer["error"])
        return answer["dsn"]

    def _keep(self, edition: str, told: Path) -> None:
        command = [sys.executable, __file__, "keep", edition, str(told), str(self.owner)]
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True, text=True
        )
        assert keeper.stdout is not None  # noqa: S101 - for mypy: asked for just above
        with keeper.stdout as said:
            said.readline()
        # Its owner ends it, not we: forget it, so that Python does not complain of a process left behind.
        keeper.returncode = 0

    def close(self) -> None:
        """Stop every server and wait until it is gone."""
        for told in self.folder.glob("*.json"):
            answer = json.loads(told.read_text())
            with suppress(ProcessLookupError, KeyError):
                keeper = os.pidfd_open(int(answer["keeper"]))
                try:
                    signal.pidfd_send_signal(keeper, signal.SIGTERM)
                    select.select([keeper], [], [], 60)
                finally:
                    os.close(keeper)
            told.unlink()


class OwnServices:
    """Starts servers that their user may kill and restart; `remove` leaves none."""

    def __init__(self) -> None:
        self._started: list[Postgres | Broker] = []

    def postgres(self, edition: str = "timescale") -> Postgres:
        """A started PostgreSQL server of one's own, with no database but `postgres`."""
        server = POSTGRES[edition]()
        self._started.append(server)
        server.start()
        return server

    def broker(self) -> Broker:
        """A started Mosquitto of one's own."""
        server = broker()
        self._started.append(server)
        server.start()
        return server

    def remove(self) -> None:
        """Stop them all and throw their data away."""
        while self._started:
            self._started.pop().remove()


def keep(edition: str, told: Path, owner: int) -> None:
    """Hold one server until SIGTERM or the owner's end, and say where it is in the file `told`."""
    watched = os.pidfd_open(owner)
    stop_read, stop_write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.close(stop_write))
    server: Postgres | None = None
    try:
        try:
            server = POSTGRES[edition](hasty=True)
            server.start()
            answer = {"dsn": server.dsn(), "keeper": os.getpid()}
        except (NotStarted, Missing) as why:
            answer = {"error": str(why)}
        told.write_text(json.dumps(answer))
        print("ready", flush=True)
        if "error" not in answer:
            select.select([watched, stop_read], [], [])
    finally:
        if server is not None:
            server.remove()


def run(command: list[str]) -> int:
    """Run a command between the start and the end of both servers; its exit status."""
    database = timescale()
    try:
        database.start()
        queue = broker()
        try:
            queue.start()
            addresses = {"GLANEUR_TEST_TIMESCALE": database.dsn(), "GLANEUR_TEST_BROKER": queue.url}
            return subprocess.run(command, env={**os.environ, **addresses}).returncode
        finally:
            queue.remove()
    finally:
        database.remove()


def main() -> int:
    """The command line; what is missing is one sentence and status 1."""
    parser = argparse.ArgumentParser(description="TimescaleDB and Mosquitto for tests, without Docker.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="make the Debian 13 tree and install what is missing")
    runner = verbs.add_parser("run", help="start both, run a command, stop both")
    runner.add_argument("command", nargs="+", help="after --: the command and its arguments")
    keeper = verbs.add_parser("keep", help="hold one server for another process (used by the tests)")
    keeper.add_argument("edition", choices=POSTGRES)
    keeper.add_argument("told", type=Path)
    keeper.add_argument("owner", type=int)
    asked = parser.parse_args()
    try:
        if asked.verb == "build":
            build()
        elif asked.verb == "keep":
            keep(asked.edition, asked.told, asked.owner)
        else:
            return run(asked.command)
    except (Missing, NotStarted) as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
