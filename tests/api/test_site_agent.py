"""The agent's phone at the server: what it reads, what it tells, once, in order, whatever the network did."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.conftest import sign_in
from tests.api.site_town import FAMILY, FIRM, town

pytestmark = pytest.mark.db


@pytest.fixture
def agent(database: Database) -> Iterator[TestClient]:
    """Sacha, agent, signed in; on both editions."""
    with town(database.dsn) as client:
        yield sign_in(client, "agent")


def iso(minutes: float = 0) -> str:
    """So many minutes from now."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def passage(badge: str, *, minutes: float = 0, **more: Any) -> dict[str, Any]:
    """A passage as the phone keeps it."""
    told = {"kind": "passage", "event_id": str(uuid4()), "at": iso(minutes), "badge": badge, "opened": True}
    return told | {"seen": "server"} | more


def tell(client: TestClient, *events: dict[str, Any], ahead: float = 0) -> list[dict[str, Any]]:
    """Send a batch by a phone whose clock is so many minutes ahead."""
    body = {"site": "fruges", "sent_at": iso(ahead), "events": list(events)}
    answer = client.post("/api/v1/agent/events", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def look(client: TestClient, badge: str, **more: Any) -> dict[str, Any]:
    """What the gate would say."""
    answer = client.post("/api/v1/agent/look", json={"site": "fruges", "at": iso(), "badge": badge} | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows(database: Database) -> list[Any]:
    """The passages as stored."""
    wanted = "opened, rule, override, overruns, offline, brought"
    with connect(database.dsn) as connection:
        found = connection.execute(f"SELECT {wanted} FROM gate.passage ORDER BY received_at, at")  # noqa: S608
        return [tuple(row.values()) for row in found]


def test_a_look_decides_and_records_nothing(agent: TestClient, database: Database) -> None:
    """Decision, category, what is left and what is to pay; the database is as before."""
    family = look(agent, FAMILY)
    assert (family["opens"], family["category"], family["left"][0]["limit"]) == (True, "resident", 3)
    firm = look(agent, FIRM, brought=[{"material": "rubble", "volume_l": 1500}])
    assert (firm["opens"], firm["charges"][0]["amount"]) == (True, "30.00")
    assert not look(agent, FIRM, brought=[{"material": "rubble", "volume_l": 4500}])["opens"]
    assert look(agent, "nobody")["rule"] == "unknown_badge"
    assert rows(database) == []


def test_a_passage_is_recorded_once_and_counted(agent: TestClient, database: Database) -> None:
    """The same event twice is one passage, decided by the server; the counters know it."""
    told = passage(FIRM, brought=[{"material": "rubble", "volume_l": 500}])
    assert [one["outcome"] for one in tell(agent, told, told)] == ["accepted", "accepted"]
    ((opened, rule, _, overruns, offline, brought),) = rows(database)
    assert (opened, rule, overruns, offline) == (True, "open", [], False)
    assert brought[0]["volume_l"] == 500
    state = agent.get("/api/v1/agent/site?site=fruges").json()
    assert state["counters"]["entered"] == 1
    assert state["counters"]["categories"] == {"professional": 1}
    assert state["declares"] == ["professional"]


def test_what_was_decided_offline_stands_and_is_marked(agent: TestClient, database: Database) -> None:
    """Four of three rights, of an hour ago, told by a phone ten minutes ahead: in, and marked."""
    events = [passage(FAMILY, minutes=-60 + n, seen="list") for n in range(4)]
    said = tell(agent, *events, ahead=10)
    assert [one["outcome"] for one in said] == ["accepted"] * 4
    assert "Droit dépassé" in said[3]["sentence"]
    stored = rows(database)
    assert [one[0] for one in stored] == [True] * 4
    assert [one[3] for one in stored] == [[], [], [], ["passages"]]
    assert all(one[4] for one in stored)
    with connect(database.dsn) as connection:
        row = connection.execute("SELECT max(now() - at) AS age FROM gate.passage").fetchone()
    assert row is not None
    assert timedelta(minutes=69) < row["age"] < timedelta(minutes=75)  # the clock's error is taken off


def test_an_override_needs_the_agents_reason(agent: TestClient, database: Database) -> None:
    """Refused by the rules, let in for a reason: recorded as an override, with what it overruled."""
    tell(agent, *[passage(FAMILY) for _ in range(3)])
    assert not look(agent, FAMILY)["opens"]
    tell(agent, passage(FAMILY, override="Consigne de la collectivité"))
    last = rows(database)[-1]
    assert (last[0], last[1], last[2]) == (True, "override", "Consigne de la collectivité")
    tell(agent, passage(FAMILY, opened=False))
    assert rows(database)[-1][:2] == (False, "passages")


def test_skips_and_incidents_are_told_once(agent: TestClient, database: Database) -> None:
    """A full skip asks for its haulage, once; an incident is kept; what cannot be read costs nothing else."""
    with connect(database.dsn) as connection:
        row = connection.execute("SELECT id FROM gate.skip WHERE code = 'FR-V1'").fetchone()
        other = connection.execute("SELECT id FROM gate.skip WHERE code = 'HU-V1'").fetchone()
    assert row and other  # noqa: PT018
    level = {
        "kind": "level",
        "event_id": str(uuid4()),
        "at": iso(),
        "skip": row["id"],
        "percent": 100,
        "full": True,
    }
    again = level | {"event_id": str(uuid4())}
    foreign = level | {"event_id": str(uuid4()), "skip": other["id"]}
    future = level | {"event_id": str(uuid4()), "at": iso(60)}
    incident = {
        "kind": "incident",
        "event_id": str(uuid4()),
        "at": iso(),
        "incident": "depot",
        "sentence": "Pneus\nau portail",
    }
    said = tell(agent, level, level, again, foreign, future, incident, {"kind": "what"})
    outcomes = [one["outcome"] for one in said]
    assert outcomes == ["accepted", "already", "accepted", "refused", "refused", "accepted", "refused"]
    skip = next(one for one in agent.get("/api/v1/agent/site").json()["skips"] if one["code"] == "FR-V1")
    assert (skip["percent"], skip["source"], skip["haulage_status"]) == (100, "seen", "asked")
    with connect(database.dsn) as connection:
        found = connection.execute("SELECT sentence FROM gate.incident").fetchall()
        asked = connection.execute("SELECT count(*) AS n FROM gate.haulage").fetchone()
    assert [one["sentence"] for one in found] == ["Pneus au portail"]
    assert asked == {"n": 1}


def test_bad_words_are_refused_alone(agent: TestClient) -> None:
    """Another site, an impossible load, a person who is no agent."""
    assert agent.get("/api/v1/agent/site?site=nulle-part").status_code == 404
    bad = passage(FIRM, brought=[{"material": "rubble", "volume_l": -5}])
    assert [one["outcome"] for one in tell(agent, bad, passage(FIRM))] == ["refused", "accepted"]
    assert agent.get("/agent").status_code == 200
    assert agent.get("/").status_code == 403
    sign_in(agent, "chauffeur")
    assert agent.get("/agent").status_code == 403
    assert agent.get("/api/v1/agent/site").status_code == 403


def test_the_phone_gets_the_terminals_list(agent: TestClient) -> None:
    """The same signed bytes, the keys to read them, and a worker that keeps the page."""
    state = agent.get("/api/v1/agent/site").json()
    assert set(state["keys"]) == {"public_key", "badge_key"}
    assert len(agent.get("/api/v1/agent/list").content) > 64
    assert "agent" in agent.get("/agent/sw.js").text
    assert agent.get("/agent/app.webmanifest").json()["start_url"] == "/agent"
