"""What was acknowledged to a publisher is stored, once, whatever is killed meanwhile."""

import random
import time

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from services import OwnServices

from tests.chaos.rig import Message, Rig, messages, rig, storm

# The ordinary run has its own crash test (tests/ingest); these take minutes.
pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.long]

# What a growing backlog would pass in seconds; an idle or loaded process was seen to hold 49 to 56 MB.
ROOM_BYTES = 50_000_000


@pytest.mark.timeout(300)
def test_storm_of_20000_messages(own_services: OwnServices) -> None:
    """Ingest, PostgreSQL and the broker killed in turn: stored = acknowledged, duplicates 0."""
    weather(own_services, 20_000, seed=1, members=1)


@pytest.mark.timeout(300)
def test_two_members_one_killed_at_random(own_services: OwnServices) -> None:
    """Two processes on one shared subscription, one killed every few seconds: the same holds."""
    weather(own_services, 20_000, seed=2, members=2, servers=False)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("members", [1, 2])
def test_chaos_of_200000_messages(own_services: OwnServices, seed: int, members: int) -> None:
    """The same at length, with one process and with two."""
    weather(own_services, 200_000, seed=seed, members=members)


def weather(services: OwnServices, count: int, *, seed: int, members: int, servers: bool = True) -> None:
    """Publish `count` messages through a storm and judge what is left."""
    with rig(services, members) as made:
        thread = made.publish(messages(count), rate=2_000)
        kills = storm(made, thread, random.Random(seed), servers=servers)
        made.settle_down(count)
        made.check(count)
    assert kills >= 3


@pytest.mark.timeout(300)
def test_outage_of_20_seconds(own_services: OwnServices) -> None:
    """PostgreSQL away at 200 messages a second: nothing lost, memory bounded, recovery said."""
    outage(own_services, seconds=20)


@pytest.mark.timeout(1800)
def test_chaos_outage_of_10_minutes(own_services: OwnServices) -> None:
    """The same for ten minutes: 120,000 messages wait in the broker."""
    outage(own_services, seconds=600)


def outage(services: OwnServices, seconds: int) -> None:
    """Stop PostgreSQL for so long while 200 messages a second come, then look at everything."""
    with rig(services) as made:
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
        made.check(count)
        assert highest - before < ROOM_BYTES
        assert "database away" in made.words()
        assert "database back after" in made.words()


def resident(made: Rig) -> int:
    """Bytes of memory the ingest process holds."""
    process = made.members[0].process
    assert process is not None
    return int(psutil.Process(process.pid).memory_info().rss)


@pytest.mark.timeout(120)
def test_poison_never_fills_the_window(own_services: OwnServices) -> None:
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
