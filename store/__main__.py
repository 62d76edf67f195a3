"""`python -m store migrate|snapshot|territory|keep DAYS`: the schema from a shell.

The DSN is GLANEUR_DATABASE.

`keep` drops raw readings older than so many days, for ever; their hours and days stay. It refuses fewer days
than a message may be late (GLANEUR_LATE_DAYS, as ingest has it), and prints how many readings went. Passages
at gates older than GLANEUR_GATE_MONTHS (24) are counted and forgotten at the same time.
"""

import json
import os
import sys

import psycopg
from psycopg.rows import DictRow

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


def _forget_passages(connection: psycopg.Connection[DictRow], months: int) -> int:
    """Count the gates' passages older than so many months, and forget who made them."""
    if not 1 <= months <= 48:
        raise ValueError("GLANEUR_GATE_MONTHS is from 1 to 48")
    row = connection.execute(
        "SELECT answers.forget_passages((date_trunc('day', glaneur_now() AT TIME ZONE 'Europe/Paris')"
        " - make_interval(months => %s)) AT TIME ZONE 'Europe/Paris') AS forgotten",
        (months,),
    ).fetchone()
    return int(row["forgotten"]) if row else 0


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
                    forgotten = _forget_passages(connection, int(os.environ.get("GLANEUR_GATE_MONTHS") or 24))
                print(f"{forgotten} passage(s) at gates only counted from now on")
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
