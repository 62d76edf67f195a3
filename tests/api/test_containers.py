"""Containers, their series and their emptyings over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from services import Database

from api.dispatch.containers import MOST_EMPTYINGS
from fill.document import state_to_document
from fill.fold import first, fold
from fill.model import Calibration, Reading, State
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.little_territory import add_reading, container_id, now, open_alert, seed, set_state

CALIBRATION = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)


@pytest.fixture
def connection(territory: Database) -> Iterator[Connection[DictRow]]:
    """A connection that commits each statement."""
    with connect(territory.dsn, autocommit=True) as made:
        yield made


def add_emptying(
    connection: Connection[DictRow], code: str, source: str, recorded_ago_s: float, number: int = 0
) -> UUID:
    """Record an emptying some time ago; `number` orders those recorded in the same instant."""
    event = UUID(int=number) if number else uuid4()
    connection.execute(
        """
        INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent,
                              recorded_at)
        VALUES (%s, %s, %s, %s, 82, 2, %s)
        """,
        (
            event,
            container_id(connection, code),
            now() - timedelta(hours=1),
            source,
            now() - timedelta(seconds=recorded_ago_s),
        ),
    )
    return event


def test_a_container_tells_its_state_place_and_level(dispatcher: TestClient) -> None:
    found = dispatcher.get("/api/v1/containers/V1").json()
    assert found["level"] == "urgent"
    assert found["due"] is True
    assert (found["commune"], found["point_name"], found["serial"]) == (
        "Fruges",
        "Place du Lavoir",
        "GLN-0001",
    )
    assert found["alerts_open"] == 1
    assert datetime.fromisoformat(found["full_at"]).tzinfo is not None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["V1", "V2", "E1", "V3", "P1", "P2"]),
        ("?stream=papier", ["P1", "P2"]),
        ("?insee=62463&due=true", []),
        ("?due=true", ["V1", "V2"]),
    ],
)
def test_containers_by_filter(dispatcher: TestClient, query: str, expected: list[str]) -> None:
    assert [each["code"] for each in dispatcher.get(f"/api/v1/containers{query}").json()] == expected


def test_levels_follow_the_containers_own_thresholds(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    def level() -> str:
        return str(dispatcher.get("/api/v1/containers/V3").json()["level"])

    for fill, expected in [(69.9, "ok"), (70.0, "plan"), (89.9, "plan"), (90.0, "urgent"), (None, "unknown")]:
        set_state(connection, "V3", fill_percent=fill)
        assert level() == expected
    connection.execute("UPDATE container SET plan_percent = 40, urgent_percent = 50 WHERE code = 'V3'")
    set_state(connection, "V3", fill_percent=45.0)
    assert level() == "plan"


def test_a_column_without_a_probe_says_so(dispatcher: TestClient, connection: Connection[DictRow]) -> None:
    connection.execute(
        """
        UPDATE mounting SET during = tstzrange(lower(during), now() - interval '1 day')
        WHERE container_id = (SELECT id FROM container WHERE code = 'V3')
        """
    )
    assert dispatcher.get("/api/v1/containers/V3").json()["quality"] == "none"
    html = dispatcher.get("/colonnes/V3").text
    assert "Aucune sonde n'est montée" in html
    assert "retirée le" in html


@pytest.mark.parametrize("path", ["/api/v1/containers/X9", "/api/v1/containers/X9/series"])
def test_an_unknown_container_is_a_sentence(dispatcher: TestClient, path: str) -> None:
    answer = dispatcher.get(path)
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "Cette colonne n'existe pas ou n'est plus en service.",
    )
    assert dispatcher.get("/colonnes/X9").status_code == 404


def folded(connection: Connection[DictRow], code: str, days: int, percent_per_day: float) -> State:
    """Fill a column steadily for some days, writing readings and memory as ingest does."""
    state = first(CALIBRATION)
    start = now() - timedelta(days=days)
    for step in range(days * 6 + 1):
        at = start + timedelta(hours=4 * step)
        percent = percent_per_day * step / 6
        state, _ = fold(state, Reading(measured_at=at, distance_mm=round(1650 - 13 * percent)), CALIBRATION)
        add_reading(connection, code, at, percent)
    set_state(connection, code, fill_percent=state.fill_percent, memory=Jsonb(state_to_document(state)))
    return state


def test_the_series_holds_the_past_and_fills_forecast(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    folded(connection, "V3", days=10, percent_per_day=6.0)
    found = dispatcher.get("/api/v1/containers/V3/series?days=7").json()
    assert found["no_forecast"] is None
    instants = [datetime.fromisoformat(each["at"]) for each in found["levels"]]
    assert instants == sorted(instants)
    assert len(instants) == 42
    assert all(at > now() - timedelta(days=7, minutes=1) for at in instants)
    forecast = found["forecast"]
    assert all(each["low"] <= each["expected"] <= each["high"] for each in forecast)
    assert forecast[-1]["expected"] == pytest.approx(60 + 3 * 6, abs=3)
    full_at = datetime.fromisoformat(found["full_at"])
    assert abs(full_at - now() - timedelta(days=40 / 6)) < timedelta(days=1)


def test_a_long_series_stays_light_and_loses_no_emptying(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    start = now() - timedelta(days=2)
    for minute in range(0, 2 * 1440, 2):
        add_reading(connection, "V3", start + timedelta(minutes=minute), 80.0 if minute < 1440 else 5.0)
    found = dispatcher.get("/api/v1/containers/V3/series?days=2").json()["levels"]
    assert 600 < len(found) <= 702
    assert {round(each["fill_percent"]) for each in found} == {80, 5}  # the last of each step, never a mean


def test_without_memory_there_is_a_past_and_no_forecast(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    add_reading(connection, "P2", now() - timedelta(hours=3), None)
    found = dispatcher.get("/api/v1/containers/P2/series").json()
    assert (found["no_forecast"], found["forecast"]) == ("no_memory", [])
    assert [each["fill_percent"] for each in found["levels"]] == [None]
    set_state(connection, "P2", memory=Jsonb({"v": 1, "unreadable": True}))
    assert dispatcher.get("/api/v1/containers/P2/series").json()["no_forecast"] == "no_memory"
    set_state(connection, "P2", memory=Jsonb(state_to_document(first(CALIBRATION))))
    assert dispatcher.get("/api/v1/containers/P2/series").json()["no_forecast"] == "no_level"


@pytest.mark.parametrize("days", ["0", "367", "sept"])
def test_a_period_out_of_range_is_refused(dispatcher: TestClient, days: str) -> None:
    assert dispatcher.get(f"/api/v1/containers/V1/series?days={days}").status_code == 422


def test_the_page_tells_emptyings_and_every_alert(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    add_emptying(connection, "V1", "driver", 3600)
    number = open_alert(connection, "V1", "tilt", "Inclinée de 40°.")
    connection.execute(
        "UPDATE alert SET closed_at = now(), closed_because = 'De nouveau droite.' WHERE id = %s", (number,)
    )
    html = dispatcher.get("/colonnes/V1?jours=90").text
    for expected in (
        "chauffeur",
        "82\u00a0%",
        "Inclinée de 40°.",
        "De nouveau droite.",
        "geo:50.516,2.134",
        "90 jours",
    ):
        assert expected in html
    assert 'aria-current="true">90 jours' in html
    assert 'aria-current="true">28 jours' in dispatcher.get("/colonnes/V1?jours=12").text


def test_emptyings_are_read_on_from_a_cursor_without_missing_or_repeating(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    same_instant = [add_emptying(connection, "V1", "driver", 60, number) for number in (3, 1, 2)]
    later = add_emptying(connection, "V2", "driver", 30)
    add_emptying(connection, "V2", "level", 20)
    read: list[str] = []
    cursor = ""
    for _ in range(6):
        page = dispatcher.get("/api/v1/emptyings", params={"after": cursor, "source": "driver"}).json()
        if not page:
            break
        read.append(page[0]["event_id"])  # one at a time: the cursor stands between any two
        assert page[0]["cursor"] > cursor
        cursor = page[0]["cursor"]
    assert read[-1] == str(later)
    assert sorted(read[:-1]) == sorted(str(event) for event in same_instant)
    first_row = dispatcher.get("/api/v1/emptyings").json()[0]
    assert set(first_row) == {"event_id", "container", "emptied_at", "source", "cursor"}
    assert len(dispatcher.get("/api/v1/emptyings").json()) == 5


def test_an_emptying_shows_once_no_earlier_one_can_appear(
    dispatcher: TestClient, connection: Connection[DictRow]
) -> None:
    add_emptying(connection, "V1", "driver", recorded_ago_s=-1000)  # as if recorded this instant, and longer
    add_emptying(connection, "V2", "driver", recorded_ago_s=3)
    found = dispatcher.get("/api/v1/emptyings").json()
    assert [each["container"] for each in found] == ["V2"]


def test_emptyings_come_in_pages(dispatcher: TestClient, connection: Connection[DictRow]) -> None:
    connection.execute(
        """
        INSERT INTO emptying (event_id, container_id, emptied_at, source, recorded_at)
        SELECT gen_random_uuid(), (SELECT id FROM container WHERE code = 'V1'), now(), 'crane',
               now() - interval '1 day' + n * interval '1 s' FROM generate_series(1, %s) n
        """,
        (MOST_EMPTYINGS + 10,),
    )
    first_page = dispatcher.get("/api/v1/emptyings").json()
    assert len(first_page) == MOST_EMPTYINGS
    second = dispatcher.get("/api/v1/emptyings", params={"after": first_page[-1]["cursor"]}).json()
    assert len(second) == 10
    assert not {each["event_id"] for each in first_page} & {each["event_id"] for each in second}


@pytest.mark.parametrize(
    "cursor", ["n'importe quoi", "20260101T000000.0-xyz", "20261301T000000.0-" + "0" * 32]
)
def test_a_cursor_that_is_not_ours_is_refused(dispatcher: TestClient, cursor: str) -> None:
    answer = dispatcher.get("/api/v1/emptyings", params={"after": cursor})
    assert (answer.status_code, answer.json()["error"]) == (422, "Ce curseur ne vient pas de cette liste.")


def test_instants_are_utc(dispatcher: TestClient) -> None:
    measured = datetime.fromisoformat(dispatcher.get("/api/v1/containers/V1").json()["measured_at"])
    assert measured.utcoffset() == timedelta(0)
    assert measured <= datetime.now(UTC)


def test_every_answer_comes_on_either_edition(database: Database) -> None:
    seed(database.dsn)
    with connect(database.dsn, autocommit=True) as connection:
        folded(connection, "V3", days=3, percent_per_day=6.0)
        add_emptying(connection, "V3", "level", 60)
    with TestClient(make_app(database.dsn)) as client:
        sign_in(client, "regulation")
        assert len(client.get("/api/v1/containers/V3/series").json()["levels"]) == 19
        assert len(client.get("/api/v1/containers").json()) == 6
        assert len(client.get("/api/v1/emptyings").json()) == 1
        assert client.get("/").status_code == client.get("/colonnes/V3").status_code == 200
