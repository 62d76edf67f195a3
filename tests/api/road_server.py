"""A small HTTP server that answers as road engines do: recorded replies, or tables made up on the spot.

Made-up roads: 1.4 metres a great-circle metre, 100 m more towards the east, 60 km/h. What it was asked is
kept.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from routing.model import Place
from routing.travel import great_circle_m

DATA = Path(__file__).parents[1] / "data" / "travel"
Answer = tuple[int, bytes]


def recorded(name: str) -> bytes:
    """A reply of tests/data/travel."""
    return (DATA / f"{name}.json").read_bytes()


@dataclass
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class RoadServer:
    """Where it answers, what it was asked, and what it does next."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Answer] = field(default=lambda asked: osrm(asked))
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    @property
    def cells(self) -> int:
        """How many legs were asked for in tables."""
        return sum(
            len(one.query["sources"].split(";")) * len(one.query["destinations"].split(";"))
            for one in self.asked
            if "/table/" in one.path
        )


@contextmanager
def road_server(**replies: str) -> Iterator[RoadServer]:
    """Serve; `replies` gives the recorded reply of each path that ends so, `osrm` answers the rest."""
    server = RoadServer()
    if replies:
        server.answer = lambda asked: (200, recorded(replies[asked.path.strip("/").rpartition("/")[2]]))

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(
                path=parts.path,
                query={name: values[0] for name, values in parse_qs(parts.query).items()},
                headers=dict(self.headers.items()),
                body=json.loads(body) if body else None,
            )
            server.asked.append(asked)
            time.sleep(server.delay_s)
            status, content = server.answer(asked)
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:  # who asked did not wait
                self.close_connection = True

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def osrm(asked: Asked) -> Answer:
    """What OSRM would say of made-up roads."""
    _, service, _, _, points = asked.path.split("/")
    places = [
        Place(id="", lon=float(lon), lat=float(lat))
        for lon, lat in (point.split(",") for point in points.split(";"))
    ]
    return 200, json.dumps(_table(asked, places) if service == "table" else _route(places)).encode()


def made_up_m(a: Place, b: Place) -> float:
    """Metres by the made-up roads."""
    return 0.0 if a == b else 1.4 * great_circle_m(a, b) + (100 if b.lon > a.lon else 0)


def _table(asked: Asked, places: list[Place]) -> dict[str, Any]:
    sources = [places[int(one)] for one in asked.query["sources"].split(";")]
    targets = [places[int(one)] for one in asked.query["destinations"].split(";")]
    metres = [[made_up_m(a, b) for b in targets] for a in sources]
    return {
        "code": "Ok",
        "distances": metres,
        "durations": [[value * 0.06 for value in row] for row in metres],
        "sources": [_waypoint(one) for one in sources],
        "destinations": [_waypoint(one) for one in targets],
    }


def _waypoint(place: Place) -> dict[str, Any]:
    """Places north of 50.6 lie 700 m from any road."""
    return {"distance": 700.2 if place.lat > 50.6 else 4.2, "location": [place.lon, place.lat], "name": ""}


def _route(places: list[Place]) -> dict[str, Any]:
    legs = []
    for a, b in pairwise(places):
        corner = [b.lon, a.lat]
        there = made_up_m(a, b)
        steps = [
            _step("depart", "straight", "Rue du Départ", there, [[a.lon, a.lat], corner, [b.lon, b.lat]]),
            _step("arrive", "right", "", 0.0, [[b.lon, b.lat], [b.lon, b.lat]]),
        ]
        legs.append({"distance": there, "duration": there * 0.06, "steps": steps, "summary": "", "weight": 1})
    line = {"type": "LineString", "coordinates": [[one.lon, one.lat] for one in places]}
    route = {"distance": 1, "duration": 1, "geometry": line, "legs": legs}
    return {"code": "Ok", "routes": [route], "waypoints": [_waypoint(one) for one in places]}


def _step(kind: str, modifier: str, name: str, metres: float, line: list[list[float]]) -> dict[str, Any]:
    return {
        "maneuver": {"type": kind, "modifier": modifier, "location": line[0]},
        "name": name,
        "distance": metres,
        "duration": metres * 0.06,
        "geometry": {"type": "LineString", "coordinates": line},
    }
