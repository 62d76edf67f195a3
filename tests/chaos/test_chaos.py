"""What was acknowledged to a publisher is stored, once, whatever is killed meanwhile."""

import os
import random
import time
from collections.abc import Callable

import psycopg
import pytest
from services import OwnServices

from tests.chaos.rig import VICTIMS, Message, Rig, messages, rig, storm

pytestmark = [pytest.mark.db, pytest.mark.broker]

# What a growing backlog would pass in seconds; a process was seen to hold 49 to 56 MB, idle or loaded.
ROOM_BYTES = 50_000_000
MESSAGES = int(os.environ.get("GLANEUR_CHAOS_MESSAGES", "200000"))
OUTAGE_S = int(os.environ.get("GLANEUR_CHAOS_OUTAGE_S", "600"))

Note = Callable[[dict[str, object]], None]


@pytest.mark.timeout(300)
def test_a_short_storm(own_services: OwnServices, note: Note) -> None:
    """The reader, a writer, PostgreSQL and the broker killed in turn: stored = acknowledged, once."""
    weather(own_services, note, 8_000, seed=1, members=1, writers=2)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("members", "writers"), [(1, 2), (1, 1), (2, 1)])
def test_chaos_of_200000_messages(
    own_services: OwnServices, note: Note, seed: int, members: int, writers: int
) -> None:
    """The same at length, and in one process; with two of them on a share, the broker is left alone."""
    weather(own_services, note, MESSAGES, seed=seed, members=members, writers=writers)


def weather(services: OwnServices, note: Note, count: int, *, seed: int, members: int, writers: int) -> None:
    """Publish `count` messages through a storm and judge what is left."""
    began = time.monotonic()
    with rig(services, members, writers) as made:
        thread = made.publish(messages(count), rate=2_000)
        kills = storm(made, thread, random.Random(seed))
        made.settle_down(count)
        stored, twice = made.check(count)
        note(
            {
                "what": "storm", "members": members, "writers": writers, "seed": seed, "published": count,
                "acknowledged": sum(made.sent), "stored": stored, "duplicates": twice,
                **{f"{victim}_kills": kills[victim] for victim in VICTIMS},
                "seconds": round(time.monotonic() - began), "memory_mb": None,
            }
        )  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_chaos_outage_of_10_minutes(own_services: OwnServices, note: Note) -> None:
    """PostgreSQL away at 200 messages a second: nothing lost, no process grows, recovery said."""
    began, seconds = time.monotonic(), OUTAGE_S
    with rig(own_services, writers=2) as made:
        count = 200 * (seconds + 10)
        thread = made.publish(messages(count), rate=200)
        made.settle_down(200)
        before = resident(made)
        made.postgres.stop("immediate")
        highest, deadline = before, time.monotonic() + seconds
        while time.monotonic() < deadline:
            highest = max(highest, resident(made))
            time.sleep(0.5)
        made.postgres.start()
        thread.join(120)
        made.settle_down(count)
        highest = max(highest, resident(made))
        stored, twice = made.check(count)
        note(
            {
                "what": f"outage of {seconds} s", "members": 1, "writers": 2, "seed": None,
                "published": count,
                "acknowledged": sum(made.sent), "stored": stored, "duplicates": twice,
                **{f"{victim}_kills": int(victim == "postgres") for victim in VICTIMS},
                "seconds": round(time.monotonic() - began),
                "memory_mb": f"{before / 1e6:.0f} before, {highest / 1e6:.0f} at most",
            }
        )  # fmt: skip
        assert highest - before < ROOM_BYTES
        assert "database away" in made.words()
        assert "database back after" in made.words()


def resident(made: Rig) -> int:
    """Bytes of memory that the reader and its writers hold together."""
    return sum(int(one.memory_info().rss) for one in made.members[0].family())


@pytest.mark.long
@pytest.mark.timeout(120)
def test_chaos_of_poison_that_never_fills_the_window(own_services: OwnServices) -> None:
    """Three times a window of bad messages, all different, among as many good ones: each in its place."""
    good = messages(3_000)
    mixed: list[Message] = []
    for number, one in enumerate(good):
        mixed += [("glaneur/1/GLN-1/up", b"\xff\x00 poison %d" % number), one]
    with rig(own_services) as made:
        made.publish(mixed, rate=5_000).join(60)
        made.settle_down(len(good), 60)
        deadline = time.monotonic() + 60
        with psycopg.connect(made.postgres.dsn(), autocommit=True) as look:
            while time.monotonic() < deadline:
                kept = look.execute("SELECT reason, count(*) FROM quarantine GROUP BY reason").fetchall()
                if kept == [("not_json", len(good))]:
                    break
                time.sleep(0.1)
        assert made.sent == [len(mixed)]
        assert (made.count(), kept) == (len(good), [("not_json", len(good))])
