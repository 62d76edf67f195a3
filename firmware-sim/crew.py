"""Trucks seen from the road: learns emptyings from the platform, and drives robots' rounds.

Knows the platform's HTTP JSON API as documented, with the standard library only. Refuses to know MQTT
and the physical model: it hands over `Emptying` values and asks what a lift weighed. A platform that is
not there, or says no, is a value: it is logged once and tried again later.
"""

import json
import logging
import random
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from typing import Any

from wire import rfc3339

log = logging.getLogger(__name__)

TIMEOUT_S = 5
RETRY = timedelta(seconds=10)  # real time
NOT_DONE_SHARE = 0.04
REASONS = ("Stationnement gênant", "Accès bloqué par des travaux", "Colonne endommagée")
EVENTS = uuid.UUID("5d7f7b52-6a0e-5d5e-9f42-0a8f6a1f2c10")  # namespace: the same tap has the same identity
MOST_KG = 40_000
MOST_EVENTS = 500  # in one request
SIGN_IN, READ, DRIVE = "sign in", "read emptyings", "drive the round"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said: an HTTP status (0 when it was not reached) and the JSON body, or None."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Emptying:
    """The platform says a driver emptied this container."""

    container: str
    at: datetime


@dataclass(slots=True)
class Account:
    """A signed-in person, or one about to sign in. `login` None asks without signing in."""

    base: str
    login: str | None
    password: str
    csrf_token: str = ""
    signed_in: bool = False
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        # No proxy: the platform's address is meant literally.
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )


@dataclass(slots=True)
class Robot:
    """A driver that follows the published round on time."""

    account: Account
    round_id: Any = None
    late_by: timedelta = timedelta(0)
    told: set[str] = field(default_factory=set)
    unsent: list[dict[str, Any]] = field(default_factory=list)
    on_board: list[str] = field(default_factory=list)
    driven: int = 0


@dataclass(slots=True, kw_only=True)
class Crew:
    """Those who watch and drive. Moved by `look`."""

    watcher: Account
    robots: list[Robot]
    since: datetime
    lifted_kg: Callable[[str], int | None]
    seed: int = 1
    cursor: str | None = None
    known: set[str] = field(default_factory=set)
    said: set[tuple[str, str]] = field(default_factory=set)
    retry_at: dict[tuple[str | None, str], datetime] = field(default_factory=dict)


def look(crew: Crew, shown_now: datetime, real_now: datetime) -> list[Emptying]:
    """One glance: robots act first, then the new emptyings by drivers since `crew.since`."""
    for robot in crew.robots:
        if _ready(crew, robot.account, DRIVE, real_now):
            _drive(crew, robot, shown_now, real_now)
    return _emptyings(crew, real_now) if _ready(crew, crew.watcher, READ, real_now) else []


# --- speaking with the platform ---


def call(account: Account, method: str, path: str, document: Any = None) -> Answer:
    """One request. Never raises for what the network or the platform may do."""
    if not account.base.startswith(("http://", "https://")):
        return Answer(0, None)
    data = None if document is None else json.dumps(document).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if account.csrf_token:
        headers["X-CSRF-Token"] = account.csrf_token
    request = urllib.request.Request(account.base.rstrip("/") + path, data, headers, method=method)  # noqa: S310
    try:
        with account.opener.open(request, timeout=TIMEOUT_S) as response:
            return Answer(response.status, json.loads(response.read() or b"null"))
    except urllib.error.HTTPError as error:
        error.close()
        return Answer(error.code, None)
    except (OSError, ValueError):  # not there, cut off, or not JSON
        return Answer(0, None)


def _ready(crew: Crew, account: Account, what: str, real_now: datetime) -> bool:
    """Signed in, or now signing in; False while a refusal is waited out."""
    for waited in (what, SIGN_IN):
        if real_now < crew.retry_at.get((account.login, waited), real_now):
            return False
    if account.signed_in or account.login is None:
        return True
    wanted = {"login": account.login, "password": account.password}
    answer = call(account, "POST", "/api/v1/session", wanted)
    if answer.status in (200, 201) and isinstance(answer.body, dict) and "csrf_token" in answer.body:
        account.csrf_token, account.signed_in = str(answer.body["csrf_token"]), True
        return True
    _refused(crew, account, SIGN_IN, answer, real_now)
    return False


def _refused(crew: Crew, account: Account, what: str, answer: Answer, real_now: datetime) -> None:
    """Say it once, sign in again when the session ended, try later."""
    if answer.status == 401:
        account.signed_in, account.csrf_token = False, ""
    crew.retry_at[account.login, what] = real_now + RETRY
    if answer.status == 0:
        because = "the platform does not answer"
    elif answer.status < 300:
        because = "the answer is not as documented"
    else:
        because = f"HTTP {answer.status}"
    _say(crew, what, f"{because}; trying again every {RETRY.seconds} s")


def _say(crew: Crew, what: str, sentence: str) -> None:
    """Log it the first time only."""
    if (what, sentence) not in crew.said:
        crew.said.add((what, sentence))
        log.warning("%s: %s", what, sentence)


# --- emptyings ---


def _emptyings(crew: Crew, real_now: datetime) -> list[Emptying]:
    path = "/api/v1/emptyings"
    if crew.cursor is not None:
        path += "?after=" + urllib.parse.quote(crew.cursor, safe="")
    answer = call(crew.watcher, "GET", path)
    found = []
    try:
        if answer.status != 200:
            raise ValueError
        for row in answer.body:
            at = datetime.fromisoformat(row["emptied_at"])
            if row["source"] == "driver" and row["event_id"] not in crew.known and at >= crew.since:
                crew.known.add(row["event_id"])
                found.append(Emptying(row["container"], at))
            crew.cursor = str(row["cursor"])
    except (KeyError, TypeError, ValueError):
        _refused(crew, crew.watcher, READ, answer, real_now)
    return found


# --- rounds ---


def _drive(crew: Crew, robot: Robot, shown_now: datetime, real_now: datetime) -> None:
    """Read the round, tap what is due, send the taps; unsent ones are sent again, with the same identity."""
    answer = call(robot.account, "GET", "/api/v1/driver/round")
    try:
        if answer.status == 200 and answer.body["round"]:
            _tap(crew, robot, answer.body["round"], shown_now)
        elif answer.status not in (200, 404):  # 404: no round today, nothing to say
            raise ValueError
    except (KeyError, TypeError, ValueError):
        _refused(crew, robot.account, DRIVE, answer, real_now)
        return
    if robot.unsent:
        _send(crew, robot, real_now)


def _send(crew: Crew, robot: Robot, real_now: datetime) -> None:
    batch = robot.unsent[:MOST_EVENTS]
    sent = call(robot.account, "POST", "/api/v1/driver/events", {"events": batch})
    if 200 <= sent.status < 300:
        results = sent.body.get("results", []) if isinstance(sent.body, dict) else []
        refused = [one for one in results if isinstance(one, dict) and one.get("outcome") == "refused"]
        for one in refused:
            _say(crew, "a driver's event is refused", str(one.get("sentence", "")))
        robot.driven += len(batch) - len(refused)
        robot.unsent = robot.unsent[MOST_EVENTS:]
        return
    _refused(crew, robot.account, DRIVE, sent, real_now)
    if sent.status in (400, 409, 422):  # refused for what they say: sending them again will not help
        robot.unsent = robot.unsent[MOST_EVENTS:]


def _tap(crew: Crew, robot: Robot, tour: dict[str, Any], shown_now: datetime) -> None:
    """A round seen late is driven late, at its planned pace: nobody makes up an hour by tapping faster."""
    stops = [stop for stop in tour["stops"] if stop["kind"] in ("collect", "unload")]
    ahead = [stop for stop in stops if stop["status"] == "to_do"]
    if robot.round_id != tour["id"]:
        robot.round_id, robot.on_board = tour["id"], []
        first = min((_at(stop) for stop in ahead), default=shown_now)
        robot.late_by = max(timedelta(0), shown_now - first)
    for stop in ahead:
        happened_at = _at(stop) + robot.late_by
        if happened_at > shown_now:
            return
        if str(stop["id"]) not in robot.told:
            robot.told.add(str(stop["id"]))
            robot.unsent.append(_event(crew, robot, stop, happened_at))


def _at(stop: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(stop["arrival_at"])


def _event(crew: Crew, robot: Robot, stop: dict[str, Any], happened_at: datetime) -> dict[str, Any]:
    rng = random.Random(f"tap/{crew.seed}/{stop['id']}")
    kind, reason, weight_kg = "done", "", None
    if stop["kind"] == "unload":
        weight_kg = _weigh(crew, robot)
    elif rng.random() < NOT_DONE_SHARE:
        kind, reason = "not_done", rng.choice(REASONS)
    else:
        robot.on_board += [_code(container) for container in stop["containers"]]
    return {
        "event_id": str(uuid.uuid5(EVENTS, f"{crew.seed}/{robot.round_id}/{stop['id']}")),
        "stop_id": stop["id"],
        "kind": kind,
        "reason": reason,
        "weight_kg": weight_kg,
        "happened_at": rfc3339(happened_at),
    }


def _code(container: Any) -> str:
    """The API may name a container, or describe it with its code."""
    return str(container["code"] if isinstance(container, dict) else container)


def _weigh(crew: Crew, robot: Robot) -> int | None:
    """What the weighbridge shows: the kilograms lifted since the last unloading, None when not known."""
    known = [kg for container in robot.on_board if (kg := crew.lifted_kg(container)) is not None]
    robot.on_board = []
    return min(MOST_KG, sum(known)) if known else None
