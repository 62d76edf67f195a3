"""The board's answers over HTTP: figures, filters, alerts and what the live page asks for."""

import re

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.little_territory import container_id, notify, open_alert, set_state

ROW = re.compile(r'<tr role="row" id="container-(\d+)"[^>]*?data-code="([^"]+)"', re.DOTALL)


def codes(html: str) -> list[str]:
    """Codes of the rows, in order."""
    return [code for _, code in ROW.findall(html)]


def tile(html: str, name: str) -> str:
    """Text of one tile, without markup or extra spaces."""
    found = re.search(rf'<div id="tile-{name}".*?<dd>(.*?)</dd>', html, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def number_of(territory: Database, code: str) -> int:
    with connect(territory.dsn) as connection:
        return container_id(connection, code)


def test_the_board_counts_and_lists_every_column_the_most_urgent_first(dispatcher: TestClient) -> None:
    html = dispatcher.get("/").text
    assert codes(html) == ["V1", "V2", "E1", "V3", "P1", "P2"]
    assert tile(html, "due") == "2 sur 6 colonnes"
    assert tile(html, "urgent") == "1"
    assert tile(html, "overflowing") == "1"
    # P2 was never heard: silent; P1 is silent; V2 is noisy
    assert tile(html, "probes") == "3 2 muettes, 1 douteuse"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("flux=verre", ["V1", "V2", "V3"]),
        ("commune=62463", ["V3", "P2"]),
        ("flux=verre&commune=62364&a_vider=1", ["V1", "V2"]),
        ("a_vider=1&flux=papier", []),
        ("flux=inconnu", []),
        ("flux=%27%3B--", []),
        ("flux=&commune=&a_vider=", None),
    ],
)
def test_filters_of_the_address_hold_for_the_page_and_for_its_changes(
    dispatcher: TestClient, query: str, expected: list[str] | None
) -> None:
    page, changes = dispatcher.get(f"/?{query}"), dispatcher.get(f"/tableau/changements?{query}")
    if expected is None:  # what the form sends without scripts: an unchecked box is simply absent
        assert page.status_code == 422
        return
    assert codes(page.text) == codes(changes.text) == expected


def test_changes_of_some_columns_hold_only_those_that_still_match(
    dispatcher: TestClient, territory: Database
) -> None:
    ids = f"{number_of(territory, 'V2')},{number_of(territory, 'V3')}"
    assert codes(dispatcher.get(f"/tableau/changements?ids={ids}").text) == ["V2", "V3"]
    assert codes(dispatcher.get(f"/tableau/changements?ids={ids}&a_vider=1").text) == ["V2"]
    with connect(territory.dsn) as connection:
        set_state(connection, "V2", fill_percent=3.0)
    html = dispatcher.get(f"/tableau/changements?ids={ids}&a_vider=1").text
    assert codes(html) == []
    assert tile(html, "due") == "1 sur 6 colonnes"


@pytest.mark.parametrize("ids", ["", "a", "1;2", "1,", "99999999999", "-1"])
def test_ids_that_are_not_numbers_are_refused(dispatcher: TestClient, ids: str) -> None:
    assert dispatcher.get(f"/tableau/changements?ids={ids}").status_code == 422
    assert dispatcher.get(f"/api/v1/containers?ids={ids}").status_code == 422


def test_each_row_says_when_it_was_measured(dispatcher: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        row = connection.execute(
            "SELECT measured_at FROM container_state WHERE container_id = %s", (number_of(territory, "V1"),)
        ).fetchone()
    assert row is not None
    assert f'data-measured="{row["measured_at"].isoformat()}"' in dispatcher.get("/").text


def test_to_empty_is_not_said_twice_where_urgent_says_it(dispatcher: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        open_alert(connection, "V1", "plan", "Remplie à 71 %.")
        open_alert(connection, "V2", "plan", "Remplie à 74 %.")
    html = dispatcher.get("/").text
    assert "Remplie à 74 %." in html
    assert "Remplie à 71 %." not in html
    assert len(dispatcher.get("/api/v1/alerts").json()) == 4


def test_alerts_come_gravest_first_and_by_filter(dispatcher: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        open_alert(connection, "V3", "low_battery", "Pile à 12 %.", hours_ago=0)
        open_alert(connection, "E1", "fire", "68 °C dans la colonne.", hours_ago=5)
        open_alert(connection, "E1", "brand_new_kind", "Autre chose.")
    found = dispatcher.get("/api/v1/alerts").json()
    assert [alert["kind"] for alert in found] == ["fire", "urgent", "silent", "low_battery", "brand_new_kind"]
    assert [alert["container"] for alert in dispatcher.get("/api/v1/alerts?insee=62463").json()] == ["V3"]
    assert [a["kind"] for a in dispatcher.get("/api/v1/alerts?stream=papier").json()] == ["silent"]


def test_taking_note_names_who_and_when_once_and_is_recorded(
    dispatcher: TestClient, territory: Database
) -> None:
    with connect(territory.dsn, autocommit=True) as listener:
        listener.execute("LISTEN glaneur_live")
        alert = dispatcher.get("/api/v1/alerts?container=V1").json()[0]
        first = dispatcher.post(f"/api/v1/alerts/{alert['id']}/acknowledge")
        assert first.status_code == 200
        assert first.json()["acknowledged_by"] == "Camille Régulation"
        told = next(listener.notifies(timeout=10))
        assert str(alert["container_id"]) in told.payload
    again = dispatcher.post(f"/api/v1/alerts/{alert['id']}/acknowledge")
    assert again.json() == first.json()
    html = dispatcher.get("/").text
    assert "Pris en compte par Camille Régulation" in html
    assert f'data-acknowledge="{alert["id"]}"' not in html
    with connect(territory.dsn) as connection:
        rows = connection.execute(
            "SELECT subject, detail FROM people.audit WHERE action = 'acknowledge_alert'"
        ).fetchall()
    assert rows == [{"subject": f"alert/{alert['id']}", "detail": {"container": "V1"}}]


def test_taking_note_of_what_is_closed_or_unknown_is_refused_with_a_sentence(
    dispatcher: TestClient, territory: Database
) -> None:
    with connect(territory.dsn) as connection:
        number = open_alert(connection, "V2", "tilt", "Inclinée de 40°.")
        connection.execute("UPDATE alert SET closed_at = now() WHERE id = %s", (number,))
    closed = dispatcher.post(f"/api/v1/alerts/{number}/acknowledge")
    assert (closed.status_code, closed.json()["error"]) == (409, "Cette alerte s'est close entre-temps.")
    unknown = dispatcher.post("/api/v1/alerts/999999/acknowledge")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "Cette alerte n'existe pas.")
    without = dispatcher.post(f"/api/v1/alerts/{number}/acknowledge", headers={"X-CSRF-Token": ""})
    assert without.status_code == 403


def test_a_driver_cannot_take_note(driver: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        number = open_alert(connection, "V2", "tilt", "Inclinée de 40°.")
    assert driver.post(f"/api/v1/alerts/{number}/acknowledge").status_code == 403
    with connect(territory.dsn) as connection:
        row = connection.execute("SELECT acknowledged_at FROM alert WHERE id = %s", (number,)).fetchone()
    assert row == {"acknowledged_at": None}


def test_points_are_geojson_with_their_columns(dispatcher: TestClient) -> None:
    found = dispatcher.get("/api/v1/points").json()
    assert found["type"] == "FeatureCollection"
    first = found["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [2.134, 50.516]}
    assert first["properties"]["containers"] == ["E1", "P1", "V1"]
    assert [each["name"] for each in dispatcher.get("/api/v1/communes").json()] == ["Fruges", "Hucqueliers"]


def test_names_from_the_database_are_text_never_markup(dispatcher: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE point SET name = '<img src=x onerror=alert(1)>' WHERE code = 'PAV-1'")
        open_alert(connection, "E1", "fire", "<script>alert(1)</script>")
    for path in ("/", "/colonnes/E1"):
        html = dispatcher.get(path).text
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert "&lt;img src=x" in html


def test_an_empty_territory_has_an_empty_board(dispatcher: TestClient, territory: Database) -> None:
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE container SET in_service = 'empty'")
    html = dispatcher.get("/").text
    assert codes(html) == []
    assert "Aucune colonne n'est encore déclarée sur ce territoire." in html
    assert "Rien à prendre en compte." in html
    assert tile(html, "due") == "0 sur 0 colonnes"


def test_live_events_reach_a_signed_in_page_only(client: TestClient) -> None:
    assert client.get("/api/v1/live").status_code == 401


def test_a_notification_goes_out_at_commit(territory: Database) -> None:
    with connect(territory.dsn, autocommit=True) as listener:
        listener.execute("LISTEN glaneur_live")
        with connect(territory.dsn) as connection:
            notify(connection, "V1", "V2")
        assert '"containers"' in next(listener.notifies(timeout=10)).payload


def test_an_alert_put_to_sleep_leaves_the_new_ones(dispatcher: TestClient, territory: Database) -> None:
    """What somebody lets wait is listed with what is taken, and says until when."""
    with connect(territory.dsn) as connection:
        number = open_alert(connection, "V2", "tilt", "Inclinée de 40°.")
        connection.execute(
            "UPDATE alert SET snoozed_until = now() + INTERVAL '1 day' WHERE id = %s", (number,)
        )
    found = {alert["id"]: alert for alert in dispatcher.get("/api/v1/alerts").json()}
    assert found[number]["asleep"] is True
    new, _, known = dispatcher.get("/").text.partition('id="alerts-known"')
    assert f'id="alert-{number}"' not in new
    assert "En sommeil jusqu'à" in known
