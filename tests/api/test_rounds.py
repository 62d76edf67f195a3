"""Plannings and rounds through the JSON API, on a real database with the real planner in its process."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from routing.checker import violations
from routing.document import read
from routing.model import Plan, Problem
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.rounds_territory import ask, driver_id, run, seed_rounds, tomorrow

pytestmark = pytest.mark.db


@pytest.fixture
def grown(timescale_database: Database) -> Database:
    """A database with the grown territory."""
    seed_rounds(timescale_database.dsn)
    return timescale_database


@pytest.fixture
def office(grown: Database) -> Iterator[TestClient]:
    """Camille, dispatcher, signed in."""
    with TestClient(make_app(grown.dsn), follow_redirects=False) as client:
        yield sign_in(client, "regulation")


@pytest.fixture
def planned(grown: Database, office: TestClient) -> dict[str, Any]:
    """A glass planning of tomorrow, done."""
    number = ask(office)
    assert run(grown.dsn, number).status == "done"
    return planning(office, number)


def planning(office: TestClient, number: int) -> dict[str, Any]:
    """The planning as the API shows it."""
    answer = office.get(f"/api/v1/plannings/{number}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def served(one: dict[str, Any]) -> dict[str, str]:
    """The truck of every container served."""
    return {
        container["code"]: round_["vehicle"]
        for round_ in one["rounds"]
        for stop in round_["stops"]
        for container in stop["containers"]
    }


def stop_of(one: dict[str, Any], code: str) -> dict[str, Any]:
    """The stop that empties a container."""
    found: dict[str, Any] = next(
        stop
        for round_ in one["rounds"]
        for stop in round_["stops"]
        if code in [container["code"] for container in stop["containers"]]
    )
    return found


def change(office: TestClient, one: dict[str, Any], *changes: dict[str, Any], status: int = 200) -> Any:
    """Post changes with the versions shown, and return the answer's body."""
    body = {"versions": {round_["id"]: round_["version"] for round_ in one["rounds"]}, "changes": changes}
    answer = office.post(f"/api/v1/rounds/{one['rounds'][0]['id']}/changes", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("edition", ["timescale_database", "plain_database"])
def test_from_request_to_rounds_on_both_editions(edition: str, request: pytest.FixtureRequest) -> None:
    """A request becomes checked draft rounds that empty what is due, with times, loads and reasons."""
    database: Database = request.getfixturevalue(edition)
    seed_rounds(database.dsn)
    with TestClient(make_app(database.dsn)) as client:
        office = sign_in(client, "regulation")
        number = ask(office)
        assert planning(office, number)["status"] == "queued"
        outcome = run(database.dsn, number, in_child=True)
        assert (outcome.status, "gardé" in outcome.message) == ("done", False)
        one = planning(office, number)

    assert {"V1", "V2", "G1", "G2"} <= set(served(one))
    assert "V3" not in served(one)
    for round_ in one["rounds"]:
        kinds = [stop["kind"] for stop in round_["stops"]]
        assert (kinds[0], kinds[-2], kinds[-1]) == ("start", "unload", "end")
        assert round_["violations"] == []
        assert all(stop["reason"] for stop in round_["stops"] if stop["kind"] == "collect")
        assert round_["stops"][-2]["load_kg"] == 0
    assert stop_of(one, "V1")["reason"].startswith("À 93\u00a0%, débordera ")
    left = {one["containers"][0]["code"]: one["why"] for one in one["left_out"]}
    assert left["G5"] == "Niveau inconnu : la sonde n'a encore rien donné de sûr."
    assert left["V3"].startswith("À 12\u00a0% seulement")
    assert "le détour coûterait" in left["G4"]


def test_problem_can_be_replayed(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """The stored problem and plan are routing's own documents, and the judge accepts them."""
    problem = read(Problem, office.get(f"/api/v1/plannings/{planned['id']}/problem").json())
    with connect(grown.dsn) as connection:
        row = connection.execute("SELECT plan->'plan' AS plan FROM planning").fetchone()
    plan = read(Plan, row["plan"] if row else None)

    assert isinstance(problem, Problem)
    assert isinstance(plan, Plan)
    assert violations(problem, plan) == ()


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"day": "2020-01-01"}, "Ce jour est passé"),
        ({"day": "2999-01-01"}, "trop loin"),
        ({"stream": "lune"}, "Ce flux n'existe pas."),
        ({"vehicles": ["FUSEE"]}, "« FUSEE »"),
        ({"stream": "emballages"}, "Aucun camion"),
        ({"day": "demain"}, "Le champ « day » n'est pas une date"),
        ({"budget_s": 0}, "Le champ « budget_s » est trop petit"),
        ({"couleur": "bleu"}, "Le champ « couleur » n'est pas attendu"),
    ],
)
def test_bad_requests_are_refused_in_a_sentence(
    office: TestClient, wanted: dict[str, Any], sentence: str
) -> None:
    """What cannot be planned is refused at once, in French, and nothing is queued."""
    answer = office.post(
        "/api/v1/plannings", json={"day": tomorrow().isoformat(), "stream": "verre"} | wanted
    )

    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


def test_drivers_do_not_plan(grown: Database) -> None:
    """A driver's account neither reads nor changes plannings."""
    with TestClient(make_app(grown.dsn)) as client:
        phone = sign_in(client, "chauffeur")
        body = {"day": tomorrow().isoformat(), "stream": "verre"}

        assert phone.post("/api/v1/plannings", json=body).status_code == 403
        assert phone.get(f"/api/v1/rounds?day={tomorrow()}").status_code == 403


def test_request_and_job_are_one_transaction(office: TestClient, grown: Database) -> None:
    """A planning has its job, a refused one has neither."""
    number = ask(office)
    office.post("/api/v1/plannings", json={"day": "2020-01-01", "stream": "verre"})

    with connect(grown.dsn) as connection:
        jobs = connection.execute("SELECT task_name, args, status FROM jobs.procrastinate_jobs").fetchall()
        plannings = connection.execute("SELECT id FROM planning").fetchall()
    assert [row["id"] for row in plannings] == [number]
    assert [(row["task_name"], row["args"]) for row in jobs] == [("plan", {"planning_id": number})]


def test_cancel_before_it_starts(office: TestClient, grown: Database) -> None:
    """A planning nobody began is cancelled at once; the worker then finds nothing to do."""
    from api.dispatch.solving import run_planning

    number = ask(office)
    answer = office.post(f"/api/v1/plannings/{number}/cancel")

    assert answer.json()["status"] == "cancelled"
    assert run_planning(grown.dsn, number) is None
    assert office.post(f"/api/v1/plannings/{number}/cancel").status_code == 409
    assert office.post("/api/v1/plannings/999999/cancel").status_code == 404


def test_cancel_while_it_computes(office: TestClient, grown: Database) -> None:
    """A running planning stops soon after it is told to, and leaves no round."""
    from api.dispatch.solving import run_planning

    number = ask(office, budget_s=60)
    asked: list[int] = []

    def cancel_once(_: float, __: str) -> None:
        if not asked:
            asked.append(office.post(f"/api/v1/plannings/{number}/cancel").status_code)

    outcome = run_planning(grown.dsn, number, on_progress=cancel_once)

    assert asked == [200]
    assert outcome is not None
    assert outcome.status == "cancelled"
    assert planning(office, number)["rounds"] == []


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


def test_planning_again_keeps_locks(office: TestClient, grown: Database, planned: dict[str, Any]) -> None:
    """A locked stop stays on its truck and in the plan when planned again."""
    other = next(code for code in planned["vehicles"] if code != served(planned).get("V3"))
    added = change(office, planned, {"kind": "add", "container": "V3", "vehicle": other})["planning"]
    locked = change(office, added, {"kind": "lock", "stop": stop_of(added, "V3")["id"]})["planning"]
    assert stop_of(locked, "V3")["locked"]

    answer = office.post(f"/api/v1/plannings/{planned['id']}/replan", json={"budget_s": 1})
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    assert run(grown.dsn, planned["id"]).status == "done"

    again = planning(office, planned["id"])
    assert served(again)["V3"] == other
    assert stop_of(again, "V3")["locked"]
    assert {"V1", "V2", "G1", "G2"} <= set(served(again))


def publish(office: TestClient, one: dict[str, Any], driver: int) -> Any:
    """Publish a round."""
    body = {"version": one["version"], "driver": driver}
    return office.post(f"/api/v1/rounds/{one['id']}/publish", json=body)


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


def test_giving_up_a_draft(office: TestClient, planned: dict[str, Any]) -> None:
    """A draft given up is no longer listed, and cannot be changed."""
    one = planned["rounds"][0]
    answer = office.post(
        f"/api/v1/rounds/{one['id']}/withdraw", json={"version": one["version"], "to": "cancelled"}
    )

    assert answer.json()["status"] == "cancelled"
    assert one["id"] not in {round_["id"] for round_ in planning(office, planned["id"])["rounds"]}
    assert office.get(f"/api/v1/rounds/{one['id']}").status_code == 404


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


def test_nothing_to_empty_is_a_plan_of_nothing(office: TestClient, grown: Database) -> None:
    """A stream whose columns are all quiet is planned to stay home, and says so."""
    with connect(grown.dsn) as connection:
        connection.execute(
            "UPDATE container_state SET fill_percent = 5, full_at = NULL, rate_percent_per_day = 0"
        )
    number = ask(office)

    assert run(grown.dsn, number).message == "Rien à vider ce jour-là."
    one = planning(office, number)
    assert (one["status"], one["rounds"]) == ("done", [])


def test_no_quay_is_a_failure_with_its_sentence(office: TestClient, grown: Database) -> None:
    """Without any unloading site for the stream, planning ends with one French sentence."""
    with connect(grown.dsn) as connection:
        connection.execute("UPDATE unloading_site SET streams = '{papier}'")
    number = ask(office)

    assert run(grown.dsn, number).status == "failed"
    assert "Aucun site de vidage" in planning(office, number)["message"]


def test_too_much_for_the_trucks_is_said(office: TestClient, grown: Database) -> None:
    """What does not fit in the day is planned as far as possible, and the rest heads what is left out."""
    with connect(grown.dsn) as connection:
        connection.execute("UPDATE vehicle SET shift_s = 2400, break_s = 0")
        connection.execute(
            "UPDATE container_state SET fill_percent = 99, rate_percent_per_day = 8 WHERE fill_percent > 50"
        )
    number = ask(office)
    outcome = run(grown.dsn, number)
    one = planning(office, number)

    assert outcome.status == "done"
    assert "n'ont pas trouvé de place" in outcome.message
    assert one["left_out"][0]["required"]
    assert all(round_["violations"] == [] for round_ in one["rounds"])
