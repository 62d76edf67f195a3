"""The command line: a scan in, a decision out, so that a dispute is one file.

    python -m access BOOK.toml… < scan.json > decision.json
    python -m access check BOOK.toml…

`scan.json` holds `holder` (null: unknown badge), `scan`, and `passages`, those already counted. Exit: 0 open,
or the books are sound; 1 refused, or a fault is printed; 2 unreadable command.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from access.allowances import count, windows
from access.calendar import PARIS
from access.decide import decide
from access.document import Problem, read, write
from access.model import Book, Decision, Holder, Passage, Scan
from access.rules import book_at, read_book


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The document on standard input."""

    scan: Scan
    holder: Holder | None = None
    passages: tuple[Passage, ...] = ()


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m access", description="Judge a scan by rule books.")
    parser.add_argument("books", nargs="+", metavar="[check] BOOK.toml")
    names: list[str] = parser.parse_args(arguments).books
    checking = names[0] == "check"
    books, faults = _books([Path(one) for one in names[checking:]])
    for name, fault in faults:
        print(f"{name}: {fault}", file=sys.stderr)
    if faults or checking:
        return 1 if faults else 0
    try:
        case = read(Case, json.loads(sys.stdin.buffer.read()))
    except (ValueError, RecursionError) as error:
        case = (Problem("", f"is not JSON: {error}"),)
    if not isinstance(case, Case):
        print("\n".join(map(str, case)), file=sys.stderr)
        return 1
    decision = judged(books, case)
    print(json.dumps(write(decision), ensure_ascii=False, indent=1))
    return 0 if decision.opens else 1


def judged(books: list[Book], case: Case) -> Decision:
    """Decide a case by the book in force on its day, counting the passages it lists."""
    book = book_at(books, case.scan.at.astimezone(PARIS).date())
    if book is None or case.holder is None:
        return decide(book, case.holder, case.scan, {})
    return decide(book, case.holder, case.scan, count(windows(book, case.holder, case.scan), case.passages))


def _books(paths: list[Path]) -> tuple[list[Book], list[tuple[str, Problem]]]:
    books, faults = [], []
    for path in paths:
        found = read_book(path.read_text(encoding="utf-8"))
        if isinstance(found, Book):
            books.append(found)
        else:
            faults += [(path.name, one) for one in found]
    return books, faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
