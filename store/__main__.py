"""`python -m store migrate|snapshot|territory`: the schema from a shell; the DSN is GLANEUR_DATABASE."""

import json
import os
import sys

from store.connection import connect
from store.migrate import ChangedHistory, migrate
from store.snapshot import dump_schema
from store.territory import BadTerritory, load_territory

USAGE = (
    "usage: GLANEUR_DATABASE=postgresql://… python -m store migrate | snapshot | territory < document.json"
)


def main(arguments: list[str]) -> int:
    """Run one command; exit status 2 for a wrong call, 1 for a refused one."""
    dsn = os.environ.get("GLANEUR_DATABASE", "")
    if arguments not in (["migrate"], ["snapshot"], ["territory"]) or not dsn:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        match arguments[0]:
            case "migrate":
                report = migrate(dsn)
                print(f"{len(report.applied)} migration(s) applied; edition {report.edition}")
            case "snapshot":
                print(dump_schema(dsn), end="")
            case _:
                with connect(dsn) as connection:
                    print(json.dumps(load_territory(connection, json.load(sys.stdin))))
    except (ChangedHistory, BadTerritory, json.JSONDecodeError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
