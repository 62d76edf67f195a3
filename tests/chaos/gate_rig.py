"""A whole platform and three simulated gates; what the gates did must be what the database says.

The gates keep their own truth: every scan's id, its badge, whether it opened. They are away a third of the
time, their clocks are wrong, and they ask again what was answered.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fleet import Broker
from gate_link import Gate
from gate_list import badge_hash
from gate_terminal import Terminal
from services import OwnServices

from api.demo.broker import free_port
from api.gate.books import Shelf, load_book
from api.gate.holders import import_holders
from api.gate.journal import apply_journals
from api.gate.terminals import add_terminal
from store.connection import connect
from store.migrate import migrate

ROOT = Path(__file__).parents[2]
BADGE_KEY, LIST_KEY = "51" * 32, "62" * 32
SITES = ("fruges", "hucqueliers", "campagne")
ERRORS = (timedelta(hours=-3), timedelta(), timedelta(days=2))
PACE = 9.0  # scans a second of one gate: below what a terminal may ask in a minute
HOLDERS = 120
BOOK = """
name = "Chaos"
source = "essai"
valid_from = 2020-01-01
categories = { resident = "Particulier" }

[[vehicles]]
code = "car"
label = "Voiture"
""" + "".join(f'[[sites]]\ncode = "{site}"\nname = "{site}"\n' for site in SITES) + """
[[allowances]]
id = "passages"
clause = "article 1"
unit = "passages"
limit = {limit}
per = "year"
"""  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a gate knows of one scan."""

    id: UUID
    holder: int
    opened: bool
    alone: bool


@dataclass
class Member:
    """One process of the platform, which may be killed and started again."""

    name: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", self.name], env=self.environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def end(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def kill(self) -> None:
        """SIGKILL, and start again at once, as a supervisor does."""
        self.end()
        self.start()


@dataclass
class Sites:
    """The platform and its gates."""

    dsn: str
    members: dict[str, Member]
    gates: list[Gate]
    truth: list[Scanned] = field(default_factory=list)
    replays: int = 0

    def scanned(self) -> int:
        return len(self.truth)

    def drain(self, seconds: float) -> None:
        """Wait until every journal is forwarded, kept and applied; what never comes is left to `check`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            left = sum([gate.forward() for gate in self.gates])
            if not left and self.applied() >= sum(gate.terminal.memory.seq for gate in self.gates):
                return
            time.sleep(0.5)

    def applied(self) -> int:
        """How many lines are applied, after what the worker does each minute."""
        public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(LIST_KEY)).public_key()
        try:
            with connect(self.dsn, role="glaneur_worker", autocommit=True) as connection:
                apply_journals(connection, Shelf(), public, datetime.now(UTC))
                row = connection.execute("SELECT count(applied_at) AS done FROM gate.inbox").fetchone()
        except psycopg.Error:
            return -1
        assert row is not None
        return int(row["done"])

    def check(self) -> dict[str, int]:
        """Every scan once, as its gate did it; every counter what the gates opened."""
        with psycopg.connect(self.dsn) as look:
            rows = look.execute(
                "SELECT p.id, h.reference, p.opened"
                " FROM gate.passage p JOIN people.holder h ON h.id = p.holder_id"
            ).fetchall()
            used = look.execute(
                "SELECT h.reference, sum(p.units)"
                " FROM gate.passage p JOIN people.holder h ON h.id = p.holder_id"
                " WHERE p.opened GROUP BY h.reference"
            ).fetchall()
            faulty = look.execute("SELECT outcome, count(*) FROM gate.inbox GROUP BY outcome").fetchall()
            aside = look.execute("SELECT reason, count(*) FROM quarantine GROUP BY reason").fetchall()
            wrong_by = look.execute(
                "SELECT count(*) FROM gate.passage WHERE abs(extract(epoch FROM received_at - at)) > 3600"
            ).fetchone()
        stored = {one[0]: (one[1], one[2]) for one in rows}
        told = {one.id: (f"H-{one.holder}", one.opened) for one in self.truth}
        assert len(rows) == len(stored)
        assert len(told) == len(self.truth)
        missing, strange = told.keys() - stored.keys(), stored.keys() - told.keys()
        differ = [name for name in told.keys() & stored.keys() if told[name] != stored[name]]
        assert (missing, strange, differ) == (set(), set(), []), (faulty, aside)
        counted = Counter(f"H-{one.holder}" for one in self.truth if one.opened)
        assert {name: int(units) for name, units in used} == dict(counted)
        assert ({outcome for outcome, _ in faulty} <= {"recorded"}, aside, wrong_by) == (True, [], (0,))
        return {"stored": len(rows), "twice": len(rows) - len(stored), "counters_wrong": 0}


def block_everywhere(made: Sites, holder: int) -> float:
    """Block a badge and return how many seconds pass until every gate refuses it by its own list."""
    number = f"04{holder:08X}"
    for gate in made.gates:
        gate.forward()  # connected, and told of the list there is
        gate.refresh()
        assert gate.terminal.alone(number) == (True, "open")
    with connect(made.dsn, role="glaneur_api") as connection:
        connection.execute(
            "UPDATE people.badge SET state = 'blocked' WHERE number_hash = %s",
            [badge_hash(number, bytes.fromhex(BADGE_KEY))],
        )
    began = time.monotonic()
    while time.monotonic() < began + 60:
        for gate in made.gates:
            have = gate.terminal.memory.badges
            if have is not None and gate.wanted > have.version:
                gate.refresh()
        if all(gate.terminal.alone(number) == (False, "blocked") for gate in made.gates):
            break
        time.sleep(0.05)
    found = [gate.terminal.alone(number) for gate in made.gates]
    assert found == [(False, "blocked")] * len(made.gates)
    return time.monotonic() - began


@contextmanager
def sites(services: OwnServices, limit: int) -> Iterator[Sites]:
    """Start everything; the gates know their list."""
    postgres, mosquitto = services.postgres(), services.broker()
    dsn, port = postgres.dsn(), free_port()
    migrate(dsn)
    keys = _equip(dsn, limit)
    environment = os.environ | {
        "GLANEUR_DATABASE": dsn,
        "GLANEUR_BROKER": mosquitto.url,
        "GLANEUR_PORT": str(port),
        "GLANEUR_BADGE_KEY": BADGE_KEY,
        "GLANEUR_LIST_KEY": LIST_KEY,
    }
    broker = Broker(
        host=mosquitto.host, port=mosquitto.port, username=mosquitto.username, password=mosquitto.password
    )
    gates = []
    for site, key, error in zip(SITES, keys, ERRORS, strict=True):
        terminal = Terminal(
            f"borne-{site}", bytes.fromhex(BADGE_KEY), lambda: datetime.now(UTC), clock_error=error
        )
        gates.append(Gate(terminal, "127.0.0.1", port, key, broker))
    made = Sites(dsn, {name: Member(name, environment) for name in ("api", "worker", "ingest")}, gates)
    try:
        for member in made.members.values():
            member.start()
        for gate in gates:
            _wake(gate)
        yield made
    finally:
        for gate in gates:
            gate.go_away()
        for member in made.members.values():
            if member.process is not None and member.process.poll() is None:
                member.end()


def _equip(dsn: str, limit: int) -> list[str]:
    lines = [f"H-{number},resident,Foyer {number},04{number:08X}" for number in range(HOLDERS)]
    with connect(dsn, role="glaneur_api") as connection:
        load_book(connection, BOOK.replace("{limit}", str(limit)))
        text = "\n".join(["reference,category,name,badge", *lines])
        report = import_holders(connection, text, bytes.fromhex(BADGE_KEY), frozenset(["resident"]))
        assert report.badges == HOLDERS
        return [add_terminal(connection, f"borne-{site}", site) for site in SITES]


def _wake(gate: Gate, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while gate.hello() is None or not gate.refresh():
        assert time.monotonic() < deadline, "the API did not answer"
        time.sleep(0.3)


def saturday(made: Sites, count: int, seed: int) -> list[threading.Thread]:
    """Let each gate see its share of `count` scans, in a thread of its own."""
    whole, more = divmod(count, len(made.gates))
    shares = [whole + (number < more) for number in range(len(made.gates))]
    threads = [
        threading.Thread(target=_stand, args=(made, number, share, seed), daemon=True)
        for number, share in enumerate(shares)
    ]
    for one in threads:
        one.start()
    return threads


def _stand(made: Sites, number: int, count: int, seed: int) -> None:
    dice, gate = random.Random(f"{seed}/{number}"), made.gates[number]
    stretch = max(6, count // 12)  # away one stretch in three, each gate at its own time
    start = time.monotonic()
    for turn in range(count):
        away = (turn // stretch) % 3 == number
        if away and gate.online:
            gate.go_away()
        elif not away and not gate.online:
            gate.come_back()
        holder = dice.randrange(HOLDERS)
        name = UUID(int=dice.getrandbits(128))
        scan = gate.terminal.scan(name, f"04{holder:08X}")
        before = gate.tally.alone
        opened, _ = gate.show(scan)
        alone = gate.tally.alone > before
        made.truth.append(Scanned(name, holder, opened, alone))
        if not alone and dice.random() < 0.03:
            again, _ = gate.show(scan)  # its answer was lost on the way to the display
            made.replays += 1
            made.truth[-1] = made.truth[-1] if again == opened else Scanned(name, holder, again, True)
        if not away and turn % 4 == 0:
            gate.forward()
            if turn % 40 == 0:
                gate.beat()
        time.sleep(max(0.0, start + (turn + 1) / PACE - time.monotonic()))
    gate.come_back()
