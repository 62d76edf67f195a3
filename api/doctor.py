"""What is wrong with an installation, in plain words: one finding a check, most basic first.

Reads only, and never shows an address's password. Knows what should be there; refuses to mend anything.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from api.alerts.channels import try_mail_server
from api.alerts.messaging import Messaging
from api.mqtt import Broker
from api.pages import DIST, asset
from api.settings import Settings
from api.travel.choice import travel_times
from api.travel.command import all_places, far_from_roads
from api.travel.network import Network
from routing.child import solve_in_child
from routing.model import Place, Plan, Problem, Task, Vehicle
from routing.travel import GreatCircle
from store.connection import connect
from store.migrate import own_steps
from store.queries import named_queries

Verdict = Literal["ok", "!!", "--"]
ROLES = ("glaneur_ingest", "glaneur_api", "glaneur_worker", "glaneur_reader")
LATE_MESSAGE = timedelta(hours=24)
LATE_JOB = timedelta(minutes=2)
SKEW = timedelta(seconds=5)
BROKER_WAIT_S = 5

_SQL = named_queries("api", "doctor.sql")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `ok`, `!!` (something to do) or `--` (could not or need not be looked at)."""

    verdict: Verdict
    about: str
    sentence: str


def examine() -> Iterator[Finding]:
    """Look at everything, in order; later checks need what earlier ones found."""
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        fields = ", ".join(f"GLANEUR_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        yield Finding("!!", "settings", fields)
        return
    yield _settings(settings)
    yield from _database(settings.database.get_secret_value())
    yield _pages()
    yield from _messaging()
    yield _broker(settings.brokers.get("native"))
    yield _solver()
    yield _roads(settings)


def _settings(settings: Settings) -> Finding:
    if not settings.cookie_secure and settings.host not in ("127.0.0.1", "localhost", "::1"):
        return Finding(
            "!!", "settings", "GLANEUR_COOKIE_SECURE is off while the API listens beyond this machine"
        )
    return Finding("ok", "settings", f"complete; pages on {settings.host}:{settings.port}")


def _database(dsn: str) -> Iterator[Finding]:
    try:
        connection = connect(dsn, autocommit=True, application="glaneur-doctor")
    except psycopg.Error as error:
        yield Finding("!!", "database", f"cannot be reached: {str(error).splitlines()[0]}")
        return
    with connection:
        row = connection.execute("SELECT current_setting('server_version') AS version").fetchone()
        yield Finding("ok", "database", f"PostgreSQL {row['version'] if row else '?'}")
        schema = _guarded("schema", _schema, connection)
        yield schema
        if schema.verdict == "!!":
            yield Finding("--", "the rest of the database", "not looked at before the schema is up to date")
            return
        for about, check in (
            ("edition", _edition),
            ("roles", _roles),
            ("accounts", _accounts),
            ("clock", _clock),
            ("messages", _messages),
            ("worker", _worker),
            ("queue", _queue),
        ):
            yield _guarded(about, check, connection)


def _guarded(
    about: str, check: Callable[[Connection[DictRow]], Finding], connection: Connection[DictRow]
) -> Finding:
    try:
        return check(connection)
    except psycopg.Error as error:
        return Finding("!!", about, f"could not be read: {str(error).splitlines()[0]}")


def _schema(connection: Connection[DictRow]) -> Finding:
    there = connection.execute("SELECT to_regclass('public.migration') IS NOT NULL AS there").fetchone()
    if not there or not there["there"]:
        return Finding("!!", "schema", "this database is empty: run `glaneur migrate`")
    rows = connection.execute("SELECT name, digest FROM public.migration WHERE kind = 'glaneur'")
    done = {row["name"]: row["digest"] for row in rows}
    steps = own_steps()
    missing = [step.name for step in steps if step.name not in done]
    changed = [step.name for step in steps if done.get(step.name, step.digest) != step.digest]
    unknown = sorted(set(done) - {step.name for step in steps})
    if changed:
        return Finding("!!", "schema", f"{', '.join(changed)} ran with other bytes than this version's")
    if unknown:
        return Finding("!!", "schema", f"made by a newer version of Glaneur ({', '.join(unknown)})")
    if missing:
        return Finding("!!", "schema", f"{len(missing)} migration(s) to apply: run `glaneur migrate`")
    return Finding("ok", "schema", f"up to date ({steps[-1].name})")


def _edition(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["edition"]).fetchone()
    if row is None or row["version"] is None:
        offered = " although the server offers it: run `glaneur migrate`" if row and row["offered"] else ""
        return Finding(
            "!!" if offered else "ok", "edition", f"plain PostgreSQL, without TimescaleDB{offered}"
        )
    if not row["hypertable"]:
        return Finding(
            "!!",
            "edition",
            f"TimescaleDB {row['version']}, but `reading` is not a hypertable: it was made before",
        )
    return Finding(
        "ok", "edition", f"TimescaleDB {row['version']} ({row['licence']}), `reading` is a hypertable"
    )


def _roles(connection: Connection[DictRow]) -> Finding:
    rows = connection.execute(_SQL["roles"], {"roles": list(ROLES)}).fetchall()
    missing = [row["role"] for row in rows if not row["there"]]
    closed = [row["role"] for row in rows if row["there"] and not row["member"]]
    if missing:
        return Finding("!!", "roles", f"missing: {', '.join(missing)}; run `glaneur migrate`")
    if closed:
        return Finding("!!", "roles", f"this login may not act as {', '.join(closed)}: GRANT it the role(s)")
    return Finding("ok", "roles", f"this login may act as all {len(ROLES)}")


def _accounts(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["accounts"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    if not row["dispatchers"]:
        return Finding("!!", "accounts", "nobody can dispatch: run `glaneur account LOGIN --role dispatcher`")
    return Finding("ok", "accounts", f"{row['dispatchers']} dispatching, {row['drivers']} driving")


def _clock(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["clock"]).fetchone()
    assert row is not None  # noqa: S101 - one row of functions
    skew = abs(datetime.now(UTC) - row["server"])
    if skew > SKEW:
        return Finding("!!", "clock", f"this machine and the database are {skew.total_seconds():.0f} s apart")
    if row["rate"] is not None:
        return Finding("ok", "clock", f"a demonstration's: shown time runs {row['rate']:g} times faster")
    return Finding("ok", "clock", "real time, the same here and in the database")


def _messages(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["messages"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    if not row["containers"]:
        return Finding("!!", "messages", "no container yet: load a territory (`python -m store territory`)")
    if row["last"] is None:
        return Finding("!!", "messages", f"{row['containers']} containers, and not one message yet")
    age = row["now"] - row["last"]
    hours = age.total_seconds() / 3600
    verdict: Verdict = "!!" if age > LATE_MESSAGE else "ok"
    return Finding(verdict, "messages", f"the last measurement is {hours:.1f} h old")


def _worker(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["workers"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    if not row["alive"]:
        return Finding("!!", "worker", "none is running: start `glaneur worker`")
    return Finding("ok", "worker", f"{row['alive']} running")


def _queue(connection: Connection[DictRow]) -> Finding:
    row = connection.execute(_SQL["queue"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    waiting = f"{row['waiting']} waiting, {row['failed']} failed in the last day"
    if row["oldest"] is not None and row["oldest"] > LATE_JOB:
        minutes = row["oldest"].total_seconds() / 60
        return Finding("!!", "queue", f"{waiting}; the oldest has waited {minutes:.0f} min")
    return Finding("ok", "queue", waiting)


def _pages() -> Finding:
    try:
        missing = [
            name for name in ("base.js", "base.css", "planning.js") if not (DIST / asset(name)[8:]).is_file()
        ]
    except (RuntimeError, KeyError) as error:
        return Finding("!!", "pages", f"scripts and styles are not bundled: run `make web` ({error})")
    if missing:
        return Finding("!!", "pages", f"bundled files are missing ({', '.join(missing)}): run `make web`")
    return Finding("ok", "pages", "scripts and styles are bundled")


def _messaging() -> Iterator[Finding]:
    try:
        messaging = Messaging()
    except ValidationError as error:
        fields = ", ".join(f"GLANEUR_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        yield Finding("!!", "messages to people", fields)
        return
    roads = messaging.open_channels
    if not roads:
        yield Finding("--", "messages to people", "no mail server, SMS gateway or webhook secret is set here")
        return
    said = f"open: {', '.join(roads)}"
    if not messaging.public_url:
        yield Finding("!!", "messages to people", f"{said}; they lead nowhere: set GLANEUR_PUBLIC_URL")
    else:
        yield Finding("ok", "messages to people", said)
    if messaging.mail_server is not None:
        problem = try_mail_server(messaging.mail_server)
        where = messaging.mail_server.folder or f"{messaging.mail_server.host}:{messaging.mail_server.port}"
        yield Finding("!!" if problem else "ok", "mail server", f"{where} {problem or 'takes our mail'}")


def _broker(broker: Broker | None) -> Finding:
    if broker is None:
        return Finding("--", "broker", "GLANEUR_BROKER is not set here: only ingest needs it")
    where = f"{broker.host}:{broker.port}"
    answers = {}
    for name, version in (("5", mqtt.MQTTv5), ("3.1.1", mqtt.MQTTv311)):
        answers[name] = _greet(broker, version)
        if answers[name] == "":
            slower = "" if name == "5" else " (no MQTT 5: ingest falls back)"
            return Finding("ok", "broker", f"{where} answers, MQTT {name}{slower}")
    return Finding("!!", "broker", f"{where}: {answers['5']}")


def _greet(broker: Broker, version: int) -> str:
    """Connect once; return what went wrong, or an empty text."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"glaneur-doctor-{secrets.token_hex(4)}",
        protocol=MQTTProtocolVersion(version),
    )
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set()
    answered = threading.Event()
    said: list[str] = []

    def greeted(_c: object, _u: object, _f: object, reason: object, _p: object = None) -> None:
        said.append("" if str(reason) == "Success" else f"refuses us: {reason}")
        answered.set()

    client.on_connect = greeted
    try:
        client.connect(broker.host, broker.port, keepalive=10)
    except OSError as error:
        return f"cannot be reached: {error}"
    client.loop_start()
    answered.wait(BROKER_WAIT_S)
    client.disconnect()
    client.loop_stop()
    return said[0] if said else f"did not answer within {BROKER_WAIT_S} s"


def _roads(settings: Settings) -> Finding:
    travel = travel_times(settings, "glaneur_worker")
    if not isinstance(travel, Network):
        return Finding("ok", "roads", "no engine chosen (GLANEUR_TRAVEL): the great circle × a factor")
    try:
        with connect(settings.database.get_secret_value(), role="glaneur_worker") as connection:
            places, rig = all_places(connection)
            connection.commit()
            found = travel.travel(places[:2], rig)
            far = far_from_roads(connection, travel, settings.travel_off_road_m)
    except psycopg.Error:
        return Finding("--", "roads", "not looked at without the database")
    if found.remark:
        return Finding("!!", "roads", f"{travel.engine.name} gives no distances: the great circle is used")
    if far:
        limit = settings.travel_off_road_m
        return Finding("!!", "roads", f"{len(far)} place(s) over {limit} m from one: see `glaneur travel`")
    return Finding("ok", "roads", f"{travel.engine.name} answers")


def _solver() -> Finding:
    places = (Place(id="depot", lat=50.5, lon=2.1), Place(id="point", lat=50.6, lon=2.0))
    problem = Problem(
        places=places,
        matrix=GreatCircle().matrix(places),
        tasks=(Task(id="point", place="point"),),
        vehicles=(
            Vehicle(id="v", start="depot", end="depot", capacity={}, shift_start_s=0, shift_end_s=86_400),
        ),
    )
    answer = solve_in_child(problem, seconds=5, steps=1)
    if isinstance(answer, Plan) and answer.complete:
        return Finding("ok", "planner", "solves, in a process of its own")
    return Finding("!!", "planner", f"does not solve: {answer}")
