"""Three gates, away a third of the time, and a server that is killed: each scan once, each counter exact."""

import os
import time
from collections.abc import Callable

import pytest
from services import OwnServices

from tests.chaos.gate_rig import Sites, block_everywhere, saturday, sites

pytestmark = [pytest.mark.db, pytest.mark.broker]

SCANS = int(os.environ.get("GLANEUR_CHAOS_SCANS", "10000"))
Note = Callable[[dict[str, object]], None]


@pytest.mark.timeout(300)
def test_a_short_saturday(own_services: OwnServices, gate_note: Note) -> None:
    """A few hundred scans; API, worker and ingest killed; then a badge is blocked at every gate."""
    storm(own_services, gate_note, 240, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_chaos_of_10000_scans(own_services: OwnServices, gate_note: Note) -> None:
    """The same at length."""
    storm(own_services, gate_note, SCANS, seed=2)


def storm(services: OwnServices, note: Note, count: int, *, seed: int) -> None:
    """Kill the API at a quarter and at three quarters, the worker and ingest half-way."""
    began = time.monotonic()
    # Rights for three scans in four: some are refused by the server, and opened by a gate alone.
    with sites(services, limit=max(1, count * 3 // 480)) as made:
        threads = saturday(made, count, seed)
        for share, victims in ((0.25, ("api",)), (0.5, ("worker", "ingest")), (0.75, ("api",))):
            _wait(made, threads, round(count * share))
            for victim in victims:
                made.members[victim].kill()
        for one in threads:
            one.join(900)
        made.drain(120)
        found = made.check()
        blocked_s = block_everywhere(made, 7)
        alone = [one for one in made.truth if one.alone]
        note(
            {
                "what": "gates", "gates": len(made.gates), "seed": seed, "scans": made.scanned(),
                "decided_alone": len(alone), "opened": sum(one.opened for one in made.truth),
                "asked_twice": made.replays, **found, "api_kills": 2, "worker_kills": 1, "ingest_kills": 1,
                "blocked_after_s": round(blocked_s, 1),
                "seconds": round(time.monotonic() - began),
            }
        )  # fmt: skip
        assert len(alone) >= made.scanned() / 3


def _wait(made: Sites, threads: list, scans: int) -> None:  # type: ignore[type-arg]
    while made.scanned() < scans and any(one.is_alive() for one in threads):
        time.sleep(0.05)
