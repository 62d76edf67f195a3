"""The queue as the pages and jobs use it; it is the store's (`store/queue.py`)."""

from store.queue import defer, reach_queue

__all__ = ["defer", "reach_queue"]
