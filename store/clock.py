"""The platform's clock: real time in production, faster and shifted in a demonstration.

Every process takes its time from here and every view from `glaneur_now()`, which reads the same row,
so that all agree on what "now" is. See the table `clock`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg.rows import DictRow


@dataclass(frozen=True, slots=True)
class Clock:
    """Shown time = `shown_start` + (real time − `real_start`) × `rate`."""

    real_start: datetime
    shown_start: datetime
    rate: float

    def now(self) -> datetime:
        """Return the instant to show and to compare with, aware UTC."""
        return self.shown(datetime.now(UTC))

    def shown(self, real: datetime) -> datetime:
        """Return what this clock shows when the system's clock shows `real`."""
        return self.shown_start + (real - self.real_start) * self.rate


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
REAL = Clock(real_start=_EPOCH, shown_start=_EPOCH, rate=1.0)


def read_clock(connection: psycopg.Connection[DictRow]) -> Clock:
    """Return the clock set in the database, or real time when none is."""
    row = connection.execute("SELECT real_start, shown_start, rate FROM clock").fetchone()
    return Clock(**row) if row else REAL


def set_clock(connection: psycopg.Connection[DictRow], clock: Clock) -> None:
    """Make `clock` the platform's; running processes read it when they start."""
    connection.execute(
        """
        INSERT INTO clock (real_start, shown_start, rate) VALUES (%s, %s, %s)
        ON CONFLICT (only_row) DO UPDATE
        SET real_start = excluded.real_start, shown_start = excluded.shown_start, rate = excluded.rate
        """,
        (clock.real_start, clock.shown_start, clock.rate),
    )
