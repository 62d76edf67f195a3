"""How long meals' data name somebody, each kind by its own reason, and the worker's nightly pass.

The worker reads nobody: it calls `answers.forget_meals` (`store/sql/views/meals_office.sql`).
"""

import logging
from datetime import datetime

from procrastinate import App
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

SQL = named_queries("api.cias", "erasure.sql")
_log = logging.getLogger(__name__)


class Kept(BaseSettings):
    """Months for which each thing is kept; every field is an environment variable `GLANEUR_MEALS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="GLANEUR_MEALS_", frozen=True)

    files: int = Field(
        default=24,
        ge=1,
        le=120,
        description="a file after the service ended (CNIL, référentiel social: two years after the last one)",
    )
    requests: int = Field(
        default=24, ge=6, le=60, description="orders and absences: a bill can be contested; bills look back"
    )
    doors: int = Field(
        default=12, ge=1, le=60, description="what drivers noted at doors, closed concerns, sent notices"
    )
    plans: int = Field(default=3, ge=1, le=24, description="routing problems and plans, with places")
    temperatures: int = Field(
        default=36, ge=6, le=120, description="cold chain: proof of control (regulation 852/2004, art. 5)"
    )
    readings: int = Field(
        default=12, ge=6, le=36, description="log of readings (CNIL, délibération 2021-122: 6 to 12 months)"
    )
    bills: int = Field(
        default=120,
        ge=120,
        le=240,
        description="who owed a bill: ten years of accounts (code de commerce, L123-22)",
    )


def add_meal_retention(app: App, dsn: str) -> None:
    """Give the worker's application its nightly pass."""

    @app.periodic(cron="47 3 * * *")
    @app.task(name="forget_meals", queueing_lock="forget_meals")
    def forget_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            forget(connection, read_clock(connection).now(), Kept())


def forget(connection: Connection[DictRow], now: datetime, kept: Kept) -> dict[str, int]:
    """Forget what is past its age; how many of each."""
    wanted = {"now": now, "months": Jsonb(kept.model_dump())}
    rows = connection.execute(SQL["forget_meals"], wanted).fetchall()
    connection.commit()
    gone = {row["what"]: int(row["gone"]) for row in rows}
    _log.info("meals forgotten: %s", ", ".join(f"{what} {count}" for what, count in gone.items()))
    return gone
