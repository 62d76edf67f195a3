"""What ingest says in its log of its work: counts, and jumps of the clock; never topics, never payloads."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from ingest import metrics
from ingest.batch import Written

_LOG = logging.getLogger("ingest")

_REPORT_S = 10.0
_JUMP_S = 2.0  # more than the system's clock is ever slewed between two looks


class Journal:
    """Counts, in the log at most every ten seconds, and jumps of the clock."""

    def __init__(self, system_clock: Callable[[], datetime]) -> None:
        self._system_clock = system_clock
        self._was_ahead = self._ahead()
        self.total = Written()
        self._told = Written()
        self._since = time.monotonic()

    def note(self, written: Written) -> None:
        """Add a batch."""
        metrics.committed(written)
        self.total += written
        if time.monotonic() - self._since >= _REPORT_S:
            self.report()

    def look(self) -> None:
        """Log when somebody set the system's clock: messages may have been refused for it, or will be."""
        ahead = self._ahead()
        if abs(ahead - self._was_ahead) > _JUMP_S:
            _LOG.warning(
                "the system's clock was set by %+.0f s: messages refused for their time can be taken again"
                " from the quarantine", ahead - self._was_ahead,
            )  # fmt: skip
        self._was_ahead = ahead

    def _ahead(self) -> float:
        return self._system_clock().timestamp() - time.monotonic()

    def report(self) -> None:
        """Log what came since the last report, if anything did."""
        new, seconds = self.total - self._told, time.monotonic() - self._since
        if new != Written():
            counts = ", ".join(f"{count} {name}" for name, count in asdict(new).items() if count)
            _LOG.info("in %.1f s: %s", seconds, counts)
        self._told, self._since = self.total, time.monotonic()
