"""A simulated gate: its journal counts, forgets nothing, holds no number; starts and clock are its own."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gate_list import BadgeList, badge_hash, name_of
from gate_terminal import Terminal

KEY = bytes(range(32))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class World:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


def gate(world: World, error: timedelta = timedelta()) -> Terminal:
    """A gate that knows one badge."""
    terminal = Terminal("borne", KEY, world.now, clock_error=error)
    known = {name_of(badge_hash("04A1B2C3", KEY)): ("active", None, None)}
    terminal.memory.badges = BadgeList(1, NOON + timedelta(days=7), known)  # type: ignore[arg-type]
    return terminal


def test_lines_count_and_hold_no_number() -> None:
    """The counter survives a power cut, the number of starts grows, the badge is a hash."""
    world = World()
    terminal = gate(world, timedelta(hours=2))
    first = json.loads(terminal.note(terminal.scan(UUID(int=1), "04:A1:B2:C3"), True))
    terminal.start()
    world.at += timedelta(seconds=90)
    second = json.loads(terminal.note(terminal.scan(UUID(int=2), "04A1B2C3"), False))
    assert [(one["seq"], one["boot"], one["up_ms"], one["opened"]) for one in (first, second)] == [
        (1, 1, 0, True),
        (2, 2, 90_000, False),
    ]
    assert first["scan"]["at"] == "2026-11-21T14:00:00+00:00"
    assert first["scan"]["badge_hash"] == second["scan"]["badge_hash"] == badge_hash("04A1B2C3", KEY).hex()
    assert "badge" not in first["scan"]
    assert len(terminal.memory.journal) == 2


def test_alone_it_opens_for_whom_it_knows() -> None:
    """And no more once its list is too old: then its site's setting decides."""
    world = World()
    terminal = gate(world)
    assert terminal.alone("04-A1-B2-C3") == (True, "open")
    assert terminal.alone("04FFFFFF") == (False, "unknown_badge")
    world.at += timedelta(days=8)
    assert terminal.alone("04A1B2C3") == (False, "no_list")
    terminal.fallback = "open"
    assert terminal.alone("04A1B2C3") == (True, "no_list")
    assert terminal.alone("GLN1" + "A" * 170) == (False, "forged_code")
