"""A déchetterie for tests: a small rule book, its terminals, a household with two badges, a firm."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from starlette.responses import Response

from api.app import create_app
from api.gate.books import load_book
from api.gate.holders import import_holders
from api.gate.terminals import add_terminal
from api.settings import Settings
from store.connection import connect

BADGE_KEY, LIST_KEY = "11" * 32, "22" * 32

BOOK = """
name = "Essai"
source = "essai"
valid_from = 2020-01-01
categories = { resident = "Particulier", professional = "Professionnel" }
materials = { green = "Déchets verts", rubble = "Gravats" }

[[vehicles]]
code = "car"
label = "Voiture"

[[sites]]
code = "fruges"
name = "Fruges"

[[sites]]
code = "hucqueliers"
name = "Hucqueliers"

[[allowances]]
id = "passages"
clause = "article 3"
categories = ["resident"]
unit = "passages"
limit = 3
per = "rolling"
rolling_days = 365
warn_left = 1

[[prices]]
id = "rubble"
clause = "article 5"
categories = ["professional"]
unit = "m3"
amount = 20
materials = ["rubble"]
minimum_l = 250
"""
HOLDERS = """reference,category,name,badge
F-1,resident,Famille Un,04A1B2C3
F-1,resident,Famille Un,04A1B2C4
P-1,professional,Maçonnerie,04D1
"""


def settings(dsn: str) -> Settings:
    """An installation with a gate."""
    return Settings(database=dsn, cookie_secure=False, badge_key=BADGE_KEY, list_key=LIST_KEY)  # type: ignore[arg-type]


@dataclass(slots=True)
class Gate:
    """A terminal that speaks to the application."""

    client: TestClient
    key: str
    clock_error_s: float = 0
    ids: list[str] = field(default_factory=list)

    def now(self) -> str:
        """The terminal's own clock."""
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.clock_error_s, UTC).isoformat()

    def scan(self, badge: str, **more: Any) -> dict[str, Any]:
        """A scan as the terminal would write it, new unless it says its `id`."""
        return {"id": str(uuid4()), "at": self.now(), "badge": badge} | more

    def post(self, path: str, **body: Any) -> Response:
        """Send with the terminal's key and clock."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.client.post(f"/api/v1/gate/{path}", json={"sent_at": self.now()} | body, headers=headers)  # type: ignore[return-value]

    def ask(self, badge: str, **more: Any) -> dict[str, Any]:
        """The decision on a scan."""
        answer: Any = self.post("scans", scan=self.scan(badge, **more))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def equip(dsn: str) -> tuple[str, str]:
    """Load the book and the holders; the keys of a terminal at each site."""
    with connect(dsn, role="glaneur_api") as connection:
        load_book(connection, BOOK)
        report = import_holders(
            connection, HOLDERS, bytes.fromhex(BADGE_KEY), frozenset(["resident", "professional"])
        )
        assert (report.holders, report.badges) == (2, 3)
        return (
            add_terminal(connection, "borne-fruges", "fruges"),
            add_terminal(connection, "borne-hucqueliers", "hucqueliers"),
        )


def application(dsn: str) -> TestClient:
    """The application of that installation, to be entered."""
    return TestClient(create_app(settings(dsn)))
