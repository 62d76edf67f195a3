"""How many messages one ingest process takes into TimescaleDB, beside the loop a user would write first.

The broker's persistent session is filled before the consumer starts, so the publisher takes no part in what
is measured: the consumer alone is. QoS 1, committed before acknowledged, production's configuration of broker
and database (fsync on), all on this machine. Each run is checked: rows stored = messages acknowledged to the
publisher.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import services
from psycopg import sql

from bench.load import publish
from bench.result import Result
from ingest.link import V5, Link
from ingest.settings import Broker, Settings
from store.connection import connect
from store.migrate import migrate

TITLE = "Ingest into TimescaleDB: QoS 1, commit before acknowledgement, one process"
VERSIONS = ("paho-mqtt", "psycopg", "pydantic-core")

CLIENT = "bench-ingest"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One consumer on one territory: `command` is run with the environment of `python -m ingest`."""

    name: str
    command: tuple[str, ...]
    probes: int
    messages: int


OURS = (sys.executable, "-m", "ingest")
NAIVE = (sys.executable, "-m", "bench.ingest_naive")
CASES = (
    Case("naive loop, 180 probes", NAIVE, 180, 5_000),
    Case("ingest, 180 probes", OURS, 180, 40_000),
    Case("ingest, 10,000 probes", OURS, 10_000, 40_000),
)


def run() -> Result:
    """Measure each case on fresh servers."""
    rows = [_measured(case) for case in CASES]
    naive, ours, wide = (float(str(row["messages_per_s"])) for row in rows)
    return Result(
        rows,
        {
            "seed": 0,
            "mode": "broker's queue filled first: the consumer alone is measured",
            "messages_per_s": ours,
            "messages_per_s_10000_probes": wide,
            "times_naive": round(ours / naive, 1),
        },
    )


def _measured(case: Case) -> dict[str, object]:
    servers = services.OwnServices()
    try:
        postgres, mosquitto = servers.postgres(), servers.broker()
        dsn = _territory(postgres, case.probes)
        broker = Broker(
            host=mosquitto.host, port=mosquitto.port, username=mosquitto.username, password=mosquitto.password
        )
        _begin_session(dsn, broker)
        load = os.getloadavg()[0]  # what others asked of this machine in the minute before
        began = time.monotonic()
        sent = publish(broker, messages(case))
        publish_s = time.monotonic() - began
        environment = {
            **os.environ,
            "GLANEUR_DATABASE": dsn,
            "GLANEUR_BROKER": mosquitto.url,
            "GLANEUR_CLIENT_ID": CLIENT,
        }
        consumer = subprocess.Popen(case.command, env=environment, cwd=HERE.parent, stderr=subprocess.DEVNULL)
        try:
            watched = {"ingest": consumer.pid, "postgres": postgres.pid, "mosquitto": mosquitto.pid}
            measured = _watch(dsn, sent, lambda: {name: _cpu_s(pid) for name, pid in watched.items()})
        finally:
            consumer.terminate()
            consumer.wait(30)
        return {
            "case": case.name,
            "load_before": round(load, 1),
            "acknowledged_to_publisher": sent,
            "publisher_per_s": round(sent / publish_s),
            **measured,
        }
    finally:
        servers.remove()


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
            time.sleep(0.05)
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
        "ingest_cpu_us_per_message": round(spent["ingest"] / count * 1e6, 1),
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


def _begin_session(dsn: str, broker: Broker) -> None:
    """Let the broker know the consumer, so that it keeps what is published before it comes."""
    link = Link(Settings(database=dsn, broker=broker, client_id=CLIENT), V5, lambda: datetime.now(UTC))
    link.open()
    link.close()


def messages(case: Case) -> list[tuple[str, bytes]]:
    """Return what probes say over the last days, in time order: columns that fill, each at its pace."""
    now = datetime.now(UTC).replace(microsecond=0)
    rounds = -(-case.messages // case.probes)
    made = []
    for number in range(case.messages):
        seq, probe = divmod(number, case.probes)
        at = now - timedelta(hours=2 * (rounds - seq))
        level_mm = 1900 - (seq * 12 + probe * 7) % 1500
        document = {
            "v": 1, "boot": 1, "seq": seq, "time": at.isoformat(),
            "distance": {"value": level_mm, "unit": "mm"}, "temperature": {"value": 11.5, "unit": "Cel"},
            "battery": {"value": 87, "unit": "%"}, "tilt": {"value": 2, "unit": "deg"},
            "rssi": {"value": -101, "unit": "dBm"}, "snr": {"value": 7.5, "unit": "dB"},
        }  # fmt: skip
        made.append((f"glaneur/1/B{probe + 1}/up", json.dumps(document).encode()))
    return made
