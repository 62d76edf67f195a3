"""The rule books in force, read from the database once and again when one is loaded."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from psycopg import Connection
from psycopg.rows import DictRow

from access.document import Problem
from access.model import Book
from access.rules import book_at, read_book
from api.gate.openings import with_exceptions
from store.queries import named_queries

_SQL = named_queries("api.gate")
NEWEST_BOOKS = _SQL["newest_books"]
"""The rows that `Shelf.put` wants."""


@dataclass(slots=True)
class Shelf:
    """The books read so far; `newest` is the last one loaded when they were."""

    newest: int | None = None
    books: list[Book] = field(default_factory=list)

    def at(self, connection: Connection[DictRow], day: date) -> Book | None:
        """The book of a day."""
        row = connection.execute(_SQL["newest_book"]).fetchone()
        newest = row["id"] if row else None
        if newest != self.newest:
            self.put(newest, connection.execute(NEWEST_BOOKS).fetchall())
        return self.of(day)

    def of(self, day: date) -> Book | None:
        """The book of a day among those read so far."""
        return book_at(self.books, day)

    def put(self, newest: int | None, rows: Iterable[DictRow]) -> None:
        """Put the books of the database on the shelf."""
        found = [(read_book(one["document"]), one["exceptions"]) for one in rows]
        # The books before their number: another thread that sees the number must find them.
        self.books = [with_exceptions(one, days) for one, days in found if isinstance(one, Book)]
        self.newest = newest


def load_book(connection: Connection[DictRow], text: str) -> Book | tuple[Problem, ...]:
    """Put a book in force from its own day; one with a fault is refused whole."""
    book = read_book(text)
    if isinstance(book, Book):
        connection.execute(_SQL["add_book"], {"valid_from": book.valid_from, "document": text})
    return book
