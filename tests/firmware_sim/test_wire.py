"""The probe's own encoder against the written contract: the table of ingest/README.md, read here anew."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from equipment import read_equipment
from hypothesis import given, settings
from hypothesis import strategies as st
from territory_plan import territory
from wire import Message, encode, rfc3339, status_topic, up_topic
from world import due, world

CONTRACT = (Path(__file__).parents[2] / "ingest/README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| \w+ \| `(\S+)` \| (\S+) … (\S+) \|", re.MULTILINE)
RANGES = {
    name: (unit, *(float(bound.replace(",", "").replace("−", "-")) for bound in (low, high)))
    for name, unit, low, high in ROW.findall(CONTRACT)
}
START = datetime(2026, 11, 22, 7, tzinfo=UTC)


def check(payload: bytes) -> dict[str, Any]:
    """Hold one payload against the contract's table; return it."""
    assert len(payload) <= 4096
    document: dict[str, Any] = json.loads(payload.decode("utf-8"))
    assert document["v"] == 1
    assert isinstance(document["boot"], int)
    assert 0 <= document["boot"] < 2**31
    assert isinstance(document["seq"], int)
    assert 0 <= document["seq"] < 2**63
    assert datetime.fromisoformat(document["time"]).tzinfo is not None
    for name, (unit, low, high) in RANGES.items():
        if "error" in document[name]:
            assert name == "distance"
            assert document[name] in ({"error": "no_echo"}, {"error": "blind_zone"})
        else:
            assert document[name]["unit"] == unit
            assert low <= document[name]["value"] <= high
    return document


def test_the_contract_was_understood() -> None:
    """The six measured quantities of the README are the six we check."""
    assert set(RANGES) == {"distance", "temperature", "battery", "tilt", "rssi", "snr"}


def test_topics_are_the_contract_s() -> None:
    """The README's two topics, with the serial filled in."""
    for topic in (up_topic("GLN-0001"), status_topic("GLN-0001")):
        assert topic.replace("GLN-0001", "{serial}") in CONTRACT


def test_three_weeks_of_the_whole_fleet_respect_the_contract() -> None:
    """Some 22,000 messages, faults, fires and lifts included."""
    stage = world(read_equipment(territory(4)), seed=4, start=START, history=timedelta(days=21))
    told = [check(encode(one)) for one in due(stage, START) if isinstance(one, Message)]
    assert len(told) > 20_000
    assert any("error" in document["distance"] for document in told)


@settings(max_examples=50, deadline=None)
@given(
    at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1)),  # noqa: DTZ001
    zone=st.integers(-12, 14),
)
def test_instants_survive(at: datetime, zone: int) -> None:
    """Whatever zone it came in, the written time is the same instant, to the second."""
    aware = at.replace(microsecond=0, tzinfo=timezone(timedelta(hours=zone)))
    assert datetime.fromisoformat(rfc3339(aware)) == aware
