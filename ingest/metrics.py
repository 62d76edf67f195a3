"""What ingest counts for Prometheus, and whether it is ready. Few fixed labels: no topic, no serial."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from prometheus_client import Counter, Gauge, Histogram

from ingest.batch import Written

MESSAGES = Counter("glaneur_ingest_messages", "What messages became, once committed.", ["outcome"])
BATCHES = Counter("glaneur_ingest_batches", "Batches committed and acknowledged.")
DELAY_S = Histogram(
    "glaneur_ingest_delay_seconds",
    "From the reception of the oldest message in hand to its commit, outages of the database included.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600),
)
CONNECTED = Gauge("glaneur_ingest_broker_connected", "Links to the broker that are open.")
LAST_BATCH = Gauge("glaneur_ingest_last_batch_timestamp_seconds", "When a batch was last committed.")

_WAITING_S = 15.0
_links: list[int] = []  # one item for each open link
_held: deque[list[float]] = deque()  # what is received and not committed: how many messages, since when


@contextmanager
def connected() -> Iterator[None]:
    """Tell that the link to the broker is open, for as long as it is; what was held is then the broker's."""
    _links.append(1)
    CONNECTED.set(len(_links))
    try:
        yield
    finally:
        _links.pop()
        _held.clear()
        CONNECTED.set(len(_links))


def received(messages: int) -> None:
    """Note that messages are in hand."""
    if messages > 0:
        _held.append([messages, time.monotonic()])


def settled(messages: int) -> None:
    """Note that as many messages, the oldest, are committed and acknowledged."""
    now, left = time.monotonic(), messages
    if _held and messages:
        # The exemplar of a slow one says how many messages came with it.
        DELAY_S.observe(now - _held[0][1], {"messages": str(messages)})
    while _held and left > 0:
        taken = min(left, _held[0][0])
        left -= int(taken)
        _held[0][0] -= taken
        if _held[0][0] <= 0:
            _held.popleft()


def committed(written: Written) -> None:
    """Count what a batch became."""
    for outcome, count in asdict(written).items():
        MESSAGES.labels(outcome).inc(count)
    BATCHES.inc()
    LAST_BATCH.set_to_current_time()


def problems() -> list[str]:
    """Return what keeps ingest from working now."""
    found = [] if _links else ["no link to the broker"]
    if _held and time.monotonic() - _held[0][1] > _WAITING_S:
        found.append("the database does not take what was received")
    return found
