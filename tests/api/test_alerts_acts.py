"""What people do with alerts, alone and at the same instant; and the inbox that shows it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.alerts import acts
from api.auth import Account, create_account
from store.connection import connect
from tests.api.little_territory import PASSWORD, now, open_alert

pytestmark = pytest.mark.db


def opened(territory: Database, kind: str = "tilt", code: str = "V2") -> int:
    """An alert of a second kind, to act upon."""
    with connect(territory.dsn) as connection:
        return open_alert(connection, code, kind, "Inclinée de 40°.")


def events(client: TestClient, number: int) -> list[tuple[str, str | None, str | None]]:
    """An alert's history: what, who, whom."""
    found = client.get(f"/api/v1/alerts/{number}/history").json()
    return [(event["what"], event["who"], event["whom"]) for event in found]


def close(territory: Database, number: int) -> None:
    """Close an alert as ingest does."""
    with connect(territory.dsn, role="glaneur_ingest") as connection:
        connection.execute(
            "UPDATE alert SET closed_at = now(), closed_because = 'De nouveau droite.' WHERE id = %s",
            (number,),
        )


def test_the_life_of_an_alert_is_its_history(dispatcher: TestClient, territory: Database) -> None:
    """Taken, given, commented, put to sleep, woken, released, closed: in order, with who and why.

    Append-only.
    """
    number = opened(territory)
    act = f"/api/v1/alerts/{number}"
    wake = (now() + timedelta(hours=2)).isoformat()
    assert dispatcher.post(f"{act}/acknowledge").json()["acknowledged_by"] == "Camille Régulation"
    for verb, body in (
        ("assign", {"assignee": "admin", "seen": None}),
        ("assign", {"assignee": "admin", "seen": None}),  # already so: nothing happens
        ("comment", {"note": "  J'appelle la mairie.  "}),
        ("snooze", {"until": wake}),
        ("snooze", {"until": None}),
        ("assign", {"assignee": None, "seen": "admin"}),
    ):
        assert dispatcher.post(f"{act}/{verb}", json=body).status_code == 200, verb
    close(territory, number)
    assert events(dispatcher, number) == [
        ("opened", None, None),
        ("acknowledged", "Camille Régulation", None),
        ("assigned", "Camille Régulation", "Alix Administration"),
        ("commented", "Camille Régulation", None),
        ("snoozed", "Camille Régulation", None),
        ("woken", "Camille Régulation", None),
        ("released", "Camille Régulation", None),
        ("closed", None, None),
    ]
    history = dispatcher.get(f"{act}/history").json()
    assert history[0]["note"] == "Inclinée de 40°."
    assert history[3]["note"] == "J'appelle la mairie."
    assert history[-1]["note"] == "De nouveau droite."
    with connect(territory.dsn) as connection:
        audited = connection.execute("SELECT detail::text AS d FROM people.audit WHERE action LIKE '%_alert'")
        assert all("mairie" not in row["d"] for row in audited)


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("assign", {"assignee": "chauffeur", "seen": None}, 422),
        ("assign", {"assignee": "nobody", "seen": None}, 422),
        ("assign", {"assignee": "admin"}, 422),
        ("comment", {"note": "   "}, 422),
        ("comment", {"note": "x" * 1001}, 422),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, 422),
        ("snooze", {"until": "2120-01-01T00:00:00Z"}, 422),
        ("snooze", {"until": "2027-01-01T00:00:00"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(
    dispatcher: TestClient, territory: Database, verb: str, body: dict[str, Any], status: int
) -> None:
    """One French sentence, and the alert is as it was."""
    number = opened(territory)
    answer = dispatcher.post(f"/api/v1/alerts/{number}/{verb}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert events(dispatcher, number) == [("opened", None, None)]


def test_a_closed_alert_takes_comments_only(dispatcher: TestClient, territory: Database) -> None:
    """Closed while somebody was about to act: told so, and nothing is written but a comment."""
    number = opened(territory)
    close(territory, number)
    for verb, body in (("assign", {"assignee": "admin", "seen": None}), ("snooze", {"until": None})):
        answer = dispatcher.post(f"/api/v1/alerts/{number}/{verb}", json=body)
        assert (answer.status_code, answer.json()["error"]) == (409, acts.CLOSED)
    assert dispatcher.post(f"/api/v1/alerts/{number}/comment", json={"note": "Vu."}).status_code == 200
    assert dispatcher.post("/api/v1/alerts/999999/comment", json={"note": "Vu."}).status_code == 404


def test_drivers_see_nothing_of_it(as_person: Callable[[str], TestClient], territory: Database) -> None:
    """The inbox, the acts and the settings are the dispatcher's."""
    number = opened(territory)
    driver = as_person("chauffeur")
    assert driver.post(f"/api/v1/alerts/{number}/comment", json={"note": "Vu."}).status_code == 403
    paths = ("/alertes", f"/alertes/{number}", "/alertes-envois", "/alertes-reglages", "/sondes-a-entretenir")
    assert {driver.get(path).status_code for path in paths} == {403}


def _account(connection: Connection[DictRow], login: str) -> Account:
    row = connection.execute(
        "SELECT id, display_name, role FROM people.account WHERE login = %s", (login,)
    ).fetchone()
    assert row is not None
    return Account(row["id"], login, row["display_name"], row["role"], "")


def _at_once(territory: Database, *tasks: Callable[[Connection[DictRow], Account], None]) -> list[str]:
    """Run each task on a connection of its own, all begun at the same instant; '' or the refusal of each."""
    gate = Barrier(len(tasks))

    def run(task: Callable[[Connection[DictRow], Account], None]) -> str:
        with connect(territory.dsn, role="glaneur_api") as connection:
            account = _account(connection, "regulation")
            gate.wait(30)
            try:
                task(connection, account)
            except HTTPException as refusal:
                connection.rollback()
                return str(refusal.detail)
        return ""

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def test_two_acknowledge_at_once(dispatcher: TestClient, territory: Database) -> None:
    """Both are told that it is taken; it is taken once."""
    number = opened(territory)
    said = _at_once(territory, *[lambda c, a: acts.acknowledge(c, a, number, now())] * 4)
    assert said == [""] * 4
    assert [what for what, _, _ in events(dispatcher, number)] == ["opened", "acknowledged"]


def test_two_dispatchers_give_it_to_two_people(dispatcher: TestClient, territory: Database) -> None:
    """The first one wins; the second is told who has it, instead of taking it away unseen."""
    number = opened(territory)
    with connect(territory.dsn) as connection:
        create_account(connection, login="lou", display_name="Lou", password=PASSWORD, role="dispatcher")
    said = _at_once(
        territory,
        lambda c, a: acts.assign(c, a, number, "admin", None, now()),
        lambda c, a: acts.assign(c, a, number, "lou", None, now()),
    )
    names = {"": 1, "L'alerte a changé de mains entre-temps. Lou s'en charge déjà.": 0}
    names["L'alerte a changé de mains entre-temps. Alix Administration s'en charge déjà."] = 0
    assert said.count("") == 1
    assert set(said) <= set(names)
    assert [what for what, _, _ in events(dispatcher, number)] == ["opened", "assigned"]


def test_closed_while_being_assigned(dispatcher: TestClient, territory: Database) -> None:
    """Ingest closes it at the same instant: either it was given and then closed, or refused.

    Never half of each.
    """
    number = opened(territory)

    def ingest_closes(_: Connection[DictRow], __: Account) -> None:
        close(territory, number)

    given, closed = _at_once(
        territory, lambda c, a: acts.assign(c, a, number, "admin", None, now()), ingest_closes
    )
    assert closed == ""
    whats = [what for what, _, _ in events(dispatcher, number)]
    assert "closed" in whats
    assert ("assigned" in whats) is (given == "")
    assert given in ("", acts.CLOSED)


def test_the_inbox_by_state_and_filter(dispatcher: TestClient, territory: Database) -> None:
    """Each alert is in one state; filters narrow, counts do not."""
    numbers = [opened(territory, kind) for kind in ("tilt", "fire", "implausible")]
    dispatcher.post(f"/api/v1/alerts/{numbers[0]}/acknowledge")
    until = (now() + timedelta(days=1)).isoformat()
    dispatcher.post(f"/api/v1/alerts/{numbers[2]}/snooze", json={"until": until})
    dispatcher.post(f"/api/v1/alerts/{numbers[1]}/assign", json={"assignee": "regulation", "seen": None})
    gone = opened(territory, "low_battery")
    close(territory, gone)

    def shown(query: str) -> list[int]:
        html = dispatcher.get(f"/alertes?{query}").text
        return [int(part.partition('"')[0]) for part in html.split('<li id="alert-')[1:]]

    assert shown("")[0] == numbers[1]  # a fire comes first
    assert len(shown("")) == 3  # with the little territory's own two
    assert shown("etat=prises") == [numbers[0]]
    assert shown("etat=en_sommeil") == [numbers[2]]
    assert shown("etat=closes") == [gone]
    assert len(shown("etat=ouvertes")) == 5
    assert shown("genre=fire") == shown("moi=1") == [numbers[1]]
    assert shown("commune=62463") == []
    assert shown("etat=ouvertes&flux=papier&genre=silent") != []
    assert "Aucune alerte ne répond à ces filtres." in dispatcher.get("/alertes?commune=62463").text


def test_an_unchanged_inbox_is_not_sent_again(dispatcher: TestClient, territory: Database) -> None:
    """The live page asks with the version it shows: 204 until something changes."""
    number = opened(territory)
    version = dispatcher.get("/alertes").text.partition('data-version="')[2].partition('"')[0]
    assert dispatcher.get(f"/alertes?version={version}").status_code == 204
    dispatcher.post(f"/api/v1/alerts/{number}/comment", json={"note": "Vu."})
    assert dispatcher.get(f"/alertes?version={version}").status_code == 200


def test_forms_do_the_same_and_lead_back(dispatcher: TestClient, territory: Database) -> None:
    """Without scripts: each form acts, and the list comes back with its filters; nowhere else."""
    number = opened(territory)
    act = f"/alertes/{number}"
    for verb, body in (
        ("prendre", {}),
        ("attribuer", {"a": "regulation", "vu": ""}),
        ("commenter", {"mot": "Vu."}),
        ("attendre", {"jusqua": "demain"}),
        ("attendre", {"jusqua": ""}),
    ):
        answer = dispatcher.post(f"{act}/{verb}", data={"retour": "etat=ouvertes&genre=tilt", **body})
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == "/alertes?etat=ouvertes&genre=tilt"
    whats = [what for what, _, _ in events(dispatcher, number)]
    assert whats == ["opened", "acknowledged", "assigned", "commented", "snoozed", "woken"]
    assert dispatcher.post(f"{act}/prendre", data={"retour": "x\r\nSet-Cookie: a=b"}).status_code == 422
    assert dispatcher.post(f"{act}/attendre", data={"jusqua": "toujours"}).status_code == 422
    assert "Mise en sommeil" in dispatcher.get(act).text
    assert dispatcher.get("/alertes/999999").status_code == 404


def test_comments_stay_text(dispatcher: TestClient, territory: Database) -> None:
    """What people write is shown, not run."""
    number = opened(territory)
    dispatcher.post(f"/api/v1/alerts/{number}/comment", json={"note": "<script>alert(1)</script>"})
    html = dispatcher.get(f"/alertes/{number}").text
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
