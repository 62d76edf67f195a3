"""What a dispatcher changes in planned rounds, through the JSON API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.rounds_desk import change, planning, served, stop_of
from tests.api.rounds_territory import driver_id

pytestmark = pytest.mark.db


def test_move_shows_its_effect_and_can_be_taken_back(office: TestClient, planned: dict[str, Any]) -> None:
    """Moving a stop to the other truck changes both rounds, says how, and undoing restores the order."""
    truck = served(planned)["G1"]
    other = next(code for code in planned["vehicles"] if code != truck)
    stop = stop_of(planned, "G1")

    changed = change(office, planned, {"kind": "move", "stop": stop["id"], "vehicle": other})
    after = changed["planning"]

    assert served(after)["G1"] == other
    assert stop_of(after, "G1")["id"] == stop["id"]
    effects = {one["vehicle"]: one for one in changed["effects"]}
    assert set(effects) == {truck, other}
    assert effects[other]["distance_m"] > effects[other]["distance_m_before"]
    assert effects[truck]["distance_m"] != effects[truck]["distance_m_before"]
    # The other truck has no unloading yet, unless it had a round before.
    restored = change(office, after, *changed["undo"])["planning"]
    assert orders(restored)[truck] == orders(planned)[truck]


def orders(one: dict[str, Any]) -> dict[str, list[str]]:
    """The stops of each truck, in order."""
    return {
        round_["vehicle"]: [stop["code"] for stop in round_["stops"] if stop["rank"] is not None]
        for round_ in one["rounds"]
    }


def test_a_change_that_breaks_a_rule_is_seen_and_publishing_refused(
    office: TestClient, grown: Database, planned: dict[str, Any]
) -> None:
    """Dropping the last unloading is written, named, and keeps the round from being published."""
    round_ = planned["rounds"][0]
    unload = next(stop for stop in reversed(round_["stops"]) if stop["kind"] == "unload")

    changed = change(office, planned, {"kind": "drop", "stop": unload["id"]})
    (effect,) = changed["effects"]
    assert effect["violations"] == ["Le camion rentre sans avoir vidé."]
    broken = changed["planning"]["rounds"][0]
    with connect(grown.dsn) as connection:
        driver = driver_id(connection)
    refused = office.post(
        f"/api/v1/rounds/{broken['id']}/publish", json={"version": broken["version"], "driver": driver}
    )
    assert refused.status_code == 422
    assert "sans avoir vidé" in refused.json()["error"]

    mended = change(office, changed["planning"], *changed["undo"])["planning"]
    assert mended["rounds"][0]["violations"] == []


def test_add_and_drop_containers(office: TestClient, planned: dict[str, Any]) -> None:
    """A container left out may be added, even one nobody ever heard; a dropped one is left out again."""
    truck = planned["rounds"][0]["vehicle"]
    after = change(
        office,
        planned,
        {"kind": "add", "container": "V3", "vehicle": truck},
        {"kind": "add", "container": "G5", "vehicle": truck},
    )["planning"]

    assert served(after)["V3"] == truck
    assert "ajoutée à la main" in stop_of(after, "V3")["reason"]
    assert stop_of(after, "G5")["containers"][0]["volume_l"] == 3000
    assert change(office, after, {"kind": "add", "container": "V3", "vehicle": truck}, status=409)
    assert change(office, after, {"kind": "add", "container": "P1", "vehicle": truck}, status=404)

    dropped = change(office, after, {"kind": "drop", "stop": stop_of(after, "V3")["id"]})["planning"]
    assert "V3" not in served(dropped)
    why = {one["containers"][0]["code"]: one["why"] for one in dropped["left_out"]}["V3"]
    assert why.endswith("Retirée à la main.")


def test_what_the_planner_left_out_and_people_dropped_says_so(
    office: TestClient, planned: dict[str, Any]
) -> None:
    """The planner's reason for leaving a stop out is over once a person has added it and taken it back."""

    def why(one: dict[str, Any]) -> str:
        left = {one["containers"][0]["code"]: one["why"] for one in one["left_out"]}
        found: str = left["G4"]
        return found

    assert "le détour coûterait" in why(planned)
    truck = planned["rounds"][0]["vehicle"]
    added = change(office, planned, {"kind": "add", "container": "G4", "vehicle": truck})["planning"]
    changed = change(office, added, {"kind": "drop", "stop": stop_of(added, "G4")["id"]})

    assert why(changed["planning"]).endswith(". Retirée à la main.")
    assert "détour" not in why(changed["planning"])
    (back,) = changed["undo"]
    again = change(office, changed["planning"], back)["planning"]
    assert served(again)["G4"] == truck


def test_required_stop_dropped_is_said_first(office: TestClient, planned: dict[str, Any]) -> None:
    """A due column taken out by hand heads what is left out."""
    after = change(office, planned, {"kind": "drop", "stop": stop_of(planned, "G1")["id"]})["planning"]

    assert after["left_out"][0]["containers"][0]["code"] == "G1"
    assert after["left_out"][0]["required"]


def test_two_dispatchers(office: TestClient, planned: dict[str, Any]) -> None:
    """The second of two dispatchers who change the same version is refused, and nothing changes."""
    stop = stop_of(planned, "V2")
    truck = served(planned)["V2"]
    change(office, planned, {"kind": "lock", "stop": stop["id"]})

    refused = change(
        office, planned, {"kind": "move", "stop": stop["id"], "vehicle": truck, "position": 0}, status=409
    )

    assert "Une autre personne" in refused["error"]
    assert orders(planning(office, planned["id"])) == orders(planned)


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "fly", "stop": 1},
        {"kind": "move", "stop": 1},
        {"kind": "drop"},
        {"stop": 1},
        {"kind": "add_unloading", "site": "NULLE-PART", "vehicle": "GRUE-1"},
    ],
)
def test_changes_not_understood(office: TestClient, planned: dict[str, Any], bad: dict[str, Any]) -> None:
    """A change that is not one is refused in a sentence."""
    assert change(office, planned, bad, status=422)["error"].endswith(".")


def test_giving_up_a_draft(office: TestClient, planned: dict[str, Any]) -> None:
    """A draft given up is no longer listed, and cannot be changed."""
    one = planned["rounds"][0]
    answer = office.post(
        f"/api/v1/rounds/{one['id']}/withdraw", json={"version": one["version"], "to": "cancelled"}
    )

    assert answer.json()["status"] == "cancelled"
    assert one["id"] not in {round_["id"] for round_ in planning(office, planned["id"])["rounds"]}
    assert office.get(f"/api/v1/rounds/{one['id']}").status_code == 404
