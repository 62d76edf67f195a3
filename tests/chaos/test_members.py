"""What becomes of the share of a member that goes away, and what order between members costs."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from services import OwnServices

from ingest.link import V5, Link
from ingest.settings import BadSettings, Broker, Settings, read_broker, read_settings
from tests.chaos.rig import ROOT, messages, rig

pytestmark = [pytest.mark.db, pytest.mark.broker]


@pytest.mark.timeout(180)
def test_a_retired_member_leaves_nothing_behind(own_services: OwnServices) -> None:
    """Its queue is written, its session is over, and the other gets everything from then on."""
    with rig(own_services, members=2) as made:
        for member in made.members:
            member.end()
        wanted = messages(2_000)
        made.publish(wanted[:1_000], rate=5_000).join(60)
        leaving = made.members[1]
        command = [sys.executable, "-m", "ingest", "retire"]
        done = subprocess.run(command, env=leaving.environment, cwd=ROOT, timeout=60, capture_output=True)
        assert (done.returncode, made.count()) == (0, 500)
        assert b"retired" in done.stderr
        made.publish(wanted[1_000:], rate=5_000).join(60)
        made.members[0].start()
        made.settle_down(2_000, 60)
        assert (made.sent, made.count()) == ([1_000, 1_000], 2_000)
        # Come back, it is a stranger to the broker.
        broker = read_broker(made.mosquitto.url)
        link = Link(Settings(database="", broker=broker, client_id="ingest-1"), V5, lambda: datetime.now(UTC))
        link.open()
        assert link.take(0.5) == []
        link.close()


@pytest.mark.timeout(180)
def test_an_absent_member_finds_its_share(own_services: OwnServices) -> None:
    """Killed, away while everything is published, and back: stored = acknowledged, state = last reading."""
    with rig(own_services, members=2) as made:
        made.members[1].end()
        made.publish(messages(4_000), rate=5_000).join(60)
        made.settle_down(2_000, 60)
        assert made.count() == 2_000
        made.members[1].start()
        made.settle_down(4_000, 60)
        made.check(4_000)


def test_a_share_that_would_lose_is_refused() -> None:
    """A session that may expire, or a name that two processes would fight for."""
    with pytest.raises(BadSettings, match="throws away"):
        Settings(database="", broker=Broker(host="h"), client_id="a", share="g", session_expiry_s=60)
    nameless = {"GLANEUR_DATABASE": "d", "GLANEUR_BROKER": "mqtt://h", "GLANEUR_SHARE": "g"}
    with pytest.raises(BadSettings, match="GLANEUR_CLIENT_ID"):
        read_settings(nameless)
