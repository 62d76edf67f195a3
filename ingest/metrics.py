"""What ingest counts for Prometheus, and whether it is ready. Few fixed labels: no topic, no serial."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from ingest.batch import Written

MESSAGES = Counter("glaneur_ingest_messages", "What messages became, once committed.", ["outcome"])
BATCHES = Counter("glaneur_ingest_batches", "Batches committed and acknowledged.")
BATCH_S = Histogram(
    "glaneur_ingest_batch_seconds",
    "From the first try to the commit of a batch, outages of the database included.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
DELAY_S = Histogram(
    "glaneur_ingest_delay_seconds",
    "From the reception of a batch's oldest message to its commit.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600),
)
CONNECTED = Gauge("glaneur_ingest_broker_connected", "Links to the broker that are open.")
LAST_BATCH = Gauge("glaneur_ingest_last_batch_timestamp_seconds", "When a batch was last committed.")

_WAITING_S = 15.0
_writing_since: dict[int, float] = {}  # by thread: a batch in hand, on the monotonic clock
_links: list[int] = []  # one item for each open link


@contextmanager
def connected() -> Iterator[None]:
    """Tell that the link to the broker is open, for as long as it is."""
    _links.append(1)
    CONNECTED.set(len(_links))
    try:
        yield
    finally:
        _links.pop()
        CONNECTED.set(len(_links))


@contextmanager
def writing() -> Iterator[None]:
    """Measure the writing of a batch; one that does not end makes the process not ready."""
    me, began = threading.get_ident(), time.monotonic()
    _writing_since[me] = began
    try:
        yield
    finally:
        del _writing_since[me]


def committed(written: Written, seconds: float, received: Sequence[datetime], now: datetime) -> None:
    """Count a batch; the exemplar of a slow one says how many messages it held."""
    for outcome, count in asdict(written).items():
        MESSAGES.labels(outcome).inc(count)
    BATCHES.inc()
    size = {"messages": str(len(received))}
    BATCH_S.observe(seconds, size)
    if received:
        DELAY_S.observe(max(0.0, (now - min(received)).total_seconds()), size)
    LAST_BATCH.set_to_current_time()


def problems() -> list[str]:
    """Return what keeps ingest from working now."""
    now, found = time.monotonic(), []
    if not _links:
        found.append("no link to the broker")
    if any(now - began > _WAITING_S for began in tuple(_writing_since.values())):
        found.append("the database does not take a batch")
    return found
