"""`python -m store migrate|snapshot|territory|keep DAYS`: the schema from a shell.

The DSN is GLANEUR_DATABASE.

`keep` drops raw readings older than so many days, for ever; their hours and days stay.
"""

import json
import os
import sys

from store.clock import read_clock
from store.connection import connect
from store.migrate import ChangedHistory, migrate
from store.rollups import drop_readings
from store.snapshot import dump_schema
from store.territory import BadTerritory, load_territory

USAGE = (
    "usage: GLANEUR_DATABASE=postgresql://…"
    " python -m store migrate | snapshot | territory < document.json | keep DAYS"
)


def main(arguments: list[str]) -> int:
    """Run one command; exit status 2 for a wrong call, 1 for a refused one."""
    dsn = os.environ.get("GLANEUR_DATABASE", "")
    keeping = len(arguments) == 2 and arguments[0] == "keep" and arguments[1].isdecimal()
    if not dsn or not (keeping or arguments in (["migrate"], ["snapshot"], ["territory"])):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        match arguments[0]:
            case "migrate":
                report = migrate(dsn)
                print(f"{len(report.applied)} migration(s) applied; edition {report.edition}")
            case "snapshot":
                print(dump_schema(dsn), end="")
            case "keep":
                with connect(dsn, autocommit=True) as connection:
                    now = read_clock(connection).now()
                    kept_from = drop_readings(connection, now, int(arguments[1]))
                print(f"raw readings are kept from {kept_from.isoformat()}")
            case _:
                with connect(dsn) as connection:
                    print(json.dumps(load_territory(connection, json.load(sys.stdin))))
    except (ChangedHistory, BadTerritory, json.JSONDecodeError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
