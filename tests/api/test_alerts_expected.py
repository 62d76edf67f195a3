"""The worker's pass over forecasts and emptyings.

What opens, what clears, and that without them it does nothing.
"""

from datetime import timedelta

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.alerts.expected import expect
from store.connection import connect
from tests.api.little_territory import container_id, now

pytestmark = pytest.mark.db

FORECASTS = """
    CREATE TABLE IF NOT EXISTS container_forecast (
        container_id integer PRIMARY KEY, made_at timestamptz NOT NULL, level_at timestamptz NOT NULL,
        estimated boolean NOT NULL, full_early timestamptz, full_at timestamptz, full_late timestamptz,
        ends timestamptz[] NOT NULL, mean real[] NOT NULL, sd real[] NOT NULL, q10 real[] NOT NULL,
        q50 real[] NOT NULL, q90 real[] NOT NULL, p_overflow real[] NOT NULL)
"""
EMPTYINGS = """
    DO $$ BEGIN
        IF to_regclass('answers.unexplained_emptying') IS NULL THEN
            CREATE VIEW answers.unexplained_emptying AS
            SELECT e.container_id, e.emptied_at, e.before_percent, e.after_percent,
                   e.emptied_at + INTERVAL '12 hours' AS ripe_at
            FROM emptying e
            WHERE e.source = 'level'
              AND NOT EXISTS (SELECT FROM emptying_withdrawn w WHERE w.event_id = e.event_id);
        END IF;
    END $$
"""


def foresee(connection: Connection[DictRow], code: str, *risks: float, made_hours_ago: float = 0) -> None:
    """A forecast whose risk is these at the end of each coming day."""
    days = [now() + timedelta(days=number) for number in range(1, len(risks) + 1)]
    some = [50.0] * len(risks)
    connection.execute(
        """
        INSERT INTO container_forecast (container_id, made_at, level_at, estimated, ends, mean, sd, q10,
                                        q50, q90, p_overflow)
        VALUES (%s, %s, now(), false, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (container_id) DO UPDATE SET p_overflow = excluded.p_overflow, made_at = excluded.made_at
        """,
        (
            container_id(connection, code),
            now() - timedelta(hours=made_hours_ago),
            days,
            *[some] * 5,
            list(risks),
        ),
    )


def plan(connection: Connection[DictRow], code: str, days: float) -> None:
    """A published round that comes by in so many days."""
    at = now() + timedelta(days=days)
    connection.execute(
        """
        WITH p AS (
            INSERT INTO planning (day, stream, vehicle_ids, budget_s, status)
            VALUES (%(at)s::date, 'verre', '{1}', 1, 'done') RETURNING id
        ), r AS (
            INSERT INTO round (planning_id, day, stream, vehicle_id, status, distance_m, duration_s,
                               published_at)
            SELECT p.id, %(at)s::date, 'verre', v.id, 'published', 1, 1, now()
            FROM p, vehicle v LIMIT 1 RETURNING id
        ), s AS (
            INSERT INTO stop (round_id, position, kind, point_id, arrival_at, departure_at, load_l, load_kg)
            SELECT r.id, 1, 'collect', c.point_id, %(at)s, %(at)s, 0, 0 FROM r, container c
            WHERE c.code = %(code)s RETURNING id
        )
        INSERT INTO stop_container (stop_id, container_id, fill_percent, volume_l, weight_kg)
        SELECT s.id, c.id, 50, 1, 1 FROM s, container c WHERE c.code = %(code)s
        """,
        {"at": at, "code": code},
    )


def alerts(dsn: str, kind: str) -> list[tuple[str, str, str | None]]:
    """Column, sentence and end of the alerts of a kind, the oldest first."""
    with connect(dsn) as connection:
        rows = connection.execute(
            "SELECT c.code, a.sentence, a.closed_because"
            " FROM alert a JOIN container c ON c.id = a.container_id WHERE a.kind = %s ORDER BY a.id",
            (kind,),
        ).fetchall()
    return [(row["code"], row["sentence"], row["closed_because"]) for row in rows]


def judge(dsn: str) -> int:
    """One pass, with the worker's own rights."""
    with connect(dsn) as connection:
        connection.execute(
            "GRANT SELECT ON container_forecast, answers.unexplained_emptying TO glaneur_worker"
        )
    with connect(dsn, role="glaneur_worker") as connection:
        return expect(connection)


@pytest.fixture
def ready(territory: Database) -> Database:
    """The little territory with somewhere to write forecasts and to read emptyings."""
    with connect(territory.dsn) as connection:
        connection.execute(FORECASTS)
        connection.execute(EMPTYINGS)
    return territory


def test_without_forecasts_it_does_nothing(territory: Database) -> None:
    """An installation that has not learned anything yet is not disturbed."""
    with connect(territory.dsn) as connection:
        connection.execute("DROP VIEW IF EXISTS answers.unexplained_emptying")
        connection.execute("DROP TABLE IF EXISTS container_forecast CASCADE")
    with connect(territory.dsn, role="glaneur_worker") as connection:
        assert expect(connection) == 0


def test_an_overflow_before_the_next_service(ready: Database) -> None:
    """The same forecast is an alert where the truck comes late, and none where it comes tomorrow."""
    with connect(ready.dsn) as connection:
        for code in ("V1", "V2", "V3"):
            foresee(connection, code, 0.05, 0.2, 0.4, 0.8, 0.9)
        plan(connection, "V1", 0.5)
        plan(connection, "V2", 2.5)
    assert judge(ready.dsn) == 2
    found = alerts(ready.dsn, "overflow")
    assert [code for code, _, _ in found] == ["V2", "V3"]
    assert "40 chances sur 100, remplie à 74" in found[0][1]
    assert "sans collecte prévue d’ici là" in found[1][1]
    assert judge(ready.dsn) == 0
    with connect(ready.dsn) as connection:
        plan(connection, "V3", 0.5)
        foresee(connection, "V2", 0.0, 0.0, 0.2, 0.4, 0.5)
    assert judge(ready.dsn) == 1
    assert [end is None for _, _, end in alerts(ready.dsn, "overflow")] == [True, False]


def test_a_stale_forecast_warns_of_nothing(ready: Database) -> None:
    """Forecasts that stopped coming open no alert, and close the one they opened."""
    with connect(ready.dsn) as connection:
        foresee(connection, "V3", 0.9, 0.9, 0.9, 0.9)
    assert judge(ready.dsn) == 1
    with connect(ready.dsn) as connection:
        foresee(connection, "V3", 0.9, 0.9, 0.9, 0.9, made_hours_ago=30)
    assert judge(ready.dsn) == 1
    assert alerts(ready.dsn, "overflow")[0][2] == "Plus aucune prévision pour cette colonne."


def empty(connection: Connection[DictRow], code: str, hours_ago: float) -> None:
    """The level fell."""
    connection.execute(
        "INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent)"
        " VALUES (gen_random_uuid(), %s, %s, 'level', 84, 6)",
        (container_id(connection, code), now() - timedelta(hours=hours_ago)),
    )


def test_an_emptying_nobody_explains(ready: Database) -> None:
    """Asked about once it is ripe, closed when it is explained, and not asked about again."""
    with connect(ready.dsn) as connection:
        empty(connection, "V1", 3)
        empty(connection, "V2", 20)
        empty(connection, "V3", 24 * 30)
    assert judge(ready.dsn) == 1
    ((code, sentence, end),) = alerts(ready.dsn, "unexplained_emptying")
    assert (code, end) == ("V2", None)
    assert "de 84\u00a0% à 6\u00a0%" in sentence
    with connect(ready.dsn) as connection:
        connection.execute(
            "UPDATE alert SET closed_at = now(), closed_because = 'Vu.' WHERE kind = 'unexplained_emptying'"
        )
    assert judge(ready.dsn) == 0
    with connect(ready.dsn) as connection:
        connection.execute("UPDATE alert SET closed_at = NULL WHERE kind = 'unexplained_emptying'")
        connection.execute("INSERT INTO emptying_withdrawn SELECT event_id, now() FROM emptying")
    assert judge(ready.dsn) == 1
    assert alerts(ready.dsn, "unexplained_emptying")[0][2] == "Le vidage a été expliqué."
