"""The database connection of a request: one transaction, committed when the answer is ready."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from psycopg import Connection
from psycopg.rows import DictRow


def _connection(request: Request) -> Iterator[Connection[DictRow]]:
    # Before anything is read: a page made of this transaction asks for the live events that came since.
    request.state.heard = request.app.state.live.heard()
    with request.app.state.pool.connection() as connection:
        yield connection


# scope="function": committed before the answer leaves, so that who reads it sees the change.
Database = Annotated[Connection[DictRow], Depends(_connection, scope="function")]
