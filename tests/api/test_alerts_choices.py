"""What is chosen about alerts.

Settings that ingest and the worker obey, subscriptions, the doctor's look at the roads.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from pydantic import ValidationError
from services import Database

from api import auth
from api.alerts.inbox import until
from api.alerts.kinds import DEFAULTS, check, rules_by_date, rules_now
from api.alerts.messaging import Messaging, read_mail_server
from api.alerts.subscriptions import phone
from api.doctor import _messaging
from api.jobs import notice_silence
from fill.document import state_to_document
from fill.fold import fold
from fill.model import DEFAULT, Calibration, Reading, State
from ingest.states import _rules
from store.connection import connect
from tests.api.little_territory import now, set_state
from tests.api.outside_world import mail_server

pytestmark = pytest.mark.db

FIRE = {
    "opens_at": 70,
    "clears_at": 50,
    "tells": True,
    "rings": True,
    "wait_s": 0,
    "repeat_s": None,
    "escalate_s": 600,
    "gather_s": 0,
}


def test_every_kind_has_a_setting_that_can_be(dispatcher: TestClient) -> None:
    """The defaults are fill's own rules, and pass their own check."""
    found = {one["kind"]: one for one in dispatcher.get("/api/v1/alert-settings").json()}
    assert set(found) == set(DEFAULTS)
    assert (found["fire"]["opens_at"], found["fire"]["clears_at"]) == (DEFAULT.fire_c, DEFAULT.fire_clear_c)
    assert [kind for kind, one in DEFAULTS.items() if check(one, DEFAULTS) is not None] == []


def test_a_changed_condition_reaches_ingest_and_the_past_keeps_its_own(
    dispatcher: TestClient, territory: Database
) -> None:
    """From its instant on ingest and the worker judge by it.

    Folding the past again judges by what held then.
    """
    before = now()
    assert dispatcher.put("/api/v1/alert-settings/fire", json=FIRE).status_code == 200
    assert dispatcher.put("/api/v1/alert-settings/fire", json=FIRE).json()["opens_at"] == 70
    with connect(territory.dsn, role="glaneur_ingest") as connection, connection.cursor() as cursor:
        assert (_rules(cursor).fire_c, _rules(cursor).fire_clear_c) == (70, 50)
    with connect(territory.dsn, role="glaneur_worker") as connection:
        assert rules_now(connection) == replace(DEFAULT, fire_c=70, fire_clear_c=50)
        at = rules_by_date(connection)
        assert (at(before).fire_c, at(now()).fire_c) == (DEFAULT.fire_c, 70)
    with connect(territory.dsn) as connection:
        kept = connection.execute("SELECT count(*) AS n FROM alert_setting").fetchone()
    assert kept == {"n": 1}  # saying the same again changes nothing


def test_settings_that_cannot_be_do_not_stop_ingest(territory: Database) -> None:
    """Written by hand or by another version: the defaults hold, and a line says so."""
    with connect(territory.dsn) as connection:
        connection.execute(
            "INSERT INTO alert_setting (kind, since, opens_at, clears_at, tells, rings, wait_s, gather_s)"
            " VALUES ('fire', now(), 40, 60, true, true, 0, 0)"
        )
    with connect(territory.dsn, role="glaneur_ingest") as connection, connection.cursor() as cursor:
        assert _rules(cursor) == DEFAULT


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("fire", {"clears_at": 75}, "La condition de clôture doit être en deçà de celle d'ouverture."),
        ("fire", {"clears_at": None}, "Une condition manque"),
        ("fire", {"opens_at": -3}, "Une condition manque"),
        ("fire", {"lasting_s": 60}, "Une condition manque"),
        ("moon", {}, "Ce genre d'alerte n'existe pas."),
        ("overflow", {"opens_at": 10, "clears_at": 20}, "Le risque qui clôt"),
        ("overflow", {"opens_at": 120, "clears_at": 20}, "Le risque qui clôt"),
        ("fire", {"repeat_s": 10}, "« repeat_s » est trop petit"),
        ("fire", {"wait_s": 10**9}, "« wait_s » est trop grand"),
    ],
)
def test_contradictions_are_refused(
    dispatcher: TestClient, kind: str, changes: dict[str, Any], sentence: str
) -> None:
    """One sentence, and nothing changes."""
    answer = dispatcher.put(f"/api/v1/alert-settings/{kind}", json={**FIRE, **changes})
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


def test_the_form_of_settings(dispatcher: TestClient) -> None:
    """Minutes and hours with a comma; empty is never; what cannot be is said beside its kind."""
    form = {
        "ouvre": "65,5",
        "clot": "45",
        "previent": "1",
        "attend_min": "1,5",
        "rappelle_h": "",
        "escalade_min": "20",
    }
    answer = dispatcher.post("/alertes-reglages/fire", data={**form, "regroupe_min": "0"})
    assert answer.headers["location"] == "/alertes-reglages?fait=reglage#fire"
    found = {one["kind"]: one for one in dispatcher.get("/api/v1/alert-settings").json()}["fire"]
    assert (found["opens_at"], found["wait_s"], found["repeat_s"], found["escalate_s"]) == (
        65.5,
        90,
        None,
        1200,
    )
    assert (found["tells"], found["rings"]) == (True, False)
    for wrong in (
        {"clot": "99"},
        {"attend_min": "hier"},
        {"rappelle_h": "-1"},
        {"rappelle_h": "0,01"},
        {"ouvre": "inf"},
    ):
        assert dispatcher.post("/alertes-reglages/fire", data={**form, **wrong}).status_code == 422, wrong
    assert dispatcher.post("/alertes-reglages/moon", data=form).status_code == 404
    assert "Camille Régulation" in dispatcher.get("/alertes-reglages").text


def test_silence_follows_its_setting(dispatcher: TestClient, territory: Database) -> None:
    """A day without a word is no silence with ten reports of patience, and is one with three."""
    calibration = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)
    heard = Reading(measured_at=now() - timedelta(hours=24), distance_mm=1000)
    memory = state_to_document(fold(State(), heard, calibration)[0])
    with connect(territory.dsn) as connection:
        connection.execute("DELETE FROM container_state")
        set_state(connection, "V3", measured_at=heard.measured_at, memory=Jsonb(memory))
    opened = []
    for reports in (10, 3):
        wish = {**FIRE, "opens_at": reports, "clears_at": None, "rings": False}
        assert dispatcher.put("/api/v1/alert-settings/silent", json=wish).status_code == 200
        with connect(territory.dsn, role="glaneur_worker") as connection:
            opened.append(notice_silence(connection))
    assert opened == [0, 1]


@pytest.mark.parametrize(
    ("wish", "status", "sentence"),
    [
        ({"channel": "email", "address": "camille"}, 422, "Cette adresse de courriel"),
        ({"channel": "email", "address": "a@b.fr\r\nBcc: c@d.fr"}, 422, "Cette adresse de courriel"),
        ({"channel": "sms", "address": "12"}, 422, "address"),
        ({"channel": "sms", "address": "0612"}, 422, "Ce numéro"),
        ({"channel": "pigeon", "address": "roof"}, 422, "channel"),
        ({"channel": "webhook", "address": "https://a.example/x"}, 403, "administrateur"),
        ({"channel": "email", "address": "a@b.fr", "kinds": ["moon"]}, 422, "moon"),
        ({"channel": "email", "address": "a@b.fr", "quiet_from_min": 60}, 422, "n"),
    ],
)
def test_subscriptions_that_make_no_sense(
    dispatcher: TestClient, wish: dict[str, Any], status: int, sentence: str
) -> None:
    """Refused with a sentence that does not repeat the address."""
    answer = dispatcher.post("/api/v1/subscriptions", json=wish)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert wish["address"] not in answer.json()["error"]


def test_a_subscription_is_its_owners(as_person: Callable[[str], TestClient], territory: Database) -> None:
    """Seen, tried and taken away by nobody else.

    A number is kept as gateways want it, and is in no log of ours.
    """
    camille = as_person("regulation")
    wish = {"channel": "sms", "address": "06 12 34 56 78", "kinds": ["fire"], "communes": ["62364"]}
    made = camille.post("/api/v1/subscriptions", json=wish).json()
    assert made["address"] == "+33612345678"
    assert camille.get("/api/v1/subscriptions").json() == [made]
    assert "Fruges" in camille.get("/alertes-abonnements").text
    alix = as_person("admin")
    assert alix.get("/api/v1/subscriptions").json() == []
    for verb, path in (("DELETE", ""), ("POST", "/test")):
        assert alix.request(verb, f"/api/v1/subscriptions/{made['id']}{path}").status_code == 404
    assert alix.post(
        "/api/v1/subscriptions", json={"channel": "webhook", "address": "https://a.example/x"}
    ).is_success
    for bad in ("ftp://a.example", "https://user:word@a.example/x", "https://"):
        assert (
            alix.post("/api/v1/subscriptions", json={"channel": "webhook", "address": bad}).status_code == 422
        )
    camille = as_person("regulation")
    assert camille.delete(f"/api/v1/subscriptions/{made['id']}").status_code == 204
    assert camille.get("/api/v1/subscriptions").json() == []
    with connect(territory.dsn) as connection:
        rows = connection.execute("SELECT detail::text AS detail, subject FROM people.audit").fetchall()
    assert not any("612345678" in row["detail"] + row["subject"] for row in rows)


def test_the_form_of_subscriptions(dispatcher: TestClient) -> None:
    """What was typed stays when it is refused; quiet hours are of Paris."""
    form = {"voie": "email", "adresse": "camille@exemple.fr", "genres": ["fire", "tilt"], "calme_de": "22:00"}
    half = dispatcher.post("/alertes-abonnements", data=form)
    assert half.status_code == 422
    assert "Les heures de calme ont un début et une fin" in half.text
    assert 'value="camille@exemple.fr"' in half.text
    assert 'value="tilt" checked' in half.text
    answer = dispatcher.post("/alertes-abonnements", data={**form, "calme_a": "07:30"})
    assert answer.headers["location"] == "/alertes-abonnements?fait=abonne"
    (made,) = dispatcher.get("/api/v1/subscriptions").json()
    assert (made["quiet_from_min"], made["quiet_until_min"]) == (22 * 60, 7 * 60 + 30)
    tries = [dispatcher.post(f"/api/v1/subscriptions/{made['id']}/test").status_code for _ in range(5)]
    assert tries == [202, 202, 202, 202, 202]
    assert dispatcher.post(f"/api/v1/subscriptions/{made['id']}/test").status_code == 429
    auth._LIMITER.storage.reset()
    for verb, fait in (("essayer", "essai"), ("retirer", "retire")):
        moved = dispatcher.post(f"/alertes-abonnements/{made['id']}/{verb}")
        assert moved.headers["location"] == f"/alertes-abonnements?fait={fait}"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("0033 6 12 34 56 78", "+33612345678"),
        ("+33 (0)6", "+3306"),
        ("+32470123456", "+32470123456"),
    ],
)
def test_numbers_are_kept_as_gateways_want_them(typed: str, kept: str) -> None:
    """E.164, whatever the spaces."""
    assert phone(typed) == kept


@pytest.mark.parametrize("url", ["http://host", "smtp://:pw@", "file://host/folder", "mail.example:25"])
def test_a_mail_server_that_is_none(url: str) -> None:
    """Refused when it is read, in words that do not show it: it may hold a password."""
    with pytest.raises(ValueError, match="must be written") as refused:
        read_mail_server(url)
    assert url not in str(refused.value)


@pytest.fixture
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Messaging.model_fields:
        monkeypatch.delenv(f"GLANEUR_{name.upper()}", raising=False)


@pytest.mark.usefixtures("_no_settings")
def test_settings_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty variables are none; a profile that is no JSON object of texts is refused."""
    monkeypatch.setenv("GLANEUR_SMTP", "")
    monkeypatch.setenv("GLANEUR_WEBHOOK_SECRET", "s")
    assert Messaging().open_channels == ("webhook",)
    for name, value in (
        ("SMS_FIELDS", "[1]"),
        ("SMS_FIELDS", "{"),
        ("SMS_HEADERS", '{"a": 1}'),
        ("SMTP", "x"),
    ):
        with monkeypatch.context() as inner:
            inner.setenv(f"GLANEUR_{name}", value)
            with pytest.raises(ValidationError):
                Messaging()


@pytest.mark.usefixtures("_no_settings")
def test_the_doctor_looks_at_the_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set, set well, a server that is away, a setting that cannot be: one finding each."""

    def said() -> list[tuple[str, str]]:
        return [(one.verdict, one.about) for one in _messaging()]

    assert said() == [("--", "messages to people")]
    with mail_server() as server:
        monkeypatch.setenv("GLANEUR_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert said() == [("!!", "messages to people"), ("ok", "mail server")]
        monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://glaneur.example")
        assert said() == [("ok", "messages to people"), ("ok", "mail server")]
    monkeypatch.setenv("GLANEUR_SMTP", "smtp://someone:s3cret@127.0.0.1:1")
    findings = list(_messaging())
    assert findings[1].verdict == "!!"
    assert "s3cret" not in findings[1].sentence
    monkeypatch.setenv("GLANEUR_SMTP", "gopher://x")
    assert said() == [("!!", "messages to people")]


@pytest.mark.usefixtures("_no_settings")
def test_a_password_is_never_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without STARTTLS gets no login."""
    with mail_server() as server:
        monkeypatch.setenv("GLANEUR_SMTP", f"smtp://someone:s3cret@127.0.0.1:{server.port}")
        findings = list(_messaging())
    assert "SMTPNotSupportedError" in findings[1].sentence


def test_waits_end_in_the_morning() -> None:
    """« Demain 8 h » is eight on the wall, whatever the zone of the server."""
    evening = now().replace(year=2026, month=3, day=28, hour=21)
    assert until("demain", evening).isoformat() == "2026-03-29T08:00:00+02:00"
    assert until("1h", evening) - evening == timedelta(hours=1)
