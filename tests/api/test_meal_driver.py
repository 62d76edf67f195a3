"""The driver's side of a round of meals, over HTTP on a real database: read, kept, and what follows."""

import random
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.asking import settled
from tests.api.conftest import make_app, sign_in
from tests.api.meal_day import KEY, departure, doors, furnish, published, said, send, today

URL = "/api/v1/driver/meals"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals and says in messages where its pages are."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://glaneur.example")


@pytest.fixture
def round_id(territory: Database) -> int:
    """A published round of today."""
    furnish(territory.dsn)
    return published(territory.dsn)


@pytest.fixture
def connection(territory: Database) -> Iterator[Connection[DictRow]]:
    """A look into the database."""
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


@pytest.fixture
def nadia(territory: Database, round_id: int) -> Iterator[TestClient]:
    """The round's driver, signed in."""
    with TestClient(make_app(territory.dsn), follow_redirects=False) as made:
        yield sign_in(made, "livreuse")


def rows(connection: Connection[DictRow], query: str) -> list[DictRow]:
    """All rows."""
    return connection.execute(query.encode()).fetchall()


def behind(connection: Connection[DictRow], door: int) -> int:
    """Who lives behind this door."""
    row = connection.execute("SELECT beneficiary_id AS n FROM meals.door WHERE id = %s", [door]).fetchone()
    assert row is not None
    return int(row["n"])


def handed(connection: Connection[DictRow], person: int) -> tuple[str | None, bool]:
    """What `meals` settles of this person's meal of today: how it was handed over, and whether it is due."""
    found = connection.execute("SELECT * FROM people.beneficiary WHERE id = %s", [person]).fetchall()
    meals = settled(connection, bytes.fromhex(KEY), found, today(), today())[1].meals
    return meals[0].handed, meals[0].due


def test_the_round_holds_what_a_driver_needs(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """Doors in order with name, phone, key and what tells the trays apart; no allergy, no reference."""
    found = nadia.get(URL).json()["round"]
    assert (found["id"], found["van"], len(found["doors"])) == (round_id, "Fourgon blanc", 6)
    assert found["departure"]["state"] == "to_measure"
    first, second = found["doors"][:2]
    assert (first["name"], first["access_note"]) == ("Madeleine Carpentier", "clé chez la voisine")
    assert second["trays"] == [{"day": today().isoformat(), "moment": "lunch", "label": "mixé"}]
    assert set(first) & {"allergens", "reference", "quotient", "health"} == set()


def test_reading_is_logged_once_a_day(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """A phone asks again and again: a line for each person and account, no file while nothing changes."""
    version = nadia.get(URL).json()["round"]["version"]
    assert len(rows(connection, "SELECT FROM people.care_reading WHERE purpose = 'round'")) == 6
    assert nadia.get(f"{URL}?held={version}").json() == {"round": None, "same": True}
    assert len(rows(connection, "SELECT FROM people.care_reading")) == 6
    send(nadia, departure(round_id))
    assert nadia.get(f"{URL}?held={version}").json()["round"]["departure"]["state"] == "cold"
    assert len(rows(connection, "SELECT FROM people.care_reading")) == 6
    sign_in(nadia, "portage").get(f"{URL}?round={round_id}")
    assert len(rows(connection, "SELECT FROM people.care_reading")) == 12


@pytest.mark.parametrize(
    ("login", "status"), [("livreur", 403), ("regulation", 403), ("portage", 200), ("chauffeur", 403)]
)
def test_only_its_driver_and_the_cias_open_a_round(
    nadia: TestClient, round_id: int, login: str, status: int
) -> None:
    """Another driver, and a dispatcher, see none of it and can say nothing of it."""
    other = sign_in(nadia, login)
    assert other.get(f"{URL}?round={round_id}").status_code == status
    if status == 403 and login != "regulation":
        assert other.get(URL).json()["round"] is None
        assert send(other, departure(round_id))[0]["outcome"] == "refused"


def test_a_day_in_any_order_and_twice_comes_to_the_same(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """Batches shuffled, doubled and late: each event is kept once and the last word by its instant stands."""
    door = doors(connection, round_id)
    send(nadia, departure(round_id))
    words = [said(one, "delivered", 30) for one in door[:4]]
    words += [
        said(door[0], "undone", 20),
        said(door[0], "absent", 19),
        said(door[4], "refused", 30, note="n'a pas faim"),
    ]
    words += [
        said(door[5], "neighbour", 30, note="chez M. Petit"),
        said(door[1], "delivered", 40, wellbeing="well"),
    ]
    draw = random.Random(4)
    for _ in range(3):
        batch = words * 2
        draw.shuffle(batch)
        outcomes = [one["outcome"] for one in send(nadia, *batch)]
        assert set(outcomes) <= {"accepted", "already"}
    assert rows(connection, "SELECT count(*) AS n FROM meals.door_event") == [{"n": len(words)}]
    shown = {one["id"]: one["status"] for one in nadia.get(URL).json()["round"]["doors"]}
    assert [shown[one] for one in door] == [
        "absent",
        "delivered",
        "delivered",
        "delivered",
        "refused",
        "neighbour",
    ]
    people = {
        row["id"]: row["beneficiary_id"]
        for row in rows(connection, "SELECT id, beneficiary_id FROM meals.door")
    }
    assert [handed(connection, people[one])[0] for one in door] == [shown[one] for one in door]
    assert rows(connection, "SELECT status FROM meals.round") == [{"status": "done"}]


def test_a_word_taken_back_counts_no_more(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """« Absent » then undone: the meal has no outcome, the concern is closed, the round is open again."""
    door = doors(connection, round_id)[0]
    person = behind(connection, door)
    send(nadia, departure(round_id), said(door, "absent", 9))
    assert handed(connection, person) == ("absent", True)
    assert len(rows(connection, "SELECT FROM meals.concern WHERE kind = 'absent' AND closed_at IS NULL")) == 1
    send(nadia, said(door, "undone", 5))
    assert handed(connection, person) == (None, True)
    assert rows(connection, "SELECT outcome FROM meals.concern") == [{"outcome": "Corrigé par le livreur."}]


def test_nothing_is_handed_over_before_it_was_measured_cold(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """No measurement, or a warm one: refused in French; a second one below the limit opens the van again."""
    door = doors(connection, round_id)
    unmeasured = send(nadia, said(door[0], "delivered", 50))[0]
    assert (unmeasured["outcome"], "n'est pas notée" in unmeasured["sentence"]) == ("refused", True)
    warm = send(nadia, departure(round_id, 6.5, 40))[0]
    assert (warm["outcome"], "ne partez pas" in warm["sentence"]) == ("accepted", True)
    assert send(nadia, said(door[0], "delivered", 39))[0]["outcome"] == "refused"
    assert send(nadia, said(door[1], "blocked", 39))[0]["outcome"] == "accepted"
    assert (
        len(rows(connection, "SELECT FROM meals.concern WHERE kind = 'excursion' AND door_id IS NULL")) == 1
    )
    assert (
        send(nadia, departure(round_id, 2.9, 20), said(door[0], "delivered", 10))[1]["outcome"] == "accepted"
    )
    person = behind(connection, door[1])
    assert handed(connection, person) == ("blocked", False)


def test_a_warm_tray_is_kept_back(nadia: TestClient, connection: Connection[DictRow], round_id: int) -> None:
    """+5 °C at the door: handing over is refused, though the measurement and the concern are kept."""
    door = doors(connection, round_id)[0]
    send(nadia, departure(round_id))
    refused = send(nadia, said(door, "delivered", 9, celsius=5.0))[0]
    assert (refused["outcome"], "retenez" in refused["sentence"]) == ("refused", True)
    assert send(nadia, said(door, "blocked", 8, celsius=5.0))[0]["outcome"] == "accepted"
    assert (
        send(nadia, said(doors(connection, round_id)[1], "blocked", 8, celsius=2.0))[0]["outcome"]
        == "refused"
    )
    told = rows(connection, "SELECT kind, door_id FROM meals.concern")
    assert told == [{"kind": "excursion", "door_id": door}]
    kept = rows(connection, "SELECT celsius::float8 AS c FROM meals.temperature WHERE door_id IS NOT NULL")
    assert kept == [{"c": 5.0}, {"c": 5.0}]


def test_a_worry_is_told_at_once_and_sealed(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """The office's subscriber gets a message without name or health; the words are in no table in clear."""
    connection.execute(
        "INSERT INTO people.subscription (account_id, channel, address, kinds) "
        "SELECT id, 'email', 'cias@exemple.fr', '{meal_worry}' FROM people.account WHERE login = 'portage'"
    )
    door = doors(connection, round_id)[0]
    event = said(door, "delivered", 9, wellbeing="worry", note="très essoufflée ce matin")
    for _ in range(2):
        send(nadia, departure(round_id), event)
    mail = rows(connection, "SELECT title, body FROM people.notification")
    assert len(mail) == 1
    assert "inquiétude" in mail[0]["title"]
    assert mail[0]["body"].endswith("https://glaneur.example/portage/signalements")
    assert not any(word in str(mail) for word in ("Madeleine", "Carpentier", "essoufflée"))
    assert rows(connection, "SELECT kind FROM people.family_notice ORDER BY id") == [
        {"kind": "delivered"},
        {"kind": "worry"},
    ]
    assert rows(connection, "SELECT kind FROM meals.concern") == [{"kind": "worry"}]
    clear = rows(connection, "SELECT note FROM meals.door_event") + rows(
        connection, "SELECT document FROM meals.request"
    )
    assert "essoufflée" not in str(clear)
    shown = nadia.get(URL).json()["round"]["doors"][0]
    assert (shown["wellbeing"], shown["note"]) == ("worry", "très essoufflée ce matin")
    jobs = rows(
        connection, "SELECT task_name FROM jobs.procrastinate_jobs WHERE task_name = 'send_notifications'"
    )
    assert jobs


def test_bad_events_are_refused_alone(
    nadia: TestClient, connection: Connection[DictRow], round_id: int
) -> None:
    """Unreadable, unknown, in the future, before the day: each with its sentence, the good one kept."""
    door = doors(connection, round_id)[0]
    good = said(door, "delivered", 5)
    bad = [
        {"event_id": "x", "door_id": door, "kind": "delivered"},
        said(999_999),
        said(door, "delivered", -60),
        said(door, "delivered", 60 * 40),
        said(door, "eaten"),
        said(door, "delivered", 5, celsius=400),
        {**said(door, "refused", 5), "event_id": good["event_id"]},
    ]
    results = send(nadia, departure(round_id), good, *bad)
    assert [one["outcome"] for one in results] == ["accepted"] * 2 + ["refused"] * len(bad)
    assert all(one["sentence"].endswith(".") for one in results[2:])
    assert rows(connection, "SELECT count(*) AS n FROM meals.door_event") == [{"n": 1}]
