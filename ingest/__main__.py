"""`python -m ingest`: consume until SIGTERM or SIGINT. Settings come from the environment (README.md).

`python -m ingest --retire` ends a member of a shared subscription for good: it takes no new message, writes
what waits in its queue, ends its session at the broker, and exits.
"""

import logging
import os
import signal
import sys
import threading
from dataclasses import replace

from ingest.consumer import run
from ingest.settings import BadSettings, read_settings


def main() -> int:
    """Run; exit status 2 when a setting is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = replace(read_settings(os.environ), leaving="--retire" in sys.argv[1:])
    except BadSettings as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(settings, stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
