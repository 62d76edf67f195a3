"""Rounds given to drivers, taken back, shown and audited, through the JSON API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.rounds_desk import change, planning, publish, served, stop_of
from tests.api.rounds_territory import ask, driver_id, run, tomorrow

pytestmark = pytest.mark.db


def test_publish_withdraw_publish(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """A published round has its driver and cannot change until it is withdrawn; then it can."""
    round_ = planned["rounds"][0]
    stop = next(stop for stop in round_["stops"] if stop["kind"] == "collect")
    with connect(grown.dsn) as connection:
        driver, office_id = driver_id(connection), driver_id(connection, "regulation")

    assert "Choisissez un chauffeur" in publish(office, round_, office_id).json()["error"]
    published = publish(office, round_, driver).json()
    assert (published["status"], published["driver"]) == ("published", "Dominique Chauffeur")
    assert publish(office, published, driver).status_code == 409

    now = planning(office, planned["id"])
    assert "publiée" in change(office, now, {"kind": "lock", "stop": stop["id"]}, status=409)["error"]

    withdrawn = office.post(
        f"/api/v1/rounds/{round_['id']}/withdraw", json={"version": published["version"]}
    ).json()
    assert withdrawn["status"] == "draft"
    assert change(office, planning(office, planned["id"]), {"kind": "lock", "stop": stop["id"]})
    assert publish(office, planning(office, planned["id"])["rounds"][0], driver).status_code == 200


def test_a_begun_round_is_not_withdrawn(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """Once the driver has said something, the round stays with the driver."""
    with connect(grown.dsn) as connection:
        driver = driver_id(connection)
        published = publish(office, planned["rounds"][0], driver).json()
        connection.execute(
            "INSERT INTO stop_event (event_id, stop_id, kind, happened_at)"
            " VALUES (gen_random_uuid(), %s, 'done', now())",
            (published["stops"][1]["id"],),
        )
    answer = office.post(f"/api/v1/rounds/{published['id']}/withdraw", json={"version": published["version"]})

    assert answer.status_code == 409
    assert "a commencé" in answer.json()["error"]
    followed = planning(office, planned["id"])["rounds"][0]
    assert followed["stops"][1]["status"] == "done"
    assert followed["stops_done"] == 1


def test_clashes_refuse_publication_and_new_plans_leave_taken_columns(
    office: TestClient, grown: Database, planned: dict[str, Any]
) -> None:
    """The same truck, driver or columns are not published twice a day; a new plan leaves them alone."""
    second = ask(office)
    assert run(grown.dsn, second).status == "done"
    rival = planning(office, second)["rounds"][0]
    with connect(grown.dsn) as connection:
        driver = driver_id(connection)
    assert publish(office, planned["rounds"][0], driver).status_code == 200

    sentence = publish(office, rival, driver).json()["error"]
    assert "vide déjà ces colonnes" in sentence
    third = ask(office)
    assert run(grown.dsn, third).status == "done"
    taken = set(served({"rounds": [planned["rounds"][0]]}))
    assert not taken & set(served(planning(office, third)))
    why = [one["why"] for one in planning(office, third)["left_out"] if one["containers"][0]["code"] in taken]
    assert len(why) == len(taken)
    assert all(sentence.startswith("Déjà prévue : tournée de ") for sentence in why)


def test_rounds_of_a_day_and_vehicles(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """The day's rounds, one round, and the trucks with what keeps them."""
    with connect(grown.dsn) as connection:
        published = publish(office, planned["rounds"][0], driver_id(connection)).json()

    listed = office.get(f"/api/v1/rounds?day={tomorrow()}").json()
    assert {one["id"] for one in listed} == {one["id"] for one in planned["rounds"]}
    assert office.get(f"/api/v1/rounds/{published['id']}").json()["vehicle"] == published["vehicle"]
    assert office.get("/api/v1/rounds/999999").status_code == 404
    busy = {
        one["code"]: one["busy"]
        for one in office.get(f"/api/v1/vehicles?day={tomorrow()}&stream=verre").json()
    }
    assert busy[published["vehicle"]] == "verre"
    assert set(busy) == {"GRUE-1", "GRUE-2"}
    refused = office.post(
        "/api/v1/plannings",
        json={"day": tomorrow().isoformat(), "stream": "verre", "vehicles": [published["vehicle"]]},
    )
    assert "déjà une tournée publiée" in refused.json()["error"]


def test_every_change_is_audited(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """Request, change, publication and withdrawal leave their line, with identifiers and no name."""
    stop = stop_of(planned, "V1")
    after = change(office, planned, {"kind": "lock", "stop": stop["id"]})["planning"]
    with connect(grown.dsn) as connection:
        published = publish(office, after["rounds"][0], driver_id(connection)).json()
        office.post(f"/api/v1/rounds/{published['id']}/withdraw", json={"version": published["version"]})
        rows = connection.execute("SELECT action, subject, detail FROM people.audit ORDER BY id").fetchall()

    assert [row["action"] for row in rows] == [
        "sign_in", "request_planning", "change_rounds", "publish_round", "withdraw_round",
    ]  # fmt: skip
    assert "Dominique" not in str(rows)
