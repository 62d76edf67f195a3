"""How many messages ingest takes into TimescaleDB, in each of its shapes, beside what a user would pick.

Shapes: one process; one reader and two writers; two processes on a shared subscription.

The broker's persistent sessions are filled before the consumers start, so the publisher (`bench.load`) takes
no part in what is measured: its own rate is shown, and the consumers alone are measured. QoS 1, production's
configuration of broker and database (fsync on), all on this machine; ingest commits before it acknowledges.
Each run is checked: rows stored = messages acknowledged to the publisher.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]
import services
from psycopg import sql

from bench.ingest_peers import nodered
from bench.load import publish
from bench.result import Result
from ingest.link import V5, Link
from ingest.settings import Broker, Settings
from store.connection import connect
from store.migrate import migrate

TITLE = "Ingest into TimescaleDB: QoS 1, fsync on, beside what a user would pick"
VERSIONS = ("paho-mqtt", "psycopg", "pydantic-core")

SEED = 0
CLIENT = "bench-ingest"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """Consumers on one territory: `command` is run with the environment of `python -m ingest`."""

    name: str
    command: tuple[str, ...]
    probes: int
    messages: int
    processes: int = 1
    writers: int = 1

    @property
    def share(self) -> str | None:
        """The group of the shared subscription, when there is somebody to share with."""
        return "bench" if self.processes > 1 else None


OURS = (sys.executable, "-m", "ingest")
PEER = "bench.ingest_peers"
PEERS = (
    Case("naive loop", (sys.executable, "-m", f"{PEER}.naive"), 180, 5_000),
    Case("Node-RED 4.1.15, function node on pg", (sys.executable, "-m", f"{PEER}.nodered"), 180, 10_000),
    Case("aiomqtt 2.5.1 + executemany", (sys.executable, "-m", f"{PEER}.aiomqtt_executemany"), 180, 20_000),
)
OWN = (
    Case("ingest, one process", OURS, 180, 60_000),
    Case("ingest, one reader and two writers", OURS, 180, 100_000, writers=2),
    Case("ingest, two processes on a share", OURS, 180, 100_000, 2),
    Case("ingest, one process, 10,000 probes", OURS, 10_000, 40_000),
    Case("ingest, one reader and two writers, 10,000 probes", OURS, 10_000, 80_000, writers=2),
    Case("ingest, two processes on a share, 10,000 probes", OURS, 10_000, 80_000, 2),
)
WIDE_PEERS = (
    Case("aiomqtt 2.5.1 + executemany, 10,000 probes", PEERS[-1].command, 10_000, 20_000),
)  # the best of them, for the other territory
AIOMQTT = Path.home() / ".cache/glaneur/bench-aiomqtt-2.5.1"


def run(scale: float = 1.0) -> Result:
    """Measure each case on fresh servers, with `scale` times its messages."""
    _install()
    peers, wide_peers, own = [
        [_measured(replace(case, messages=int(case.messages * scale))) for case in cases]
        for cases in (PEERS, WIDE_PEERS, OWN)
    ]
    best, wide_best = max(map(_rate, peers)), max(map(_rate, wide_peers))
    one, several, shared, wide_one, wide_several, wide_shared = map(_rate, own)
    return Result(
        [*peers, *wide_peers, *own],
        {
            "mode": "broker's queues filled first: the consumers alone are measured",
            "publisher": "bench/load.py, packets encoded by itself; done before a consumer starts",
            "node_red": "function node on pg: node-red-contrib-postgresql is not in the registry",
            "late": "stored, not folded: older than what is believed of its container",
            "peers": "rows only; Node-RED and aiomqtt acknowledge before they store",
            "ours": "rows, levels, alerts and rollup marks in one transaction, acknowledged after its commit",
            "messages_per_s": one,
            "messages_per_s_two_writers": several,
            "messages_per_s_two_processes": shared,
            "messages_per_s_10000_probes": wide_one,
            "messages_per_s_10000_probes_two_writers": wide_several,
            "messages_per_s_10000_probes_two_processes": wide_shared,
            "times_best_peer": round(one / best, 1),
            "times_best_peer_two_writers": round(several / best, 1),
            "times_best_peer_two_processes": round(shared / best, 1),
            "times_best_peer_10000_probes_two_writers": round(wide_several / wide_best, 1),
            "best_peer_per_s": best,
            "best_peer_per_s_10000_probes": wide_best,
        },
    )


def _rate(row: dict[str, object]) -> float:
    return float(str(row["messages_per_s"]))


def _install() -> None:
    """Put the peers in the user's cache, once: they are no dependency of ours."""
    nodered.install()
    if not AIOMQTT.exists():
        pip = ["uv", "pip", "install", "-q", "--no-deps", "--target", str(AIOMQTT), "aiomqtt==2.5.1"]
        subprocess.run(pip, check=True)


def _measured(case: Case) -> dict[str, object]:
    servers = services.OwnServices()
    try:
        postgres, mosquitto = servers.postgres(), servers.broker()
        dsn = _territory(postgres, case.probes)
        broker = Broker(
            host=mosquitto.host, port=mosquitto.port, username=mosquitto.username, password=mosquitto.password
        )
        for number in range(case.processes):
            _begin_session(dsn, broker, f"{CLIENT}-{number}", case.share)
        made = messages(case)
        began = time.monotonic()
        sent = publish(broker, made)
        publish_s = time.monotonic() - began
        load = os.getloadavg()[0]
        with tempfile.TemporaryFile("w+") as log:
            with _consumers(case, dsn, mosquitto.url, log) as consumers:
                watched = {"consumer": consumers, "postgres": [postgres.pid], "mosquitto": [mosquitto.pid]}
                measured = _watch(
                    dsn, sent, lambda: {name: sum(map(_cpu_s, pids)) for name, pids in watched.items()}
                )
            log.seek(0)
            late = sum(map(int, re.findall(r"(\d+) late", log.read())))
        return {
            "case": case.name,
            "probes": case.probes,
            "acknowledged_to_publisher": sent,
            "publisher_per_s": round(sent / publish_s),
            **measured,
            "late_percent": round(late * 100 / sent, 1) if case.command == OURS else None,
            "load_before": round(load, 1),
        }
    finally:
        servers.remove()


@contextmanager
def _consumers(case: Case, dsn: str, url: str, log: IO[str]) -> Iterator[list[int]]:
    """Start the case's processes, which say in `log` what they say; give their pids; stop them."""
    started = []
    try:
        for number in range(case.processes):
            environment = {
                **os.environ,
                "PYTHONPATH": str(AIOMQTT),
                "GLANEUR_DATABASE": dsn,
                "GLANEUR_BROKER": url,
                "GLANEUR_CLIENT_ID": f"{CLIENT}-{number}",
                "GLANEUR_SHARE": case.share or "",
                "GLANEUR_INGEST_WRITERS": str(case.writers),
            }
            started.append(
                subprocess.Popen(case.command, env=environment, cwd=HERE.parent, stdout=log, stderr=log)
            )
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(30)


def _watch(dsn: str, expected: int, cpu: Callable[[], dict[str, float]]) -> dict[str, object]:
    """From the first commit seen to the last: messages and CPU seconds between the two."""
    first: tuple[float, int, dict[str, float]] | None = None
    deadline = time.monotonic() + 120
    with connect(dsn, autocommit=True) as connection:
        while True:
            row = connection.execute("SELECT count(*) AS stored FROM reading").fetchone()
            assert row is not None
            stored, now, used = row["stored"], time.monotonic(), cpu()
            if stored and first is None:
                first = (now, stored, used)
            if stored >= expected or now > deadline:
                break
            time.sleep(0.1)
        distinct = connection.execute("SELECT count(DISTINCT message_id) AS n FROM reading").fetchone()
    assert first is not None, "nothing was stored"
    assert distinct is not None
    assert stored == distinct["n"] == expected, f"{stored} stored, {expected} acknowledged to the publisher"
    seconds, count = now - first[0], stored - first[1]
    spent = {name: used[name] - first[2][name] for name in used}
    return {
        "stored": stored,
        "messages_per_s": round(count / seconds),
        "seconds": round(seconds, 2),
        "consumer_cpu_us_per_message": round(spent["consumer"] / count * 1e6, 1),
        **{f"{name}_cpu_s": round(value, 2) for name, value in spent.items()},
    }


def _cpu_s(pid: int) -> float:
    """User and system seconds of a process and of its children, those that ended included."""
    process = psutil.Process(pid)
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if one.pid == pid:
            total += times.children_user + times.children_system
    return total


def _territory(postgres: services.Postgres, probes: int) -> str:
    with connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE bench"))
    dsn = postgres.dsn("bench")
    migrate(dsn)
    with connect(dsn) as connection:
        connection.execute((HERE / "ingest_territory.sql").read_bytes(), {"probes": probes})
    return dsn


def _begin_session(dsn: str, broker: Broker, client: str, share: str | None) -> None:
    """Let the broker know the consumer, so that it keeps what is published before it comes."""
    wanted = ("glaneur/1/+/up",)
    settings = Settings(database=dsn, broker=broker, client_id=client, share=share, topics=wanted)
    link = Link(settings, V5, lambda: datetime.now(UTC))
    link.open()
    link.close()


def messages(case: Case) -> list[tuple[str, bytes]]:
    """Return what probes say over the last days, in time order: columns that fill, each at its pace."""
    now = datetime.now(UTC).replace(microsecond=0)
    rounds = -(-case.messages // case.probes)
    made = []
    order: list[int] = []
    dice = random.Random(SEED)
    for number in range(case.messages):
        seq, place = divmod(number, case.probes)
        if place == 0:
            # Each round in another order: were it the same, the members of a share, whom the broker serves in
            # turn, would have the same probes each time, which real ones have not.
            order = dice.sample(range(case.probes), case.probes)
        probe = order[place]
        at = now - timedelta(hours=rounds - seq)  # 23 days at most: older is refused
        level_mm = 1900 - (seq * 12 + probe * 7) % 1500
        document = {
            "v": 1, "boot": 1, "seq": seq, "time": at.isoformat(),
            "distance": {"value": level_mm, "unit": "mm"}, "temperature": {"value": 11.5, "unit": "Cel"},
            "battery": {"value": 87, "unit": "%"}, "tilt": {"value": 2, "unit": "deg"},
            "rssi": {"value": -101, "unit": "dBm"}, "snr": {"value": 7.5, "unit": "dB"},
        }  # fmt: skip
        made.append((f"glaneur/1/B{probe + 1}/up", json.dumps(document).encode()))
    return made
