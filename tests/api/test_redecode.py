"""A device that had the wrong codec: redecoded, its container is what it would have been; on both editions.

Two probes send the same bytes to twin containers. One was read by the wrong codec for its whole life, the
other by the right one: once the first is redecoded and the worker has passed, nothing may tell them apart.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest.batch import prepare, write
from ingest.codecs.library import Library, read_scripts
from ingest.envelopes.routes import ROUTES
from ingest.message import Limits
from ingest.redecode import Redecoded, redecode
from ingest.uplinks import Networks
from store.connection import connect
from store.rollups import refresh_rollups
from tests.api.queue_worker import work_off
from tests.ingest.network import register, uplink
from tests.ingest.probe import settle

pytestmark = pytest.mark.db

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=278)
EUIS = ("24E124713B0000A1", "24E124713B0000A2")
# Two bytes: centimetres, and degrees Celsius. Read wrongly, the column is always full and on fire.
CODECS = {
    "wrong": "{distance: i.bytes[0], temperature: i.bytes[1] * 10}",
    "right": "{distance: i.bytes[0] * 10, temperature: i.bytes[1]}",
}
SHOWN = {
    "readings": "measured_at, distance_mm, fill_percent, temperature_c, quality FROM reading x {} ORDER BY 1",
    "states": "measured_at, fill_percent, distance_mm, rate_percent_per_day, full_at, quality, temperature_c,"
    " last_emptied_at, memory FROM container_state x {}",
    "alerts": "kind, opened_at, sentence FROM alert x {} AND closed_at IS NULL ORDER BY kind",
    "emptyings": "emptied_at, before_percent, after_percent FROM answers.emptying_counted x {} ORDER BY 1",
    "hours": "hour, readings, emptyings, first_percent, mean_percent FROM rollup_hour x {} ORDER BY 1",
    "days": "day, readings, emptyings, min_percent, max_percent FROM rollup_day x {} ORDER BY 1",
}


def level(step: int) -> float:
    """A column that fills by 2 % a report, and is emptied every 40 reports."""
    return 3 + 2 * (step % 40)


def seen(connection: psycopg.Connection[DictRow], code: str) -> dict[str, list[dict[str, Any]]]:
    """Everything a page would show of a container, without identifiers."""
    of_it = "JOIN container c ON c.id = x.container_id WHERE c.code = %(code)s"
    return {
        name: connection.execute(f"SELECT {query.format(of_it)}".encode(), {"code": code}).fetchall()
        for name, query in SHOWN.items()
    }


@pytest.fixture
def networks(tmp_path: Path) -> Networks:
    """Both codecs, dropped in."""
    (tmp_path / "acme").mkdir()
    for name, said in CODECS.items():
        (tmp_path / f"acme/{name}.js").write_text(f"function decodeUplink(i) {{ return {{data: {said}}}; }}")
    return Networks(ROUTES, Library(read_scripts(tmp_path)))


def speak(dsn: str, networks: Networks) -> None:
    """Seventy reports of both probes, every four hours, the same bytes."""
    letters = []
    for step in range(70):
        at = START + timedelta(hours=4 * step)
        data = f"{round(200 - 1.8 * level(step)):02x}0c"
        letters += [uplink(data, step, at, at + timedelta(minutes=1), port=1, eui=eui) for eui in EUIS]
    with connect(dsn, "glaneur_ingest", autocommit=True) as ingesting:
        prepare(ingesting)
        for first in range(0, len(letters), 20):
            write(ingesting, letters[first : first + 20], Limits(), {}, networks)


def test_after_redecoding_the_container_is_what_it_would_have_been(
    database: Database, networks: Networks
) -> None:
    """Readings, state, open alerts, emptyings, hours, days; a fire that never was is closed and said why."""
    dsn = database.dsn
    settle(dsn, probes=2)
    for serial, eui, codec in zip(("GLN-1", "GLN-2"), EUIS, CODECS, strict=True):
        register(dsn, f"acme/{codec}", serial, eui)
    with networks.library, connect(dsn, autocommit=True) as owner:
        speak(dsn, networks)
        refresh_rollups(owner)
        assert seen(owner, "C1")["alerts"] != seen(owner, "C2")["alerts"]
        register(dsn, "acme/right", "GLN-1", EUIS[0])
        assert redecode(owner, networks, "GLN-1", dry_run=True) == Redecoded(messages=70, changed=70)
        assert jobs(owner) == []
        assert redecode(owner, networks, "GLN-1") == Redecoded(messages=70, changed=70)
        assert redecode(owner, networks) == Redecoded(messages=140)
        assert jobs(owner) == ["recompute"]
    work_off(dsn)
    with connect(dsn, autocommit=True) as owner:
        refresh_rollups(owner)
        mended, twin = seen(owner, "C1"), seen(owner, "C2")
        ended = owner.execute(
            "SELECT DISTINCT closed_because FROM alert WHERE container_id = 1 AND kind = 'fire'"
        ).fetchall()
    for name, wanted in twin.items():
        assert mended[name] == wanted, name
    assert len(twin["emptyings"]) == 1
    assert ended == [{"closed_because": "Le montage, l'étalonnage ou le décodeur de la sonde a été corrigé."}]


def jobs(connection: psycopg.Connection[DictRow]) -> list[str]:
    rows = connection.execute("SELECT task_name FROM jobs.procrastinate_jobs WHERE status = 'todo'")
    return [row["task_name"] for row in rows]
