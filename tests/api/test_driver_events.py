"""What a driver tells: each tap kept once, refused with a reason, undone without a trace in what counts."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid5

import psycopg
import pytest
from fastapi.testclient import TestClient
from services import Database

from api.french import PARIS
from store.connection import connect
from tests.api.little_round import emptied, seed_round, send, status_of, stop_ids, stored_events, tap, today
from tests.api.little_territory import add_reading, now, set_state

LAVOIR, TILLEULS, PAUSE, STADE, QUAY = 1, 2, 3, 4, 5


@pytest.fixture
def round_id(territory: Database) -> int:
    """A round published for the driver, today."""
    return seed_round(territory.dsn)


@pytest.fixture
def stops(territory: Database, round_id: int) -> list[int]:
    """Its stops, in order."""
    with connect(territory.dsn) as connection:
        return stop_ids(connection, round_id)


def test_what_was_done_is_seen_and_sent_again_changes_nothing(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """The same batch twice, then half of it in another: each event is stored once."""
    batch = [tap(stops[LAVOIR]), tap(stops[TILLEULS], "not_done"), tap(stops[QUAY], weight_kg=2140)]
    assert send(driver, *batch) == [("accepted", "")] * 3
    assert send(driver, *batch) == [("already", "")] * 3
    assert send(driver, batch[1], batch[1], tap(stops[PAUSE])) == [("already", "")] * 2 + [("accepted", "")]
    stored = stored_events(territory.dsn)
    assert [str(event["event_id"]) for event in stored][:3] == [event["event_id"] for event in batch]
    assert len(stored) == 4
    seen = driver.get("/api/v1/driver/round").json()["round"]["stops"]
    assert [(seen[i]["status"], seen[i]["status_reason"], seen[i]["weight_kg"]) for i in (1, 2, 4, 5)] == [
        ("done", "", None), ("not_done", "Inaccessible", None), ("to_do", "", None), ("done", "", 2140),
    ]  # fmt: skip
    assert emptied(territory) == ["V1"]


def test_done_empties_each_container_with_what_was_last_measured_before(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """A tap sent hours late still knows how full the container was, not how empty it is since."""
    before, at, after = (now() - timedelta(minutes=minutes) for minutes in (9, 6, 2))
    with connect(territory.dsn) as connection:
        add_reading(connection, "V3", before, 47.0)
        add_reading(connection, "V3", after, 2.0)
        set_state(connection, "V3", measured_at=after, fill_percent=2.0)
    event = tap(stops[STADE], happened_at=at.isoformat())
    assert send(driver, event) == [("accepted", "")]
    with connect(territory.dsn) as connection:
        rows = connection.execute(
            """
            SELECT c.code, c.id, e.event_id, e.emptied_at, e.source, e.before_percent, e.stop_event_id
            FROM emptying e JOIN container c ON c.id = e.container_id ORDER BY c.code
            """
        ).fetchall()
        memory = connection.execute(
            "SELECT fill_percent FROM container_state WHERE fill_percent = 2"
        ).fetchall()
    assert [(row["code"], row["before_percent"]) for row in rows] == [("P2", None), ("V3", 47.0)]
    for row in rows:
        assert (row["emptied_at"], row["source"]) == (at, "driver")
        assert str(row["stop_event_id"]) == event["event_id"]
        assert row["event_id"] == uuid5(row["stop_event_id"], str(row["id"]))
    assert len(memory) == 1  # the level itself is left to the probe


def test_undone_leaves_the_log_and_counts_for_nothing(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """« Fait », annulé, « Fait » again, then « Pas fait »: at each moment what counts is the last word."""
    steps = [
        ("done", ["V1"]),
        ("undone", []),
        ("done", ["V1"]),
        ("not_done", []),
        ("done", ["V1"]),
        ("done", ["V1"]),
    ]
    for kind, counted in steps:
        assert send(driver, tap(stops[LAVOIR], kind)) == [("accepted", "")]
        assert emptied(territory) == counted
    assert emptied(territory, "emptying") == ["V1"] * 4
    assert len(stored_events(territory.dsn)) == 6


def test_the_last_word_is_by_the_hour_it_was_said_whatever_the_order_it_came_in(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """An old « Fait » that arrives after its own undoing does not come back to life; nor within one batch."""
    early, late = (now() - timedelta(minutes=minutes) for minutes in (9, 5))
    send(driver, tap(stops[LAVOIR], "undone", happened_at=late.isoformat()))
    send(driver, tap(stops[LAVOIR], happened_at=early.isoformat()))
    batch = [
        tap(stops[TILLEULS], happened_at=early.isoformat()),
        tap(stops[TILLEULS], "undone", happened_at=early.isoformat()),
    ]
    send(driver, *batch)
    seen = driver.get("/api/v1/driver/round").json()["round"]["stops"]
    assert [seen[i]["status"] for i in (LAVOIR, TILLEULS)] == ["to_do", "to_do"]
    assert emptied(territory) == []


def test_the_round_is_done_with_the_last_word_and_opens_again(
    driver: TestClient, territory: Database, round_id: int, stops: list[int]
) -> None:
    """Break and return need no word; undoing one collection opens the round again."""
    send(driver, *(tap(stops[i]) for i in (LAVOIR, TILLEULS, STADE)))
    assert status_of(territory, round_id) == "published"
    send(driver, tap(stops[QUAY], weight_kg=0))
    assert status_of(territory, round_id) == "done"
    assert driver.get("/api/v1/driver/round").json()["round"]["id"] == round_id
    send(driver, tap(stops[TILLEULS], "undone"))
    assert status_of(territory, round_id) == "published"
    send(driver, tap(stops[TILLEULS], "not_done"))
    assert status_of(territory, round_id) == "done"


# The stop, what is wrong with the tap, and what its refusal says.
REFUSED: list[tuple[int, dict[str, Any], str]] = [
    (LAVOIR, {"happened_at": (now() + timedelta(hours=2)).isoformat()}, "dans le futur"),
    (LAVOIR, {"happened_at": (now() - timedelta(days=2)).isoformat()}, "avant le jour de la tournée"),
    (LAVOIR, {"kind": "not_done", "reason": " \n"}, "raison"),
    (LAVOIR, {"weight_kg": 10}, "déchargement"),
    (QUAY, {"kind": "undone", "weight_kg": 10}, "déchargement"),
    (QUAY, {"weight_kg": -1}, "entre 0 et 40 000"),
    (QUAY, {"weight_kg": 40_001}, "entre 0 et 40 000"),
    (LAVOIR, {"stop_id": 2**62}, "n'existe pas"),
    (LAVOIR, {"stop_id": 2**63}, "illisible"),
    (LAVOIR, {"stop_id": None}, "illisible"),
    (LAVOIR, {"kind": "maybe"}, "illisible"),
    (LAVOIR, {"happened_at": "2026-11-24T09:00:00"}, "illisible"),
    (LAVOIR, {"event_id": "7"}, "illisible"),
]


def test_what_cannot_be_kept_is_refused_alone_with_a_reason(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """The taps around the bad ones in the same batch are kept."""
    bad = [tap(stops[place]) | changes for place, changes, _ in REFUSED]
    results = send(driver, tap(stops[TILLEULS]), *bad, tap(stops[PAUSE]))
    assert results[0] == results[-1] == ("accepted", "")
    for (outcome, sentence), (_, changes, words) in zip(results[1:-1], REFUSED, strict=True):
        assert outcome == "refused", changes
        assert words in sentence, changes
    assert [event["position"] for event in stored_events(territory.dsn)] == [TILLEULS, PAUSE]


def test_what_is_not_a_batch_is_refused_whole(driver: TestClient) -> None:
    """A list of something else than taps, or too many at once, comes from no page of ours."""
    bodies: tuple[dict[str, Any], ...] = ({}, {"events": None}, {"events": [1]}, {"events": [{}] * 501})
    for body in bodies:
        assert driver.post("/api/v1/driver/events", json=body).status_code == 422


def test_the_bounds_of_time_are_accepted(driver: TestClient, stops: list[int]) -> None:
    """Four minutes ahead is a phone's clock; the evening before is a round that leaves at night."""
    eve = datetime.combine(today(), time(), PARIS) - timedelta(hours=5, minutes=59)
    events = [
        tap(stops[LAVOIR], happened_at=(now() + timedelta(minutes=4)).isoformat()),
        tap(stops[TILLEULS], happened_at=eve.isoformat()),
    ]
    assert send(driver, *events) == [("accepted", "")] * 2


def test_a_reason_is_one_clean_line(driver: TestClient, territory: Database, stops: list[int]) -> None:
    """Control characters, which PostgreSQL or a log would choke on, become spaces; long text is cut."""
    event = tap(stops[LAVOIR], "not_done", reason="Autre :\x00\ud800 un\r\nchien " + "ouah " * 100)
    body = json.dumps({"events": [event]})
    answer = driver.post("/api/v1/driver/events", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["results"][0]["outcome"] == "accepted"
    reason = stored_events(territory.dsn)[0]["reason"]
    assert reason.startswith("Autre : un chien ouah")
    assert len(reason) == 300


def test_an_identifier_used_again_for_another_tap_is_refused(driver: TestClient, stops: list[int]) -> None:
    """A phone's mistake does not pass for a repetition."""
    event = tap(stops[LAVOIR])
    send(driver, event)
    assert send(driver, event | {"stop_id": stops[TILLEULS]})[0][0] == "refused"


def test_only_ones_own_round_unless_one_dispatches(
    territory: Database, as_person: Callable[[str], TestClient], stops: list[int]
) -> None:
    """Another driver's stop is refused and left alone; the dispatcher may write for the driver."""
    other = seed_round(territory.dsn, login=None)
    with connect(territory.dsn) as connection:
        theirs = stop_ids(connection, other)
    client = as_person("chauffeur")
    results = send(client, tap(theirs[LAVOIR]), tap(stops[LAVOIR]))
    assert results == [("refused", "Cette tournée n'est pas la vôtre."), ("accepted", "")]
    client = as_person("regulation")
    assert send(client, tap(theirs[LAVOIR]), tap(stops[TILLEULS])) == [("accepted", "")] * 2
    client.headers["X-CSRF-Token"] = "un autre"
    assert client.post("/api/v1/driver/events", json={"events": []}).status_code == 403


def test_words_about_a_withdrawn_round_or_a_removed_stop_are_kept(
    driver: TestClient, territory: Database, round_id: int, stops: list[int]
) -> None:
    """The phone was away: the emptying happened all the same, and the driver hears what changed."""
    with connect(territory.dsn) as connection:
        connection.execute("DELETE FROM stop WHERE id = %s", (stops[STADE],))
        connection.execute("UPDATE round SET status = 'draft' WHERE id = %s", (round_id,))
    results = send(driver, tap(stops[STADE]), tap(stops[LAVOIR]))
    assert [outcome for outcome, _ in results] == ["accepted", "accepted"]
    assert "enlevé cet arrêt" in results[0][1]
    assert "retiré cette tournée" in results[1][1]
    assert emptied(territory) == ["P2", "V1", "V3"]
    assert status_of(territory, round_id) == "draft"


def test_a_deleted_round_is_still_the_drivers(
    driver: TestClient, territory: Database, round_id: int, stops: list[int]
) -> None:
    """Even when planning made it all anew; a round that was never published leaves no trace."""
    draft = seed_round(territory.dsn, status="draft")
    with connect(territory.dsn) as connection:
        connection.execute("DELETE FROM round WHERE id IN (%s, %s)", (round_id, draft))
        kept = connection.execute("SELECT count(*) AS n FROM stop_removed").fetchone()
    assert kept == {"n": 7}
    assert send(driver, tap(stops[LAVOIR]))[0][0] == "accepted"
    assert emptied(territory) == ["V1"]


def test_a_stop_the_driver_spoke_of_cannot_be_removed(
    driver: TestClient, territory: Database, stops: list[int]
) -> None:
    """Nothing that was said loses what it was said of."""
    send(driver, tap(stops[LAVOIR], "not_done"))
    with connect(territory.dsn) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("DELETE FROM stop WHERE id = %s", (stops[LAVOIR],))


def test_pages_are_told_and_the_audit_names_no_one(
    driver: TestClient, territory: Database, round_id: int, stops: list[int]
) -> None:
    """One live event for the round and one for its containers; identifiers only in the log."""
    with connect(territory.dsn, autocommit=True) as listener:
        listener.execute("LISTEN glaneur_live")
        send(driver, tap(stops[STADE]), tap(stops[LAVOIR]))
        heard = [json.loads(n.payload) for n in listener.notifies(timeout=5, stop_after=2)]
        ids = [
            row["id"] for row in listener.execute("SELECT id FROM container WHERE code IN ('V1', 'V3', 'P2')")
        ]
        audit = listener.execute(
            "SELECT subject, detail FROM people.audit WHERE action = 'stop_event'"
        ).fetchall()
    assert heard == [
        {"topic": "round", "round": round_id, "day": today().isoformat()},
        {"topic": "containers", "containers": sorted(ids)},
    ]
    assert [row["subject"] for row in audit] == [f"stop/{stops[STADE]}", f"stop/{stops[LAVOIR]}"]
    assert set(audit[0]["detail"]) == {"event", "kind", "round", "standing"}
