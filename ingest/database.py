"""The database as ingest reaches it: one connection, made when it is wanted and let go of when it fails."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow

from ingest.batch import Written, prepare, write_surely
from ingest.directory import Kept
from ingest.letter import Letter
from ingest.message import Limits
from ingest.states import Known
from ingest.uplinks import Networks
from store.clock import REAL, Clock, read_clock
from store.connection import connect

_ROLE = "glaneur_ingest"
# A server that vanished without a word must be noticed in half a minute, not in the system's two hours.
_IMPATIENCE = {
    "connect_timeout": "10", "tcp_user_timeout": "30000",
    "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3",
}  # fmt: skip


def system_clock() -> datetime:
    """Return the system's instant."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Reached:
    """The connection, made when it is wanted, and the platform's clock it told."""

    dsn: str
    networks: Networks
    system_clock: Callable[[], datetime] = system_clock
    connection: psycopg.Connection[DictRow] | None = None
    clock: Clock = REAL
    known: Known = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)

    def now(self) -> datetime:
        """Return the platform's instant."""
        return self.clock.shown(self.system_clock())

    def reach(self) -> psycopg.Connection[DictRow]:
        """Return the connection, made anew when the last one failed; raises `psycopg.Error`."""
        if self.connection is None:
            dsn = make_conninfo(self.dsn, **{**_IMPATIENCE, **conninfo_to_dict(self.dsn)})
            self.connection = connect(dsn, _ROLE, autocommit=True, application="glaneur-ingest")
            with self._closing_on_error():
                self.clock = read_clock(self.connection)
                prepare(self.connection)
        return self.connection

    def write(self, letters: Sequence[Letter], limits: Limits) -> Written:
        """Write a batch; raises `psycopg.Error` when the database fails, and lets go of it then."""
        connection = self.reach()
        with self._closing_on_error():
            return write_surely(connection, letters, limits, self.known, self.networks, self.kept)

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        # Even a connection that seems well: it may lead to a server that is no longer the one that writes.
        try:
            yield
        except psycopg.Error:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.known, self.kept = {}, Kept()
