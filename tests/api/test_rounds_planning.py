"""Plannings through the JSON API, on a real database with the real planner in its process."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from routing.checker import violations
from routing.document import read
from routing.model import Plan, Problem
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.rounds_desk import change, planning, served, stop_of
from tests.api.rounds_territory import ask, run, seed_rounds, tomorrow

pytestmark = pytest.mark.db


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
