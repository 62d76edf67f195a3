"""The office's rounds on a real database: asked by the API, solved by the worker, moved, published."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.lateness import notice_late_vans
from api.cias.round_problem import DayAsked, day_of
from api.cias.rounds import problem_of
from api.cias.solving import give_up, run_planning
from routing.model import Matrix, Place
from routing.travel import GreatCircle, Rig, Travel
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.meal_day import KEY, NAMES, departure, doors, furnish, published, said, send, today

URL = "/api/v1/meals"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def kitchen(territory: Database) -> Database:
    """Six people, two vans, no round yet."""
    furnish(territory.dsn)
    return territory


@pytest.fixture
def connection(kitchen: Database) -> Iterator[Connection[DictRow]]:
    """A look into the database."""
    with psycopg.connect(kitchen.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


@pytest.fixture
def ines(kitchen: Database) -> Iterator[TestClient]:
    """Inès of the CIAS, signed in."""
    with TestClient(make_app(kitchen.dsn), follow_redirects=False) as made:
        yield sign_in(made, "portage")


def planned(ines: TestClient, dsn: str, day: Any = None) -> dict[str, Any]:
    """Ask, work, and read the day."""
    chosen = day or today()
    answer = ines.post(f"{URL}/plannings", json={"day": chosen.isoformat()})
    assert answer.status_code == 202, answer.text
    run_planning(dsn, answer.json()["planning"], GreatCircle(), steps=20)
    found: dict[str, Any] = ines.get(f"{URL}/rounds?day={chosen}").json()
    return found


def test_a_day_from_asking_to_the_driver(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Everybody has one door, nobody has a habit yet, and a published round is driven."""
    day = planned(ines, kitchen.dsn)
    assert day["planning"]["status"] == "done", day["planning"]
    assert day["planning"]["unserved"] == []
    everybody = sorted(door["name"] for one in day["rounds"] for door in one["doors"])
    assert everybody == sorted(NAMES)
    assert {door["usual"] for one in day["rounds"] for door in one["doors"]} == {"new"}
    for one in day["rounds"]:
        assert ines.post(f"{URL}/rounds/{one['id']}/publish").status_code == 200
    first = day["rounds"][0]
    driver = sign_in(ines, {"Nadia Brunet": "livreuse", "Yann Cocquerel": "livreur"}[first["driver"]])
    held = driver.get("/api/v1/driver/meals").json()["round"]
    assert [door["name"] for door in held["doors"]] == [door["name"] for door in first["doors"]]
    assert send(driver, departure(first["id"]), said(held["doors"][0]["id"]))[1]["outcome"] == "accepted"


def test_the_worker_sees_numbers_only(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """No name, address or diet in what is planned; and the worker's own rights reach no file."""
    ines.post(f"{URL}/plannings", json={"day": today().isoformat()})
    text = str(connection.execute("SELECT problem FROM meals.planning").fetchall())
    assert not any(part in text for name in NAMES for part in name.split())
    assert "mixed" not in text
    assert "Lavoir" not in text
    with connect(kitchen.dsn, role="glaneur_worker") as worker:
        for table in ("people.beneficiary", "meals.request", "meals.dish"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split("."))))
            worker.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute("SELECT wellbeing FROM meals.door_event")


def test_people_keep_their_driver_and_hour(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Three past rounds of Nadia's, always the same: the next plan gives them to her at their hour."""
    group = [
        n for n in range(1, 22) if ((today() - timedelta(n)).isoweekday() <= 5) == (today().isoweekday() <= 5)
    ]
    for ago in group[:3]:
        published(kitchen.dsn, day=today() - timedelta(ago))
    day = planned(ines, kitchen.dsn)
    usual = [door["usual"] for one in day["rounds"] for door in one["doors"]]
    assert usual.count("kept") >= 5, day
    assert [one["driver"] for one in day["rounds"] if one["doors"]] == ["Nadia Brunet"]


def test_a_move_by_hand_is_checked(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Somebody goes to the other van and keeps their door's number; a window that cannot hold is refused."""
    connection.execute(
        "UPDATE people.beneficiary SET window_from = '08:05', window_until = '09:30' WHERE reference = 'r1'"
    )
    day = planned(ines, kitchen.dsn)
    number = day["planning"]["id"]
    shifts = [row["id"] for row in connection.execute("SELECT id FROM meals.shift ORDER BY id").fetchall()]
    used = day["rounds"][0]
    other = next(one for one in shifts if one != used["shift_id"])
    door = used["doors"][-1]
    answer = ines.post(
        f"{URL}/plannings/{number}/moves", json={"person": door["person"], "shift": other, "position": 1}
    )
    assert answer.status_code == 200, answer.text
    after = ines.get(f"{URL}/rounds?day={today()}").json()["rounds"]
    found = next(one for one in after if one["shift_id"] == other)
    assert found["doors"][0]["id"] == door["id"]
    assert sum(len(one["doors"]) for one in after) == 6
    asked = DayAsked.model_validate(
        connection.execute("SELECT problem FROM meals.planning").fetchall()[0]["problem"]
    )
    assert asked.matrix is not None
    first = connection.execute("SELECT id FROM people.beneficiary WHERE reference = 'r1'").fetchall()[0]["id"]
    asked_again = {"person": first, "shift": 999, "position": 1}
    assert ines.post(f"{URL}/plannings/{number}/moves", json=asked_again).status_code == 409
    connection.execute("UPDATE meals.planning SET problem = jsonb_set(problem, '{vans,0,trays}', '0')")
    full = {"person": first, "shift": asked.vans[0].shift, "position": 1}
    refused = ines.post(f"{URL}/plannings/{number}/moves", json=full)
    assert (refused.status_code, "place" in refused.json()["error"]) == (409, True)


def test_publishing_brings_doors_up_to_date(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Who left the service since the plan is not on the published round, and the office is told so."""
    day = planned(ines, kitchen.dsn)
    gone = day["rounds"][0]["doors"][0]
    connection.execute(
        "UPDATE people.beneficiary SET until = %s, end_reason = 'moved' WHERE id = %s",
        [today() - timedelta(1), gone["person"]],
    )
    answer = ines.post(f"{URL}/rounds/{day['rounds'][0]['id']}/publish")
    assert "1 sans repas depuis le plan" in answer.json()["sentence"]
    names = {
        door["name"]
        for one in ines.get(f"{URL}/rounds?day={today()}").json()["rounds"]
        for door in one["doors"]
    }
    assert gone["name"] not in names
    assert ines.post(f"{URL}/rounds/{day['rounds'][0]['id']}/publish").status_code == 409


def test_a_cancellation_reaches_a_published_round(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """To hospital on the eve of a published round: no door any more, on the page and for the driver."""
    tomorrow = today() + timedelta(1)
    number = published(kitchen.dsn, day=tomorrow)
    first = doors(connection, number)[0]
    person = connection.execute(
        "SELECT beneficiary_id AS n FROM meals.door WHERE id = %s", [first]
    ).fetchall()[0]["n"]
    form = {"demande": str(uuid4()), "jour": tomorrow.isoformat(), "motif": "hospital"}
    answer = ines.post(f"/portage/dossiers/{person}/absence", data=form)
    assert "Absence notée" in answer.text
    assert first not in doors(connection, number)
    assert len(doors(connection, number)) == 5


def test_who_cannot_be_served_is_named(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """No place on the map, or a window no van can keep: named with the reason, the others are planned."""
    connection.execute("UPDATE people.beneficiary SET lat = NULL, lon = NULL WHERE reference = 'r1'")
    connection.execute(
        "UPDATE people.beneficiary SET window_from = '05:00', window_until = '05:30' WHERE reference = 'r2'"
    )
    day = planned(ines, kitchen.dsn)
    left = {one["name"]: one["text"] for one in day["planning"]["unserved"]}
    assert set(left) == set(NAMES[:2])
    assert "carte" in left[NAMES[0]]
    assert sum(len(one["doors"]) for one in day["rounds"]) == 4


def test_a_day_that_cannot_be_planned_says_so(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """No van, no road engine, a worker that died: a sentence each, and the next asking starts afresh."""

    class Broken(GreatCircle):
        def travel(self, places: Any, rig: Rig = Rig()) -> Travel:  # noqa: B008
            raise OSError("away")

    number = ines.post(f"{URL}/plannings", json={"day": today().isoformat()}).json()["planning"]
    assert ines.post(f"{URL}/plannings", json={"day": today().isoformat()}).json()["planning"] == number
    with pytest.raises(OSError, match="away"):
        run_planning(kitchen.dsn, number, Broken())
    assert ines.get(f"{URL}/plannings/{number}").json()["status"] == "failed"
    second = ines.post(f"{URL}/plannings", json={"day": today().isoformat()}).json()["planning"]
    connection.execute(
        "UPDATE meals.planning SET requested_at = now() - INTERVAL '1 hour' WHERE id = %s", [second]
    )
    with connect(kitchen.dsn, role="glaneur_worker") as worker:
        assert give_up(worker) == 1
    assert "interrompu" in ines.get(f"{URL}/plannings/{second}").json()["message"]
    connection.execute("UPDATE meals.van SET active = false")
    answer = ines.post(f"{URL}/plannings", json={"day": today().isoformat()})
    assert (answer.status_code, "fourgon" in answer.json()["error"]) == (409, True)


def test_rounds_are_the_cias_own(ines: TestClient, kitchen: Database) -> None:
    """A dispatcher and a driver neither see nor plan them."""
    for login in ("regulation", "livreuse"):
        other = sign_in(ines, login)
        assert other.get(f"{URL}/rounds?day={today()}").status_code == 403
        assert other.post(f"{URL}/plannings", json={"day": today().isoformat()}).status_code == 403
        assert other.get(f"{URL}/concerns").status_code == 403


def test_a_concern_is_closed_once_with_its_outcome(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """What worries stands first with the driver's words and leaves with its outcome; readings are logged."""
    number = published(kitchen.dsn)
    door = doors(connection, number)
    driver = sign_in(ines, "livreuse")
    worry = said(door[1], "delivered", wellbeing="worry", note="semble perdue")
    send(driver, departure(number), said(door[0], "absent"), worry)
    office = sign_in(ines, "portage")
    found = office.get(f"{URL}/concerns").json()["concerns"]
    assert [one["kind"] for one in found] == ["worry", "absent"]
    assert (found[0]["name"], found[0]["detail"]) == (NAMES[1], "semble perdue")
    assert connection.execute(
        "SELECT count(*) AS n FROM people.care_reading WHERE purpose = 'file'"
    ).fetchone() == {"n": 1}
    close = f"{URL}/concerns/{found[0]['id']}/close"
    assert office.post(close, json={"outcome": "Vue par le médecin."}).status_code == 200
    assert office.post(close, json={"outcome": "Encore."}).status_code == 409
    assert [one["kind"] for one in office.get(f"{URL}/concerns").json()["concerns"]] == ["absent"]


def test_the_office_keeps_back_a_warm_round(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Only when the last departure was too warm: every door without a word is kept back, and nobody pays."""
    number = published(kitchen.dsn)
    assert ines.post(f"{URL}/rounds/{number}/block").status_code == 409
    driver = sign_in(ines, "livreuse")
    send(driver, departure(number, 7.0))
    office = sign_in(ines, "portage")
    assert "6 portes" in office.post(f"{URL}/rounds/{number}/block").json()["sentence"]
    assert connection.execute("SELECT DISTINCT kind FROM meals.door_event").fetchall() == [
        {"kind": "blocked"}
    ]
    assert office.get(f"{URL}/rounds?day={today()}").json()["rounds"][0]["warm"] is True


def test_a_late_van_is_told_once(
    ines: TestClient, kitchen: Database, connection: Connection[DictRow]
) -> None:
    """Forty minutes behind: one concern, and one notice to each door that still waits."""
    number = published(kitchen.dsn)
    door = doors(connection, number)
    shift = (
        "UPDATE meals.door SET arrival_at = now() + %s::interval, departure_at = now() + %s::interval WHERE "
    )
    connection.execute(shift.encode() + b"id = %s", ["-50 minutes", "-47 minutes", door[0]])
    connection.execute(shift.encode() + b"id <> %s", ["1 hour", "1 hour", door[0]])
    send(sign_in(ines, "livreuse"), departure(number), said(door[0], minutes_ago=5))
    now = connection.execute("SELECT now() AS at").fetchall()[0]["at"]
    with connect(kitchen.dsn, role="glaneur_worker") as worker:
        assert [notice_late_vans(worker, "", now) for _ in range(2)] == [1, 0]
    assert connection.execute("SELECT kind FROM meals.concern").fetchall() == [{"kind": "late"}]
    told = connection.execute(
        "SELECT door_id FROM people.family_notice WHERE kind = 'late' ORDER BY 1"
    ).fetchall()
    assert [row["door_id"] for row in told] == door[1:]


def test_the_document_is_the_day(kitchen: Database) -> None:
    """The document as `routing` takes it: of a driver's two half-days, the one out at the usual hour."""
    van = {
        "driver": 7,
        "trays": 9,
        "starts_s": 28800,
        "ends_s": 43200,
        "start": (50.5, 2.1),
        "end": (50.5, 2.1),
    }
    later = {**van, "shift": 2, "starts_s": 50000, "ends_s": 60000, "start": (50.6, 2.2)}
    door = {"person": 4, "lat": 50.51, "lon": 2.11, "meals": ["4:x:lunch"], "usual_driver": 7}
    asked = DayAsked.model_validate({
        "day": today(), "cold_room": (50.5, 2.1), "ride_s": 7200,
        "vans": [{**van, "shift": 1}, later],
        "doors": [{**door, "usual_s": 51000}],
    })  # fmt: skip
    day = day_of(asked)
    assert day.doors[0].usual_van == "2"
    assert day.vans[1].start == Place(id="50.6,2.2", lat=50.6, lon=2.2)
    problem = problem_of(day, Matrix(distance_m=((0,) * 3,) * 3, duration_s=((0,) * 3,) * 3), {})
    assert problem.tasks[0].max_ride_s == 7200
