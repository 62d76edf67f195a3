"""A published round through the little territory, for the driver's tests; rows as planning writes them.

Stops: 0 start, 1 Place du Lavoir (V1), 2 Rue des Tilleuls (V2), 3 pause, 4 Parking du Stade (V3), 5 quay,
6 return. Today in Paris, departure at 6 h, driver `chauffeur`, truck GRUE-1, 41 km.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.french import PARIS
from store.connection import connect
from tests.api.little_territory import now

STOPS: tuple[tuple[str, str | None, tuple[tuple[str, float], ...]], ...] = (
    ("start", None, ()),
    ("collect", "PAV-1", (("V1", 93.0),)),
    ("collect", "PAV-2", (("V2", 74.0),)),
    ("break", None, ()),
    ("collect", "PAV-3", (("V3", 41.0), ("P2", 60.0))),
    ("unload", None, ()),
    ("end", None, ()),
)


def today() -> date:
    """The day in Paris."""
    return now().astimezone(PARIS).date()


def seed_round(
    dsn: str, *, day: date | None = None, login: str | None = "chauffeur", status: str = "published"
) -> int:
    """Write a round and return its number."""
    with connect(dsn) as connection:
        return add_round(connection, day or today(), login, status)


def add_round(connection: Connection[DictRow], day: date, login: str | None, status: str) -> int:
    """The same on an open connection."""
    row = connection.execute(
        """
        WITH planned AS (
            INSERT INTO planning (day, stream, vehicle_ids, budget_s, status)
            VALUES (%(day)s, 'verre', '{1}', 10, 'done') RETURNING id)
        INSERT INTO round (planning_id, day, stream, vehicle_id, driver_id, status, distance_m, duration_s,
                           published_at)
        SELECT p.id, %(day)s, 'verre', v.id, (SELECT id FROM people.account WHERE login = %(login)s),
               %(status)s, 41200, 14400, CASE WHEN %(status)s <> 'draft' THEN now() END
        FROM planned p, vehicle v WHERE v.code = 'GRUE-1'
        RETURNING id
        """,
        {"day": day, "login": login, "status": status},
    ).fetchone()
    assert row is not None
    leaves = datetime.combine(day, time(6), PARIS)
    for position, (kind, point, fills) in enumerate(STOPS):
        stop_id = _add_stop(connection, row["id"], position, kind, point, leaves)
        for code, fill in fills:
            connection.execute(
                """
                INSERT INTO stop_container (stop_id, container_id, fill_percent, volume_l, weight_kg)
                SELECT %s, id, %s, volume_l * %s / 100, 900 FROM container WHERE code = %s
                """,
                (stop_id, fill, fill, code),
            )
    return int(row["id"])


def _add_stop(
    connection: Connection[DictRow],
    round_id: int,
    position: int,
    kind: str,
    point: str | None,
    leaves: datetime,
) -> int:
    at = leaves + timedelta(minutes=20 * position)
    row = connection.execute(
        """
        INSERT INTO stop (round_id, position, kind, point_id, unloading_site_id, depot_id, arrival_at,
                          departure_at, load_l, load_kg, required, reason)
        VALUES (%(round)s, %(position)s, %(kind)s, (SELECT id FROM point WHERE code = %(point)s),
                CASE WHEN %(kind)s = 'unload' THEN (SELECT id FROM unloading_site LIMIT 1) END,
                CASE WHEN %(kind)s IN ('start', 'end') THEN (SELECT id FROM depot LIMIT 1) END,
                %(at)s, %(at)s, %(position)s * 1000, %(position)s * 300, true, 'Débordera bientôt')
        RETURNING id
        """,
        {"round": round_id, "position": position, "kind": kind, "point": point, "at": at},
    ).fetchone()
    assert row is not None
    return int(row["id"])


def stop_ids(connection: Connection[DictRow], round_id: int) -> list[int]:
    """The round's stops, in order."""
    rows = connection.execute("SELECT id FROM stop WHERE round_id = %s ORDER BY position", (round_id,))
    return [row["id"] for row in rows]


def stored_events(dsn: str) -> list[dict[str, Any]]:
    """Every stop event with its stop's position, in the order they happened."""
    with connect(dsn) as connection:
        return connection.execute(
            """
            SELECT e.event_id, s.position, e.kind, e.reason, e.weight_kg, e.happened_at
            FROM stop_event e LEFT JOIN stop s ON s.id = e.stop_id ORDER BY e.happened_at, e.recorded_at
            """
        ).fetchall()


def tap(stop_id: int, kind: str = "done", **changes: Any) -> dict[str, Any]:
    """An event as a phone sends it, just now."""
    reason = "Inaccessible" if kind == "not_done" else ""
    event = {
        "event_id": str(uuid4()), "stop_id": stop_id, "kind": kind, "reason": reason, "weight_kg": None,
        "happened_at": now().isoformat(),
    }  # fmt: skip
    return event | changes


def send(client: TestClient, *events: dict[str, Any]) -> list[tuple[str, str]]:
    """Send a batch and return (outcome, sentence) of each, having checked they answer in order."""
    answer = client.post("/api/v1/driver/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [one["event_id"] for one in results] == [str(event.get("event_id", "")) for event in events]
    return [(one["outcome"], one["sentence"]) for one in results]


def status_of(territory: Database, round_id: int) -> str:
    """The round's status."""
    with connect(territory.dsn) as connection:
        row = connection.execute("SELECT status FROM round WHERE id = %s", (round_id,)).fetchone()
    assert row is not None
    return str(row["status"])


def emptied(territory: Database, view: str = "answers.emptying_counted") -> list[str]:
    """The codes of the containers whose emptying by a driver counts (or is in the log, for `emptying`)."""
    query = f"SELECT c.code FROM {view} e JOIN container c ON c.id = e.container_id ORDER BY c.code"  # noqa: S608
    with connect(territory.dsn) as connection:
        return [row["code"] for row in connection.execute(query.encode())]
