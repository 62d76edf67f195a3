"""A territory that was lived in: the simulator's probes, trucks and gates, through everything that is ours.

Three weeks of a dozen points end on a Saturday, which passes in half a minute: probes over a broker, `ingest`
as a process, the API served, rounds planned, published and driven by the simulator's crew, cars at the gates.
Then the worker's jobs count what the boards read. What is given back beside the database is what the
simulator says it did.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from equipment import read_equipment
from paho.mqtt.publish import single
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import SecretStr
from services import BrokerAddress, Database
from territory_plan import territory
from truth import truth
from world import world

from api.app import create_app
from api.auth import create_account
from api.demo.finance import OFFICERS, furnish
from api.demo.gates import GateKeys, equip_gates
from api.demo.yards import equip_yards
from api.dispatch.forecasting import learn_and_foresee
from api.gate.books import Shelf
from api.gate.journal import apply_journals
from api.settings import Settings
from store.boards import refresh_days, refresh_hour, refresh_meals, sample_platform
from store.clock import Clock, read_clock, set_clock
from store.connection import connect
from store.rollups import PARIS, refresh_rollups
from store.territory import load_territory
from tests.api.conftest import serving
from tests.api.rounds_territory import run

ROOT = Path(__file__).parents[2]
SIMULATOR = str(ROOT / "firmware-sim")
SEED, POINTS, DAYS = 1, 12, 21
RATE = 1200.0  # shown seconds a second
LEAD = timedelta(seconds=25)  # for the history to come in and the rounds to be published before eight o'clock
OPENS, CLOSES = timedelta(hours=8), timedelta(hours=19)
CARS = 40  # a gate
PASSWORD = "une phrase assez longue"
CREW = ("camion1", "camion2")
ACCOUNTS = (("regulation", "dispatcher"), *((one, "driver") for one in CREW))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """The database, and what the simulator knows: its counts, and the truth until the Saturday."""

    database: Database
    saturday: datetime  # eight o'clock of it, when the history ends
    probes: dict[str, Any]
    gates: dict[str, Any]
    truth: dict[str, Any]

    @property
    def until(self) -> datetime:
        """The evening at which the boards are looked at."""
        return self.saturday - OPENS + timedelta(hours=20)


def live(database: Database, broker: BrokerAddress, folder: Path) -> Lived:
    """Live the weeks and the Saturday in a migrated database."""
    today = datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    saturday = (today - timedelta(days=(today.weekday() - 5) % 7 or 7) + OPENS).astimezone(UTC)
    document = some_points(territory(SEED))
    keys, sites, map_of = GateKeys(), folder / "gates.json", folder / "territory.json"
    map_of.write_text(json.dumps(document), encoding="utf-8")
    with connect(database.dsn) as connection:
        _equip(connection, document, keys, sites, saturday)
    began = datetime.now(UTC)
    clock = Clock(real_start=began + LEAD, shown_start=saturday, rate=RATE)
    with connect(database.dsn) as connection:
        set_clock(connection, clock)
        sample_platform(connection)
    settings = Settings(
        database=SecretStr(database.dsn),
        cookie_secure=False,
        badge_key=SecretStr(keys.badge),
        list_key=SecretStr(keys.lists),
    )
    with serving(create_app(settings), database) as site, _ingest(database, broker, folder):
        when = (
            "--seed", str(SEED), "--start", saturday.isoformat(),
            "--real-start", clock.real_start.isoformat(),
            "--rate", str(RATE), "--broker", f"{broker.host}:{broker.port}",
            "--username", broker.username, "--api", site.url,
        )  # fmt: skip
        secrets = {
            "GLANEUR_SIM_PASSWORD": broker.password,
            "GLANEUR_SIM_BADGE_KEY": keys.badge,
            "GLANEUR_SIM_API_PASSWORD": PASSWORD,
            "GLANEUR_SIM_ROBOT_PASSWORD": PASSWORD,
        }
        ends = saturday - OPENS + CLOSES
        probes = _simulate(
            folder, "run", *when, "--territory", str(map_of), "--history-days", str(DAYS),
            "--robots", ",".join(CREW), "--api-login", "regulation", "--until", ends.isoformat(), **secrets,
        )  # fmt: skip
        _wait("the history to be in", lambda: _reporting(database))
        _send_rounds(site.url, database, saturday)
        left_s = (clock.real_start - datetime.now(UTC) + (ends - saturday) / RATE).total_seconds()
        gates = _simulate(
            folder,
            "gates",
            *when,
            "--sites",
            str(sites),
            "--cars",
            str(CARS),
            "--for",
            str(max(20.0, left_s)),
            **secrets,
        )
        counts = _ended(gates), _ended(probes)
        account = {"username": broker.username, "password": broker.password}
        single("glaneur/1/GLN-0001/up", "not JSON", 1, hostname=broker.host, port=broker.port, auth=account)  # type: ignore[arg-type]
        _wait("every message to be written", lambda: _written(database) > counts[1]["published"])
    _count(database, keys, saturday - OPENS + timedelta(hours=20))
    stage = world(
        read_equipment(document),
        seed=SEED,
        start=saturday,
        history=timedelta(days=DAYS),
        calendar_goes_on=False,
    )
    told = truth(stage, saturday, timedelta(hours=4))
    return Lived(database=database, saturday=saturday, gates=counts[0], probes=counts[1], truth=told)


def some_points(document: dict[str, Any]) -> dict[str, Any]:
    """The territory with its first points only, and the communes that have one."""
    points = document["points"][:POINTS]
    names, communes = {one["code"] for one in points}, {one["insee"] for one in points}
    containers = [one for one in document["containers"] if one["point"] in names]
    codes = {one["code"] for one in containers}
    mountings = [one for one in document["mountings"] if one["container"] in codes]
    serials = {one["device"] for one in mountings}
    return {
        **document,
        "communes": [one for one in document["communes"] if one["insee"] in communes],
        "points": points,
        "containers": containers,
        "mountings": mountings,
        "devices": [one for one in document["devices"] if one["serial"] in serials],
    }


def _equip(
    connection: Connection[DictRow], document: dict[str, Any], keys: GateKeys, sites: Path, now: datetime
) -> None:
    load_territory(connection, document)
    for login, role in ACCOUNTS:
        create_account(connection, login=login, display_name=login, password=PASSWORD, role=role)
    for login, name, role in OFFICERS:
        create_account(connection, login=login, display_name=name, password=PASSWORD, role=role)
    equip_gates(connection, keys, sites)
    equip_yards(connection, now)
    connection.execute(
        "INSERT INTO collection_rate SELECT code, '2020-01-01', 1.45, 38.5, 1100, 'essai' FROM stream"
    )
    connection.execute(
        "INSERT INTO finance.budget SELECT y, 100000, 'essai' FROM generate_series(2020, 2030) AS y"
    )
    furnish(connection, now, SEED)


@contextmanager
def _ingest(database: Database, broker: BrokerAddress, folder: Path) -> Iterator[None]:
    log = folder / "ingest.log"
    environment = {
        "GLANEUR_DATABASE": database.dsn,
        "GLANEUR_BROKER": broker.url,
        "GLANEUR_INGEST_WRITERS": "1",
    }
    with log.open("w") as file:
        running = subprocess.Popen(
            [sys.executable, "-m", "ingest"], cwd=ROOT, env={**os.environ, **environment}, stderr=file
        )
    try:
        _wait("ingest to listen", lambda: "consuming over MQTT" in log.read_text())
        yield
        assert running.poll() is None, log.read_text()
    finally:
        running.terminate()
        running.wait(30)


def _simulate(folder: Path, verb: str, *words: str, **secrets: str) -> subprocess.Popen[str]:
    with (folder / f"{verb}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, SIMULATOR, verb, *words],
            cwd=ROOT, env={**os.environ, **secrets}, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip


def _ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the simulator prints last."""
    out, _ = process.communicate(timeout=240)
    assert process.returncode == 0, out
    counts: dict[str, Any] = json.loads(out)
    return counts


def _wait(what: str, done: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 180
    while not done():
        assert time.monotonic() < give_up, f"waited too long for {what}"
        time.sleep(0.2)


def _reporting(database: Database) -> bool:
    with connect(database.dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE measured_at > glaneur_now() - INTERVAL '8 hours')"
            " >= 0.6 * count(*) AS there FROM answers.container_now"
        ).fetchone()
    return bool(row and row["there"])


def _written(database: Database) -> int:
    with connect(database.dsn) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM reading) + (SELECT count(*) FROM quarantine) AS n"
        ).fetchone()
    return int(row["n"]) if row else 0


def _send_rounds(url: str, database: Database, saturday: datetime) -> None:
    """Plan the day's glass and packaging as the office does, and give each round to one of the crew."""
    with httpx2.Client(base_url=url, timeout=60) as office:
        answer = office.post("/api/v1/session", json={"login": "regulation", "password": PASSWORD})
        office.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        people = {one["login"]: one["id"] for one in _drivers(database)}
        crew = list(CREW)
        for stream in ("verre", "emballages"):
            wish = {"day": saturday.astimezone(PARIS).date().isoformat(), "stream": stream, "budget_s": 1}
            answer = office.post("/api/v1/plannings", json=wish)
            assert answer.status_code == 202, answer.text
            number = answer.json()["id"]
            run(database.dsn, number)
            for one in office.get(f"/api/v1/plannings/{number}").json()["rounds"][:1]:
                given = {"version": one["version"], "driver": people[crew.pop(0)]}
                answer = office.post(f"/api/v1/rounds/{one['id']}/publish", json=given)
                assert answer.status_code == 200, answer.text


def _drivers(database: Database) -> list[DictRow]:
    with connect(database.dsn) as connection:
        return connection.execute("SELECT id, login FROM people.account WHERE role = 'driver'").fetchall()


def _count(database: Database, keys: GateKeys, evening: datetime) -> None:
    """The evening has come: the worker's jobs, each as its task does it."""
    with connect(database.dsn) as connection:
        set_clock(connection, Clock(real_start=datetime.now(UTC), shown_start=evening, rate=1))
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keys.lists)).public_key()
    with connect(database.dsn, role="glaneur_worker", autocommit=True) as worker:
        apply_journals(worker, Shelf(), public, read_clock(worker).now())
        refresh_rollups(worker)
        refresh_hour(worker)
        refresh_days(worker)
        refresh_meals(worker)
        sample_platform(worker)
    with connect(database.dsn, role="glaneur_worker") as worker:
        learn_and_foresee(worker, read_clock(worker).now())
