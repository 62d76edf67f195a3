"""How soon does the gate answer, over HTTP on the running stack, and how large is a terminal's own list?

One API process over TimescaleDB on this machine, with the badges and the years of passages asked for (made in
the database; three in four passages of a household, one in four of a firm with its load). Scans leave at
their instants whatever the answers do, from a process of its own (`gate_load`), and each delay counts from
the instant at which the scan was due; how late they left is told too, so that the generator cannot pass for
the gate. The server's own stages come from its answers. Two scans in a hundred show an unknown badge.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from json import dumps
from pathlib import Path
from random import Random
from uuid import UUID

import psutil  # type: ignore[import-untyped]
import services
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from access.allowances import count, windows
from access.decide import decide
from access.model import Brought, Holder, Passage, Scan
from access.rules import read_book
from api.demo.broker import free_port
from api.gate.allow_list import read_list
from api.gate.badges import badge_hash
from api.gate.books import load_book
from api.gate.terminals import add_terminal
from bench.gate_load import Answered, send
from bench.gate_verify import cost
from bench.result import Result
from store.connection import connect
from store.migrate import migrate

TITLE = "How soon does a gate open, and what does a terminal need to decide alone?"
VERSIONS = ("fastapi", "uvicorn", "psycopg", "cryptography")

_ROOT = Path(__file__).parents[1]
_BADGE_KEY, _LIST_KEY = "31" * 32, "42" * 32
_PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(_LIST_KEY)).public_key()
_TERMINALS, _LINES = 20, 20
_PASSAGES_A_YEAR = 12
_BOOK = (
    (_ROOT / "access/rulebooks/smdo.toml").read_text(encoding="utf-8").replace("limit = 50", "limit = 5000")
)
_PEOPLE = """
INSERT INTO people.holder (reference, category, name)
SELECT 'H-' || n, CASE WHEN n %% 4 = 0 THEN 'professional' ELSE 'resident' END, 'Titulaire ' || n
FROM generate_series(1, %(badges)s) AS n
"""
_HISTORY = """
INSERT INTO gate.passage (id, terminal_id, site, at, received_at, holder_id, category, vehicle, trailer,
                          units, opened, rule, offline, brought, answer)
SELECT gen_random_uuid(), 1, 'smdo', at, at, h.id, h.category, 'car', 'none', 1, true, 'open', false,
       CASE h.category WHEN 'professional' THEN '[{"material": "all", "volume_l": 300}]' ELSE '[]' END::jsonb,
       '{}'
FROM people.holder h, generate_series(1, %(each)s) AS k,
     LATERAL (SELECT %(now)s - %(span)s * ((k - 1 + h.id * 7919 %% 1000 / 1000.0) / %(each)s) AS at) AS moment
"""


def run(badges: int = 50_000, years: int = 3, rate: int = 100, seconds: int = 60, seed: int = 1) -> Result:
    """Fill the database, serve it, and send `rate` scans a second for `seconds`."""
    servers = services.OwnServices()
    try:
        postgres = servers.postgres()
        with connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE bench"))
        dsn = postgres.dsn("bench")
        keys = _fill(dsn, badges, years)
        with _api(dsn) as (port, process):
            whole, since = _list(port, keys[0], 0)
            _change(dsn, 100)
            delta, _ = _list(port, keys[0], since)
            _send(port, keys, badges, rate, 5, seed + 1)  # what is cold warms up, unmeasured
            before, idle = _cpu_s(process), psutil.cpu_times_percent(None)
            found = _send(port, keys, badges, rate, seconds, seed)
            spent, idle = _cpu_s(process) - before, psutil.cpu_times_percent(None)
    finally:
        servers.remove()
    row: dict[str, object] = {
        "badges": badges,
        "past_passages": badges * years * _PASSAGES_A_YEAR,
        "scans_per_s": rate,
        **_figures(found),
        "api_cpu_ms_a_scan": round(spent * 1000 / len(found), 2),
        "machine_idle_percent": round(idle.idle),
        "pure_per_s": _pure(),
        "list_bytes": len(whole),
        "delta_bytes": len(delta),
        **cost(whole, _PUBLIC),
    }
    wanted = ("p50_ms", "p99_ms", "failed", "pure_per_s", "list_bytes", "delta_bytes", "verify_instructions")
    return Result([row], {key: row[key] for key in wanted})


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _number(badge: int) -> str:
    return f"04{badge:012X}"


def _fill(dsn: str, badges: int, years: int) -> list[str]:
    migrate(dsn)
    key = bytes.fromhex(_BADGE_KEY)
    with connect(dsn) as connection:
        load_book(connection, _BOOK)
        keys = [add_terminal(connection, f"borne-{number}", "smdo") for number in range(_TERMINALS)]
        connection.execute(_PEOPLE, {"badges": badges})
        with connection.cursor().copy("COPY people.badge (holder_id, number_hash) FROM STDIN") as copy:
            for one in range(1, badges + 1):
                copy.write_row((one, badge_hash(_number(one), key)))
        span = {
            "each": years * _PASSAGES_A_YEAR,
            "span": timedelta(days=365 * years),
            "now": datetime.now(UTC) - timedelta(days=8),
        }
        connection.execute(_HISTORY, span)
    with connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return keys


def _change(dsn: str, badges: int) -> None:
    with connect(dsn) as connection:
        connection.execute(
            "UPDATE people.badge SET state = 'blocked' WHERE id <= %(badges)s", {"badges": badges}
        )


@contextmanager
def _api(dsn: str) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    environment = os.environ | {
        "GLANEUR_DATABASE": dsn,
        "GLANEUR_PORT": str(port),
        "GLANEUR_BADGE_KEY": _BADGE_KEY,
        "GLANEUR_LIST_KEY": _LIST_KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "api"],
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", "/connexion")
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _list(port: int, key: str, since: int) -> tuple[bytes, int]:
    """The list, and its version."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/api/v1/gate/list?since={since}", headers={"Authorization": f"Bearer {key}"})
    body = connection.getresponse().read()
    return body, int(read_list(body, _PUBLIC)["version"])


def _send(port: int, keys: list[str], badges: int, rate: int, seconds: int, seed: int) -> list[Answered]:
    """Scans at their instants, each by one of the terminals."""
    random, now = Random(seed), time.time()
    requests = []
    for turn in range(rate * seconds):
        badge = _number(random.randint(1, badges)) if random.random() > 0.02 else "FFFF00"
        # A terminal's clock says when it sends: an instant within a second of it, as clocks are.
        at = datetime.fromtimestamp(now + turn / rate, UTC).isoformat()
        scan = {"id": str(UUID(int=random.getrandbits(128))), "at": at, "badge": badge}
        body = dumps({"sent_at": at, "scan": scan})
        head = (
            "POST /api/v1/gate/scans HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {keys[turn % len(keys)]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append((head + body).encode())
    return send(port, requests, rate, _LINES)


def _figures(found: list[Answered]) -> dict[str, object]:
    """Delays and the server's stages, in ms by percentile."""
    row: dict[str, object] = {
        "scans": len(found),
        "opened": sum(one.opened for one in found),
        "failed": sum(one.status != 200 for one in found),
    }
    delays = [(one.answered - one.due) * 1000 for one in found]
    cuts = statistics.quantiles(delays, n=100)
    row |= {f"p{share}_ms": round(cuts[share - 1], 1) for share in (50, 95, 99)}
    row |= {"max_ms": round(max(delays), 1)}
    late = statistics.quantiles([(one.left - one.due) * 1000 for one in found], n=100)
    row |= {"left_late_p99_ms": round(late[98], 1)}
    for stage in ("look", "decide", "record"):
        cuts = statistics.quantiles([one.stages.get(stage, 0.0) for one in found], n=100)
        row |= {f"{stage}_p50_ms": round(cuts[49], 1), f"{stage}_p99_ms": round(cuts[98], 1)}
    return row


def _pure() -> int:
    """Decisions a second by `access` alone: a firm's load with a year of twelve passages to count."""
    book = read_book(_BOOK)
    assert not isinstance(book, tuple)
    holder = Holder(category="resident")
    at = datetime(2026, 5, 5, 10, tzinfo=UTC)
    past = [Passage(at=at - timedelta(days=30 * k), site="smdo") for k in range(1, 13)]
    scan = Scan(at=at, site="smdo", brought=(Brought(material="all", volume_l=500),))
    done, began = 0, time.monotonic()
    while time.monotonic() < began + 1:
        assert decide(book, holder, scan, count(windows(book, holder, scan), past)).opens
        done += 1
    return round(done / (time.monotonic() - began))
