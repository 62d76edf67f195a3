"""Servers, ingest processes and a publisher that never gives up; and what must be true when all is quiet.

The publisher sends again what the broker did not acknowledge, as a probe with a memory does. When it is done,
every message was acknowledged to it: as many rows must be stored, each once.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
from services import Broker, OwnServices, Postgres

from bench.load import publish_surely
from ingest.link import V5, Link
from ingest.settings import Settings, read_broker
from store.migrate import migrate
from tests.ingest.probe import settle, up

ROOT = Path(__file__).parents[2]
PROBES = 20
VICTIMS = ("ingest", "writer", "postgres", "broker")
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)

Message = tuple[str, bytes]


def messages(count: int) -> list[Message]:
    """What twenty probes say, in time order: columns that fill and are emptied."""
    made = []
    for number in range(count):
        seq, probe = divmod(number, PROBES)
        at = START + timedelta(seconds=seq * 15 * 86_400 // (count // PROBES + 1))
        made.append(up(f"GLN-{probe + 1}", at, seq, distance=1900 - (seq * 12 + probe * 70) % 1500))
    return made


@dataclass
class Member:
    """One `python -m ingest`, which may be killed and started again under the same name."""

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ingest"], env=self.environment, cwd=ROOT, stderr=log
            )

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)

    def kill(self) -> None:
        """SIGKILL, and start again at once, as a supervisor does."""
        self.end()
        self.start()

    def family(self) -> list[psutil.Process]:
        """The process and, when it only reads, its writers."""
        assert self.process is not None
        reader = psutil.Process(self.process.pid)
        return [reader, *reader.children()]

    def kill_a_writer(self, dice: random.Random) -> bool:
        """SIGKILL one; its reader starts another. False when there is none at this moment."""
        writers = self.family()[1:]
        if writers:
            dice.choice(writers).kill()
        return bool(writers)


@dataclass
class Rig:
    """Everything between a probe and a row; `members` share one subscription when there are several."""

    postgres: Postgres
    mosquitto: Broker
    members: list[Member]
    writers: int = 1
    sent: list[int] = field(default_factory=list)

    def publish(self, wanted: Sequence[Message], rate: float) -> threading.Thread:
        """Publish in a thread of its own; `sent` says how many were acknowledged, once all were."""
        broker = read_broker(self.mosquitto.url)
        thread = threading.Thread(
            target=lambda: self.sent.append(publish_surely(broker, wanted, rate)), daemon=True
        )
        thread.start()
        return thread

    def count(self) -> int:
        """Readings stored; -1 while the database does not answer."""
        try:
            with psycopg.connect(self.postgres.dsn(), connect_timeout=5) as look:
                row = look.execute("SELECT count(*) FROM reading").fetchone()
        except psycopg.Error:
            return -1
        assert row is not None
        return int(row[0])

    def settle_down(self, expected: int, seconds: float = 120) -> None:
        """Wait until as many are stored; an answer that never comes is left to `check`."""
        deadline = time.monotonic() + seconds
        while self.count() < expected and time.monotonic() < deadline:
            time.sleep(0.2)

    def check(self, expected: int) -> tuple[int, int]:
        """Stored = acknowledged, each once, nothing refused, and each container as its last reading says.

        Returns how many are stored, and how many of them twice.
        """
        with psycopg.connect(self.postgres.dsn()) as look:
            stored = look.execute("SELECT count(*), count(DISTINCT message_id) FROM reading").fetchone()
            refused = look.execute("SELECT reason, count(*) FROM quarantine GROUP BY reason").fetchall()
            wrong = look.execute(
                "SELECT s.container_id FROM container_state s"
                " JOIN LATERAL (SELECT r.measured_at, r.distance_mm"
                " FROM reading r WHERE r.container_id = s.container_id ORDER BY r.measured_at DESC LIMIT 1) r"
                " ON (r.measured_at, r.distance_mm) IS DISTINCT FROM (s.measured_at, s.distance_mm)"
            ).fetchall()
        found = (stored, self.sent, refused, wrong)
        assert found == ((expected, expected), [expected], [], []), f"{found}\n{self.words()[-6000:]}"
        assert stored is not None
        return stored[0], stored[0] - stored[1]

    def words(self) -> str:
        """The logs of all members."""
        return "".join(member.log.read_text() for member in self.members)


@contextmanager
def rig(services: OwnServices, members: int = 1, writers: int = 1) -> Iterator[Rig]:
    """Start everything, subscriptions included, so that nothing published from now on is nobody's."""
    postgres, mosquitto = services.postgres(), services.broker()
    migrate(postgres.dsn())
    settle(postgres.dsn(), PROBES)
    share = "chaos" if members > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        made = Rig(postgres, mosquitto, [], writers)
        for number in range(members):
            name = f"ingest-{number}"
            environment = {
                **os.environ,
                "GLANEUR_DATABASE": postgres.dsn(),
                "GLANEUR_BROKER": mosquitto.url,
                "GLANEUR_CLIENT_ID": name,
                "GLANEUR_SHARE": share or "",
                "GLANEUR_INGEST_WRITERS": str(writers),
            }
            made.members.append(Member(environment, Path(folder) / name))
            know_session(made, name, share)
        try:
            for member in made.members:
                member.start()
            yield made
        finally:
            for member in made.members:
                if member.process is not None and member.process.poll() is None:
                    member.end()


def know_session(made: Rig, name: str, share: str | None) -> None:
    """Let the broker know this client, so that it keeps what comes while it is away."""
    settings = Settings(database="", broker=read_broker(made.mosquitto.url), client_id=name, share=share)
    link = Link(settings, V5, lambda: datetime.now(UTC))
    link.open()
    link.close()


def storm(made: Rig, thread: threading.Thread, dice: random.Random) -> Counter[str]:
    """Kill one thing after another until all is published, and each once at least; return the kills."""
    victims = [one for one in VICTIMS if one != "writer" or made.writers > 1]
    if len(made.members) > 1:
        # Mosquitto 2.0 forgets shared subscriptions when it restarts (ingest/README.md).
        victims.remove("broker")
    kills: Counter[str] = Counter()
    while thread.is_alive() or kills.total() < len(victims):
        victim = victims[kills.total() % len(victims)]
        if victim == "ingest":
            dice.choice(made.members).kill()
        elif victim == "writer":
            if not dice.choice(made.members).kill_a_writer(dice):
                thread.join(0.2)
                continue
        elif victim == "postgres":
            made.postgres.restart("immediate")
        else:
            # Cleanly: Mosquitto 2.0 loses on SIGKILL what it took since it last saved (deploy/README.md).
            made.mosquitto.restart()
        kills[victim] += 1
        thread.join(dice.uniform(1.5, 4))
    return kills
