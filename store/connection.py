"""Open connections to PostgreSQL with the least rights a process needs."""

from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

_SESSION: LiteralString = "SET TIME ZONE 'UTC'"


def _prepare(connection: psycopg.Connection[DictRow], role: str | None) -> None:
    connection.execute(_SESSION)
    if role is not None:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    connection.commit()


def connect(
    dsn: str, role: str | None = None, *, autocommit: bool = False, application: str = "glaneur"
) -> psycopg.Connection[DictRow]:
    """Open one connection whose rows are dictionaries, in UTC, acting as `role` when given."""
    connection = psycopg.connect(dsn, row_factory=dict_row, application_name=application)
    _prepare(connection, role)
    connection.autocommit = autocommit
    return connection


def pool(
    dsn: str, role: str | None = None, *, size: int = 8, application: str = "glaneur"
) -> ConnectionPool[psycopg.Connection[DictRow]]:
    """Return an opened pool of at most `size` connections made as `connect` makes them."""
    return ConnectionPool(
        dsn,
        kwargs={"row_factory": dict_row, "application_name": application},
        configure=lambda connection: _prepare(connection, role),
        min_size=1,
        max_size=size,
        open=True,
        check=ConnectionPool.check_connection,
    )


def async_pool(
    dsn: str,
    role: str | None = None,
    *,
    size: int = 8,
    patience_s: float = 2.0,
    application: str = "glaneur",
) -> AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]:
    """Return a pool, to be opened, for who cannot wait: each statement commits, no connection is checked.

    A connection that broke meanwhile fails at its first statement: who uses it tries once more. Whatever
    takes longer than `patience_s`, a connection or a statement, is an error: a late answer is none.
    """

    async def prepare(connection: psycopg.AsyncConnection[DictRow]) -> None:
        await connection.execute(_SESSION)
        limit = sql.SQL("SET statement_timeout = {}").format(sql.Literal(int(patience_s * 1000)))
        await connection.execute(limit)
        if role is not None:
            await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))

    return AsyncConnectionPool(
        dsn,
        kwargs={"row_factory": dict_row, "application_name": application, "autocommit": True},
        configure=prepare,
        min_size=2,
        max_size=size,
        timeout=patience_s,
        open=False,
    )
