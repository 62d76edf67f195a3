"""A message as it came, before anything is known of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """Topic, bytes, and our clock's UTC instant of reception."""

    topic: str
    payload: bytes
    received_at: datetime
