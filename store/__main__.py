"""`python -m store migrate|snapshot|territory|keep DAYS`: the schema from a shell.

The DSN is GLANEUR_DATABASE.

`keep` drops raw readings older than so many days, for ever; their hours and days stay. It refuses fewer days
than a message may be late (GLANEUR_LATE_DAYS, as ingest has it), and prints how many readings went.
"""

import json
import os
import sys

from store.clock import read_clock
from store.connection import connect
from store.migrate import ChangedHistory, migrate
from store.rollups import NotDropped, drop_readings
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
                late_days = int(os.environ.get("GLANEUR_LATE_DAYS") or 30)
                with connect(dsn, autocommit=True, application="glaneur-keep") as connection:
                    now = read_clock(connection).now()
                    done = drop_readings(connection, now, int(arguments[1]), late_days)
                print(f"{done.readings} raw reading(s) dropped; kept from {done.kept_from.isoformat()}")
            case _:
                with connect(dsn) as connection:
                    print(json.dumps(load_territory(connection, json.load(sys.stdin))))
    except (ChangedHistory, BadTerritory, NotDropped, ValueError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
