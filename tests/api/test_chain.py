"""The main job, whole: from a probe's publish to a stop marked done on the driver's phone.

Real parts everywhere: Mosquitto, TimescaleDB, `python -m ingest` and the worker as processes of their own,
the pages in Chromium at a desk's and at a phone's width.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt.publish import multiple
from playwright.sync_api import Page, expect
from services import BrokerAddress

from api.french import PARIS
from store.connection import connect
from tests.api.conftest import Site
from tests.conftest import OpenPage

ROOT = Path(__file__).parents[2]
V3_PROBE = "GLN-0005"  # of the column V3, quiet at 12 % in the little territory


@contextmanager
def process(log: Path, ready: str, *words: str, **environment: str) -> Iterator[None]:
    """Run a process of ours until the block ends, once its log says `ready`; it must still be there then."""
    with log.open("w") as file:
        running = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, **environment}, stderr=file
        )
    try:
        give_up = time.monotonic() + 30
        while ready not in log.read_text():
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.05)
        yield
        assert running.poll() is None, log.read_text()
    finally:
        running.terminate()
        running.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()


def fills(percent: float, seq: int, minutes_ago: int) -> dict[str, object]:
    """A message of V3's probe, per the native contract; the little territory's columns are 350–1650 mm."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    document = {
        "v": 1,
        "boot": 7,
        "seq": seq,
        "time": at.isoformat(),
        "distance": {"value": round(1650 - percent * 13), "unit": "mm"},
    }
    return {"topic": f"glaneur/1/{V3_PROBE}/up", "payload": json.dumps(document), "qos": 1}


def publish(broker: BrokerAddress, *messages: dict[str, object]) -> None:
    """Publish as a probe does; returns once the broker has acknowledged."""
    multiple(
        list(messages),  # type: ignore[arg-type]
        hostname=broker.host,
        port=broker.port,
        auth={"username": broker.username, "password": broker.password or ""},
    )


def plan_today(page: Page) -> None:
    """Ask for a round of glass and wait until it is there; a driver works only on the round's day."""
    page.get_by_role("link", name="Tournées").click()
    page.get_by_label("Jour").fill(datetime.now(PARIS).date().isoformat())
    page.get_by_label("Verre").check()
    expect(page.get_by_label("Camion grue 1")).to_be_checked()
    page.get_by_label("Temps de calcul").select_option("5")
    page.get_by_role("button", name="Planifier").click()
    expect(page.locator(".round")).to_be_visible(timeout=60_000)


@pytest.mark.page
@pytest.mark.broker
@pytest.mark.timeout(240)
def test_from_a_probe_to_a_driver(
    site: Site, broker: BrokerAddress, open_page: OpenPage, tmp_path: Path
) -> None:
    """A column fills, the open board shows it, a round is planned and published, the driver empties it."""
    url = f"mqtt://{broker.username}:{broker.password}@{broker.host}:{broker.port}"
    dsn = site.database.dsn
    desk, phone = open_page(1440, 900), open_page(390, 844)
    with (
        # The broker keeps messages for a session it knows: ingest must have opened its own.
        process(tmp_path / "i", "consuming", "ingest", GLANEUR_DATABASE=dsn, GLANEUR_BROKER=url),
        process(tmp_path / "w", "worker", "api.cli", "worker", GLANEUR_DATABASE=dsn),
    ):
        # The board is open before the probe speaks: what it shows then came by itself.
        site.sign_in(desk)
        row = desk.locator("tr[data-code=V3]")
        expect(row).to_contain_text("12")
        publish(broker, *(fills(94, seq, minutes_ago=50 - 10 * seq) for seq in range(4)))
        expect(row).to_contain_text(re.compile(r"9[34]\s%"), timeout=30_000)
        expect(desk.locator("#alerts, [aria-label*=lertes], .alerts").first).to_contain_text("V3")

        plan_today(desk)
        stop = desk.locator(".stop.collect", has_text="V3")
        expect(stop).to_contain_text("à vider")
        desk.get_by_label("Chauffeur").select_option(label="Dominique Chauffeur")
        desk.get_by_role("button", name="Publier").click()
        expect(desk.locator(".round")).to_contain_text("Publiée")

        site.sign_in(phone, "chauffeur", "/chauffeur")
        phone.get_by_role("list").get_by_text("Parking du Stade").click()
        expect(phone.locator("#stop-name")).to_have_text("Parking du Stade")
        phone.locator("#card").get_by_role("button", name="Fait", exact=True).click()
        expect(phone.locator("#state")).to_contain_text("tout est envoyé", timeout=20_000)

        # The dispatcher sees it on the round that is still open.
        expect(stop).to_contain_text("Fait", timeout=20_000)

    with connect(dsn) as connection:
        stored = connection.execute("SELECT count(*) AS n FROM reading").fetchone()
        emptied = connection.execute("""
            SELECT e.source FROM answers.emptying_counted e
            JOIN container c ON c.id = e.container_id WHERE c.code = 'V3'
        """).fetchall()
    assert stored is not None
    assert stored["n"] == 4
    assert [row["source"] for row in emptied] == ["driver"]
