"""From a probe's publish to the figure on a dispatcher's open board, in a real browser.

Everything is real and on this machine: Mosquitto, TimescaleDB, one ingest process, the API, Chromium.
Messages leave at a steady pace; the page notes when each row has been drawn with the new measurement. Both
instants are read from this machine's clock. A measurement that was replaced by a later one before it was
drawn is counted as unseen, never left out silently.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import services
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright
from psycopg import sql

from api.auth import create_account
from api.demo.broker import free_port
from bench.result import Result
from store.connection import connect
from store.migrate import migrate
from store.territory import load_territory

TITLE = "From publish to visible on the open board"
VERSIONS = ("paho-mqtt", "fastapi", "uvicorn", "psycopg", "playwright")

_ROOT = Path(__file__).parents[1]
_PASSWORD = "bench-bench-bench"  # noqa: S105 - of a database that lives for this run
_FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# After the frame that follows a change, so that what is noted has been drawn.
_OBSERVE = """
() => {
  window.seen = {};
  const note = (row) => {
    const key = row.dataset.code + " " + row.dataset.measured;
    if (!(key in window.seen)) requestAnimationFrame(() => setTimeout(() => {
      if (!(key in window.seen)) window.seen[key] = Date.now();
    }));
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      const touched = change.target.closest?.("[data-measured]");
      if (touched) note(touched);
      for (const node of change.addedNodes) if (node.dataset?.measured) note(node);
    }
  }).observe(document.querySelector("main"),
    { subtree: true, childList: true, attributes: true, attributeFilter: ["data-measured"] });
}
"""


def run(rate: int = 50, seconds: int = 60, seed: int = 1) -> Result:
    """Publish `rate` messages a second for `seconds` and measure each until drawn."""
    servers = services.OwnServices()
    try:
        postgres, broker = servers.postgres(), servers.broker()
        with connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE bench"))
        dsn = postgres.dsn("bench")
        probes = _prepare(dsn, seed)
        with _processes(dsn, broker.url) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
            page = _open_board(browser.new_page(), address)
            sent = _publish(broker, page, probes, rate, seconds)
            page.wait_for_timeout(3000)
            seen: dict[str, float] = page.evaluate("window.seen")
            browser.close()
    finally:
        servers.remove()
    return _summed_up(sent, seen, rate)


def _summed_up(sent: dict[str, float], seen: dict[str, float], rate: int) -> Result:
    delays = sorted(seen[key] - at for key, at in sent.items() if key in seen)
    assert delays, "nothing published was ever drawn"
    cuts = statistics.quantiles(delays, n=100)
    row: dict[str, object] = {
        "messages_per_s": rate,
        "published": len(sent),
        "drawn": len(delays),
        "unseen": len(sent) - len(delays),
        "p50_ms": round(cuts[49]),
        "p95_ms": round(cuts[94]),
        "p99_ms": round(cuts[98]),
        "max_ms": round(delays[-1]),
    }
    return Result([row], {key: row[key] for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms", "unseen")})


def _prepare(dsn: str, seed: int) -> list[tuple[str, str]]:
    """Build the demonstration's territory; return (serial, container) of each probe."""
    migrate(dsn)
    document = json.loads(
        subprocess.run(
            [sys.executable, str(_ROOT / "firmware-sim"), "territory", "--seed", str(seed)],
            check=True,
            capture_output=True,
        ).stdout
    )
    with connect(dsn) as connection:
        load_territory(connection, document)
        create_account(
            connection, login="regulation", display_name="Bench", password=_PASSWORD, role="dispatcher"
        )
    return [(one["device"], one["container"]) for one in document["mountings"]]


@contextmanager
def _processes(dsn: str, broker: str) -> Iterator[str]:
    """Run ingest and the API; yield the address of the pages."""
    port = free_port()
    environment = {
        **os.environ,
        "GLANEUR_DATABASE": dsn,
        "GLANEUR_BROKER": broker,
        "GLANEUR_PORT": str(port),
        "GLANEUR_COOKIE_SECURE": "false",
        "GLANEUR_MAP_TILES": "",
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *words], cwd=_ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        for words in (("ingest",), ("api.cli", "api"))
    ]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in running:
            process.terminate()
            process.wait(20)


def _open_board(page: Page, address: str) -> Page:
    for _ in range(100):
        try:
            page.goto(f"{address}/connexion")
            break
        except Exception:
            time.sleep(0.3)
    page.fill("input[name=login]", "regulation")
    page.fill("input[name=password]", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("[data-code]")
    page.evaluate(_OBSERVE)
    page.wait_for_timeout(2000)
    return page


def _publish(
    broker: services.Broker, page: Page, probes: list[tuple[str, str]], rate: int, seconds: int
) -> dict[str, float]:
    """Publish at a steady pace; return the instant (ms) at which each measurement left."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-live")
    client.username_pw_set(broker.username, broker.password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    sent: dict[str, float] = {}
    began = time.monotonic()
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        serial, container = probes[number % len(probes)]
        at = datetime.now(UTC).replace(microsecond=(number * 7) % 999_999)
        document = {
            "v": 1,
            "boot": 1,
            "seq": number,
            "time": at.isoformat(),
            "distance": {"value": 1500 - number // len(probes), "unit": "mm"},
        }
        sent[f"{container} {at.isoformat()}"] = time.time() * 1000
        client.publish(f"glaneur/1/{serial}/up", json.dumps(document), qos=1)
        if number % rate == 0:
            page.evaluate("1")  # lets the browser's driver breathe
    client.disconnect()
    client.loop_stop()
    return sent
