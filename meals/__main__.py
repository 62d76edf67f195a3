"""The command line: what is asked in, what travels out, so that a dispute is one file.

    python -m meals < question.json > answer.json
    python -m meals check BOOK_OR_GRID.toml...

Exit: 0 done, 1 a fault is printed, 2 unreadable command.
"""

import argparse
import sys
from pathlib import Path

from meals.document import Question, read, respond, write
from meals.rules import read_book, read_grid


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m meals", description="Settle meals carried home.")
    commands = parser.add_subparsers(dest="command")
    check = commands.add_parser("check", help="look over books of rules and grids of prices")
    check.add_argument("files", nargs="+", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "check":
        return _check(chosen.files)
    question = read(sys.stdin.buffer.read())
    if not isinstance(question, Question):
        print("\n".join(question), file=sys.stderr)
        return 1
    print(write(respond(question)))
    return 0


def _check(files: list[Path]) -> int:
    status = 0
    for path in files:
        text = path.read_text(encoding="utf-8")
        found = read_grid(text) if "[[brackets]]" in text else read_book(text)
        if isinstance(found, tuple):
            status = 1
            print("\n".join(f"{path.name}: {one}" for one in found), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
