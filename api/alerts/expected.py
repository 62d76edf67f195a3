"""Open and close the alerts that no single reading opens: overflows expected, emptyings unexplained.

The conditions are `fill.expected`'s; this module moves rows between them and the database. Where the
forecasts or the view of emptyings are not there, it does nothing.
"""

from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.kinds import OVERFLOW, UNEXPLAINED, Setting, settings_now
from api.alerts.telling import tell_pages
from fill.expected import Outlook, overflow_clears, overflow_opens, unexplained_clears, unexplained_opens
from store.clock import read_clock
from store.queries import named_queries

HORIZON = timedelta(days=3)
"""How far a risk counts where no service is planned: the time it takes to send a truck."""
ASKED = timedelta(days=7)
"""An emptying older than this is not asked about any more."""

_SQL = named_queries("api.alerts", "expected.sql")


def expect(connection: Connection[DictRow]) -> int:
    """Judge every container once; return how many alerts were opened or closed. Commits."""
    now = read_clock(connection).now()
    settings = settings_now(connection)
    touched: list[int] = []
    if _there(connection, "forecast_is_there"):
        touched += _overflows(connection, settings[OVERFLOW], now)
    if _there(connection, "emptyings_are_there"):
        touched += _emptyings(connection, settings[UNEXPLAINED], now)
    tell_pages(connection, touched)
    connection.commit()
    return len(touched)


def _there(connection: Connection[DictRow], question: str) -> bool:
    row = connection.execute(_SQL[question]).fetchone()
    return row is not None and bool(row["there"])


def _overflows(connection: Connection[DictRow], setting: Setting, now: datetime) -> list[int]:
    touched = []
    parameters = {"now": now, "horizon": now + HORIZON, "kind": OVERFLOW}
    for row in connection.execute(_SQL["outlooks"], parameters).fetchall():
        outlook = None
        if row["risk_percent"] is not None:
            outlook = Outlook(
                risk_percent=row["risk_percent"],
                before=row["before"],
                planned=row["planned"],
                fill_percent=row["fill_percent"],
            )
        if row["alert_id"] is not None:
            because = overflow_clears(outlook, setting.clears_at or 0)
            moved = because is not None and _close(connection, row, because, now)
        else:
            why = None if outlook is None else overflow_opens(outlook, setting.opens_at or 100)
            moved = why is not None and _open(connection, row["id"], OVERFLOW, why, now)
        if moved:
            touched.append(row["id"])
    return touched


def _emptyings(connection: Connection[DictRow], setting: Setting, now: datetime) -> list[int]:
    touched = []
    parameters = {"kind": UNEXPLAINED, "since": now - ASKED}
    for row in connection.execute(_SQL["unexplained"], parameters).fetchall():
        if row["alert_id"] is not None:
            still = row["emptied_at"] is not None
            because = unexplained_clears(row["opened_at"], now, still, setting.clears_at or 0)
            moved = because is not None and _close(connection, row, because, now)
        else:
            moved = _ask(connection, row, setting, now)
        if moved:
            touched.append(row["id"])
    return touched


def _ask(connection: Connection[DictRow], row: DictRow, setting: Setting, now: datetime) -> bool:
    if now < row["ripe_at"]:
        return False
    why = unexplained_opens(
        row["emptied_at"], now, setting.lasting_s or 0, row["before_percent"], row["after_percent"]
    )
    asked = {"id": row["id"], "kind": UNEXPLAINED, "emptied_at": row["emptied_at"]}
    before = connection.execute(_SQL["told_before"], asked).fetchone()
    if why is None or (before is not None and before["told"]):
        return False
    return _open(connection, row["id"], UNEXPLAINED, why, now)


def _open(connection: Connection[DictRow], container: int, kind: str, sentence: str, now: datetime) -> bool:
    parameters = {"id": container, "kind": kind, "sentence": sentence, "now": now}
    return connection.execute(_SQL["open_alert"], parameters).rowcount > 0


def _close(connection: Connection[DictRow], row: DictRow, because: str, now: datetime) -> bool:
    parameters = {"alert_id": row["alert_id"], "because": because, "now": now}
    return connection.execute(_SQL["close_alert"], parameters).rowcount > 0
