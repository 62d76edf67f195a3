"""The crew against a small server that follows the documented HTTP contract, and against a broken one."""

import json
import logging
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from crew import NOT_DONE_SHARE, RETRY, Account, Crew, Emptying, Robot, look

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
REAL = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD, TOKEN, COOKIE = "a secret", "token", "session=abc"


@dataclass
class Platform:
    """What the server knows and was told; `status` other than 200 is answered to everything."""

    url: str = ""
    status: int = 200
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)
    emptyings: list[dict[str, str]] = field(default_factory=list)
    round: dict[str, Any] | None = None
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_next_answer: bool = False
    refused_stops: frozenset[int] = frozenset()


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self._turned_away() or self._not_signed_in():
                return
            address = urlsplit(self.path)
            if address.path == "/api/v1/emptyings":
                after = int(parse_qs(address.query).get("after", ["0"])[0])
                self._answer(200, [e for e in platform.emptyings if int(e["cursor"]) > after])
            elif address.path == "/api/v1/driver/round" and platform.round is not None:
                self._answer(200, {"round": platform.round})
            else:
                self._answer(404, None)

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self._turned_away():
                return
            if self.path == "/api/v1/session":
                right = sent["password"] == PASSWORD
                self._answer(200 if right else 401, {"csrf_token": TOKEN} if right else None)
            elif not self._not_signed_in() and self.headers["X-CSRF-Token"] == TOKEN:
                for event in sent["events"]:
                    assert uuid.UUID(event["event_id"])
                    platform.events.setdefault(event["event_id"], event)
                lost, platform.lose_next_answer = platform.lose_next_answer, False
                self._answer(500 if lost else 200, {"results": [self._judged(one) for one in sent["events"]]})

        def _judged(self, event: dict[str, Any]) -> dict[str, str]:
            refused = event["stop_id"] in platform.refused_stops
            return {"outcome": "refused", "sentence": "Non."} if refused else {"outcome": "accepted"}

        def _turned_away(self) -> bool:
            platform.asked.append(self.path)
            status, body = platform.status, platform.body  # once: the test changes them meanwhile
            if body is not None:
                self._bytes(200, body)
            elif status != 200:
                self._answer(status, None)
            return body is not None or status != 200

        def _not_signed_in(self) -> bool:
            if self.headers["Cookie"] == COOKIE:
                return False
            self._answer(401, None)
            return True

        def _answer(self, status: int, body: object) -> None:
            self._bytes(status, json.dumps(body).encode())

        def _bytes(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if self.path == "/api/v1/session":
                self.send_header("Set-Cookie", f"{COOKIE}; Path=/; HttpOnly; SameSite=Lax")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    return Handler


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform on a free port."""
    made = Platform()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def crew(url: str, *, robots: int = 0, password: str = PASSWORD) -> Crew:
    """A watcher, and robots whose lifts weigh 100 kg each."""
    drivers = [Robot(Account(url, f"robot.{n}", password)) for n in range(robots)]
    watcher = Account(url, "regulation", password)
    return Crew(watcher=watcher, robots=drivers, since=START, lifted_kg={f"C{n}": 100 for n in range(99)}.get)


def emptying(cursor: int, *, source: str = "driver", minutes: int = 0) -> dict[str, str]:
    """One row as the platform tells it."""
    return {
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(cursor))),
        "container": f"C{cursor}",
        "emptied_at": (START + timedelta(minutes=minutes)).isoformat(),
        "source": source,
        "cursor": str(cursor),
    }


def tour(stops: int, *, unload_last: bool = True) -> dict[str, Any]:
    """A round of one container a stop, every ten minutes from 8 h, then the weighbridge."""
    kinds = ["start"] + ["collect"] * stops + (["unload"] if unload_last else [])
    return {
        "id": 7,
        "day": "2026-11-22",
        "stops": [
            {
                "id": n,
                "kind": kind,
                "arrival_at": (START + timedelta(hours=1, minutes=10 * n)).isoformat(),
                "containers": [f"C{n}"] if kind == "collect" else [],
                "status": "to_do",
            }
            for n, kind in enumerate(kinds)
        ],
    }


def test_learns_each_driver_s_emptying_once(platform: Platform) -> None:
    """Only drivers', only since the start, each once, and the cursor is given back."""
    platform.emptyings = [
        emptying(1),
        emptying(2, source="level"),
        emptying(3, minutes=-1),
        emptying(4, minutes=5),
    ]
    watching = crew(platform.url)
    assert look(watching, START, REAL) == [
        Emptying("C1", START),
        Emptying("C4", START + timedelta(minutes=5)),
    ]
    platform.emptyings.append(emptying(5, minutes=9))
    assert [one.container for one in look(watching, START, REAL)] == ["C5"]
    assert platform.asked[-1] == "/api/v1/emptyings?after=4"
    assert look(watching, START, REAL) == []


def test_robot_drives_at_the_planned_time(platform: Platform) -> None:
    """Nothing before its hour; then each stop at its planned instant; unloading weighs what was lifted."""
    platform.round = tour(3)
    driving = crew(platform.url, robots=1)
    look(driving, START, REAL)
    assert platform.events == {}
    look(driving, START + timedelta(hours=1, minutes=15), REAL)
    assert [event["stop_id"] for event in platform.events.values()] == [1]
    look(driving, START + timedelta(hours=3), REAL)
    told = list(platform.events.values())
    assert [event["stop_id"] for event in told] == [1, 2, 3, 4]
    assert [event["happened_at"] for event in told] == [f"2026-11-22T08:{n}0:00Z" for n in (1, 2, 3, 4)]
    done = sum(event["kind"] == "done" for event in told[:3])
    assert told[3]["weight_kg"] == (100 * done or None)
    assert driving.robots[0].driven == 4


def test_round_published_late_is_driven_late_at_its_pace(platform: Platform) -> None:
    """Seen an hour and a half late: the first stop is now, the second ten minutes later."""
    platform.round = tour(2)
    driving = crew(platform.url, robots=1)
    late = START + timedelta(hours=2, minutes=40)
    look(driving, late, REAL)
    look(driving, late + timedelta(hours=1), REAL)
    assert [event["happened_at"] for event in platform.events.values()] == [
        "2026-11-22T09:40:00Z", "2026-11-22T09:50:00Z", "2026-11-22T10:00:00Z",
    ]  # fmt: skip


def test_tap_whose_answer_was_lost_is_sent_again_with_the_same_identity(platform: Platform) -> None:
    """The platform heard it, the robot does not know: it says it again, and nothing is doubled."""
    platform.round, platform.lose_next_answer = tour(2), True
    driving = crew(platform.url, robots=1)
    evening = START + timedelta(hours=9)
    look(driving, START, REAL)
    look(driving, evening, REAL)
    assert driving.robots[0].driven == 0
    look(driving, evening, REAL + RETRY)
    assert driving.robots[0].driven == len(platform.events) == 3


def test_event_refused_alone_is_said_and_not_counted(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """One tap of three is refused with a reason: the others count, and it is not sent for ever."""
    platform.round, platform.refused_stops = tour(2), frozenset({2})
    driving = crew(platform.url, robots=1)
    look(driving, START, REAL)
    with caplog.at_level(logging.WARNING):
        look(driving, START + timedelta(hours=9), REAL)
    assert driving.robots[0].driven == 2
    assert driving.robots[0].unsent == []
    assert "Non." in caplog.text


def test_some_stops_cannot_be_done(platform: Platform) -> None:
    """About 4 %, with a reason in French, and never the unloading."""
    platform.round = tour(600)
    driving = crew(platform.url, robots=1)
    look(driving, START, REAL)
    for _ in range(2):  # at most 500 events in one request
        look(driving, START + timedelta(days=9), REAL)
    assert len(platform.events) == driving.robots[0].driven == 601
    refused = [event for event in platform.events.values() if event["kind"] == "not_done"]
    assert 0.25 * NOT_DONE_SHARE < len(refused) / 600 < 2.5 * NOT_DONE_SHARE
    assert all(event["reason"] for event in refused)
    assert all(event["stop_id"] != 601 for event in refused)


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_platform_that_says_no_is_asked_again_later(
    platform: Platform, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No exception; said once however often it happens; not asked again before its time; then it works."""
    platform.status, platform.emptyings = status, [emptying(1)]
    watching = crew(platform.url, robots=1)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert look(watching, START, REAL) == []
        asked = len(platform.asked)
        assert look(watching, START, REAL + RETRY / 2) == []
        assert len(platform.asked) == asked
        assert look(watching, START, REAL + RETRY) == []
    assert len(platform.asked) > asked
    assert len(caplog.messages) == len(set(caplog.messages)) >= 1
    assert PASSWORD not in caplog.text
    platform.status = 200
    assert len(look(watching, START, REAL + 3 * RETRY)) == 1


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'[{"container": 1}]', b"null", b"[1]", b'{"round": {"id": 1}}']
)
def test_a_platform_that_answers_nonsense_does_not_stop_the_trucks(platform: Platform, body: bytes) -> None:
    """Whatever comes back, a value; and things go on once the platform is itself again."""
    driving = crew(platform.url, robots=1)
    look(driving, START, REAL)
    platform.body, platform.emptyings = body, [emptying(1)]
    assert look(driving, START, REAL + 2 * RETRY) == []
    platform.body = None
    assert len(look(driving, START, REAL + 4 * RETRY)) == 1


def test_nobody_answers() -> None:
    """Connection refused, or an address that is none: nothing learnt, nothing raised."""
    for url in ("http://127.0.0.1:9", "file:///etc/hostname"):
        assert look(crew(url, robots=1), START, REAL) == []


def test_session_that_ended_is_opened_again(platform: Platform) -> None:
    """A 401 in the middle of the day signs in anew."""
    watching = crew(platform.url)
    look(watching, START, REAL)
    platform.status = 401
    look(watching, START, REAL)
    platform.status = 200
    platform.emptyings = [emptying(1)]
    assert len(look(watching, START, REAL + RETRY)) == 1
    assert platform.asked.count("/api/v1/session") == 2


def test_wrong_password_is_not_insisted_on(platform: Platform) -> None:
    """One attempt per waiting time, so that an account is not locked by a simulator."""
    watching = crew(platform.url, password="wrong")
    for _ in range(5):
        assert look(watching, START, REAL) == []
    assert platform.asked == ["/api/v1/session"]
