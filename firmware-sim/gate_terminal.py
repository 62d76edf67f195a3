"""A gate: what it remembers, how it decides alone, what it writes in its journal. Knows no network.

Its clock is wrong as it likes; its journal has a counter of its own and is forgotten line by line, once
each is taken. What is in `Memory` survives its power; the rest does not.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from gate_list import BadgeList, badge_hash, decide, read_code

CODE_LETTERS = 100  # longer than any card's number or plate


@dataclass(slots=True)
class Memory:
    """What a power cut does not take."""

    boot: int = 0
    seq: int = 0
    journal: deque[bytes] = field(default_factory=deque)
    badges: BadgeList | None = None


@dataclass(slots=True)
class Terminal:
    """One gate. `true_now` is the world's clock, which it cannot read; `clock_error` is its own fault."""

    name: str
    badge_key: bytes
    true_now: Callable[[], datetime]
    clock_error: timedelta = timedelta()
    fallback: str = "refuse"
    public: Ed25519PublicKey | None = None
    memory: Memory = field(default_factory=Memory)
    started_at: datetime = field(init=False)
    codes: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Power comes back: another start, another zero of the time since it."""
        self.memory.boot += 1
        self.started_at = self.true_now()
        self.codes.clear()

    def now(self) -> datetime:
        """What its own clock shows."""
        return self.true_now() + self.clock_error

    def scan_time(self) -> str:
        """What its own clock shows, as it is sent."""
        return stamp(self.now())

    def up_ms(self) -> int:
        """Milliseconds since it started, whatever its clock shows."""
        return (self.true_now() - self.started_at) // timedelta(milliseconds=1)

    def scan(self, name: UUID, badge: str, **more: Any) -> dict[str, Any]:
        """A badge or a code is shown."""
        return {"id": str(name), "at": stamp(self.now()), "badge": badge} | more

    def alone(self, badge: str) -> tuple[bool, str]:
        """Whether it opens without asking anybody, and by which rule."""
        at = self.now()
        if len(badge) < CODE_LETTERS:
            return decide(self.memory.badges, badge_hash(badge, self.badge_key), at, self.fallback)
        code = None if self.public is None else read_code(badge, self.public)
        if code is None:
            return False, "forged_code"
        if not code.holds(at):
            return False, "expired_code"
        digest = hashlib.sha256(badge.strip().upper().encode()).digest()
        if digest in self.codes:
            return False, "replayed_code"
        opens, rule = decide(self.memory.badges, code.badge, at, self.fallback)
        if opens:
            self.codes.add(digest)
        return opens, rule

    def note(self, scan: dict[str, Any], opened: bool) -> bytes:
        """Write a line in the journal: never a number, only what stands for it."""
        told = {key: value for key, value in scan.items() if key != "badge"}
        badge = scan["badge"]
        if len(badge) < CODE_LETTERS:
            told["badge_hash"] = badge_hash(badge, self.badge_key).hex()
        else:
            told["code"] = badge
        self.memory.seq += 1
        line = {
            "v": 1, "seq": self.memory.seq, "boot": self.memory.boot, "up_ms": self.up_ms(),
            "opened": opened, "scan": told,
        }  # fmt: skip
        written = json.dumps(line, separators=(",", ":")).encode()
        self.memory.journal.append(written)
        return written

    def beat(self) -> bytes:
        """Its clock, for whoever listens at this very moment."""
        version = None if self.memory.badges is None else self.memory.badges.version
        beat = {
            "v": 1,
            "at": stamp(self.now()),
            "boot": self.memory.boot,
            "up_ms": self.up_ms(),
            "list": version,
        }
        return json.dumps(beat, separators=(",", ":")).encode()


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, with what the clock has below the second."""
    return at.astimezone(UTC).isoformat()
