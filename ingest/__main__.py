"""`python -m ingest`: consume until SIGTERM or SIGINT. Settings come from the environment (README.md).

`python -m ingest retire` ends a member of a shared subscription for good: it takes no new message, writes
what waits in its queue, ends its session at the broker, and exits.
`python -m ingest replay ID…` takes quarantined messages again, `python -m ingest redecode …` reads stored
bytes again: each is a module with its own help.
"""

import logging
import os
import signal
import sys
import threading
from dataclasses import replace

from ingest import metrics, redecode, replay
from ingest.consumer import run
from ingest.reader import read
from ingest.settings import BadSettings, read_settings
from ingest.writer import quicken
from store.metrics import serve

_COMMANDS = {"replay": replay.main, "redecode": redecode.main}


def main(arguments: list[str] | None = None) -> int:
    """Run; exit status 2 when a setting or the call is wrong."""
    leaving = arguments == ["retire"]
    if arguments and not leaving:
        command = _COMMANDS.get(arguments[0])
        if command is None:
            print(f"usage: python -m ingest [retire | {' | '.join(_COMMANDS)}]", file=sys.stderr)
            return 2
        return command(arguments[1:])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = replace(read_settings(os.environ), leaving=leaving)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if settings.metrics is not None:
            serve(settings.metrics, metrics.problems)
        quicken()
        if settings.writers > 1 and not leaving:
            read(settings, stop, os.environ)
        else:
            run(settings, stop)
    except BadSettings as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
