"""Tell open pages that a planning or a round changed; sent when the transaction commits."""

import json
from datetime import date

from psycopg import Connection
from psycopg.rows import DictRow


def notify_planning(connection: Connection[DictRow], planning_id: int) -> None:
    """Say that this planning has news."""
    _notify(connection, {"topic": "planning", "planning": planning_id})


def notify_round(connection: Connection[DictRow], round_id: int, day: date) -> None:
    """Say that this round has news; `day` lets a page ignore the others."""
    _notify(connection, {"topic": "round", "round": round_id, "day": day.isoformat()})


def _notify(connection: Connection[DictRow], event: dict[str, object]) -> None:
    connection.execute("SELECT pg_notify('glaneur_live', %s)", (json.dumps(event),))
