"""From an open alert to a mail on somebody's server: digests, retries, dead letters, workers that die."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.alerts.messaging import Messaging
from api.alerts.sending import BACK_OFF_S, LEASE_S, MOST_TRIES, purge
from api.alerts.telling import tell
from api.auth import create_account
from store.connection import connect
from store.territory import load_territory
from tests.api.little_territory import PASSWORD, document, now, open_alert
from tests.api.outbox import INBOX, at_once, mails_to, outbox, run, subscribe, text_of, worker
from tests.api.outside_world import mail_server, web_server
from tests.api.queue_worker import work_off

pytestmark = pytest.mark.db


def test_a_mail_arrives_once(territory: Database) -> None:
    """The urgent column's sentence reaches Camille's server, with a key of its own.

    A second pass adds nothing.
    """
    subscribe(territory.dsn)
    with mail_server() as server:
        assert run(territory.dsn, mails_to(server.port)) == {"sent": 1}
        assert run(territory.dsn, mails_to(server.port)) == {}
    ((to, mail),) = server.mails
    assert to == "camille@exemple.fr"
    assert mail["Subject"] == "[Glaneur] 2 alertes : 1 urgente, 1 sonde muette"
    assert "Pleine à 93 %" in text_of(mail)
    assert INBOX in text_of(mail)
    (sent,) = outbox(territory.dsn)
    assert (sent["status"], sent["tries"]) == ("sent", 1)
    assert mail["Message-ID"] == f"<{sent['id']}@exemple.fr>"


def big_territory(dsn: str, containers: int) -> None:
    """So many columns with a probe each, and Camille."""
    base = document()
    model = base["containers"][0]
    base["containers"] = [{**model, "code": f"C{number:03}"} for number in range(containers)]
    base["devices"] = [
        {"serial": f"S{number:03}", "report_interval_s": 14400} for number in range(containers)
    ]
    base["mountings"] = [
        {"device": f"S{number:03}", "container": f"C{number:03}", "from": "2026-01-01T00:00:00Z"}
        for number in range(containers)
    ]
    with connect(dsn) as connection:
        load_territory(connection, base)
        create_account(
            connection, login="regulation", display_name="Camille", password=PASSWORD, role="dispatcher"
        )


def silence(connection: Connection[DictRow], first: int, last: int, ago: timedelta) -> None:
    """Open the silent alerts of these columns."""
    connection.execute(
        "INSERT INTO alert (container_id, kind, opened_at, sentence)"
        " SELECT id, 'silent', %s, 'Aucune mesure depuis 12 h.' FROM container WHERE code BETWEEN %s AND %s",
        (now() - ago, f"C{first:03}", f"C{last:03}"),
    )


def test_a_broker_outage_is_one_digest(timescale_database: Database) -> None:
    """180 probes fall silent: one mail that says why, not 180.

    Each half hour's latecomers make no more either.
    """
    dsn = timescale_database.dsn
    big_territory(dsn, 180)
    subscribe(dsn)
    with connect(dsn) as connection:
        silence(connection, 0, 149, timedelta(minutes=40))
        silence(connection, 150, 169, timedelta(minutes=1))  # has not waited its half hour: goes along
    with mail_server() as server:
        assert run(dsn, mails_to(server.port)) == {"sent": 1}
        with connect(dsn) as connection:
            silence(connection, 170, 179, timedelta(minutes=31))
        assert run(dsn, mails_to(server.port)) == {}  # gathered: at most one message in six hours
        with connect(dsn) as connection:
            connection.execute("UPDATE people.notified SET at = at - INTERVAL '6 hours'")
        assert run(dsn, mails_to(server.port)) == {"sent": 1}
    assert [mail["Subject"] for _, mail in server.mails] == [
        "[Glaneur] Panne de collecte probable : 170 sondes muettes",
        "[Glaneur] 10 alertes : 10 sondes muettes",
    ]
    assert "170 des 180 sondes se sont tues ensemble" in text_of(server.mails[0][1])


def test_acknowledged_in_time_tells_nobody(dispatcher: TestClient, territory: Database) -> None:
    """Somebody has it: no message, no repeat, no escalation."""
    subscribe(territory.dsn)
    for alert in dispatcher.get("/api/v1/alerts").json():
        dispatcher.post(f"/api/v1/alerts/{alert['id']}/acknowledge")
    assert run(territory.dsn) == {}


def test_a_fire_nobody_takes_escalates(dispatcher: TestClient, territory: Database) -> None:
    """After its quarter of an hour those who follow escalations are told, the history says so.

    And it happens once.
    """
    subscribe(territory.dsn, "sms", "+33612345678", escalated_only=True, kinds=("fire",))
    with connect(territory.dsn) as connection:
        number = open_alert(connection, "E1", "fire", "68 °C dans la colonne.", hours_ago=0.1)
    assert run(territory.dsn) == {}
    with connect(territory.dsn) as connection:
        connection.execute(
            "UPDATE alert SET opened_at = opened_at - INTERVAL '10 minutes' WHERE id = %s", (number,)
        )
    with web_server() as gateway:
        messaging = Messaging(sms_url=f"{gateway.url}/send")  # type: ignore[arg-type]
        assert run(territory.dsn, messaging) == {"sent": 1}
        assert run(territory.dsn, messaging) == {}
    assert "Escalade, Feu : E1 (Fruges)" in json.loads(gateway.heard[0].body)["message"]
    events = dispatcher.get(f"/api/v1/alerts/{number}/history").json()
    assert [(event["what"], event["note"]) for event in events[1:]] == [("escalated", ""), ("told", "sms")]


def test_refused_for_good_is_a_dead_letter_at_once(dispatcher: TestClient, territory: Database) -> None:
    """An address the server does not know is not tried for a day; the page shows it and sends it again."""
    subscribe(territory.dsn)
    with mail_server() as server:
        server.refuse = 550
        assert run(territory.dsn, mails_to(server.port)) == {"dead": 1}
        (dead,) = dispatcher.get("/api/v1/notifications?status=dead").json()
        assert dead["error"] == "Destinataire refusé par le serveur (550)."
        assert "camille@" not in dispatcher.get("/alertes-envois").text
        server.refuse = 0
        again = dispatcher.post("/alertes-envois/renvoyer", data={"message": dead["id"]})
        assert again.headers["location"] == "/alertes-envois?fait=renvoi"
        assert run(territory.dsn, mails_to(server.port)) == {"sent": 1}
    assert server.mails[0][1]["Message-ID"].startswith(f"<{dead['id']}@")
    answer = dispatcher.post(f"/api/v1/notifications/{dead['id']}/resend")
    assert (answer.status_code, answer.json()["error"]) == (409, "Ce message n'est pas parmi les abandonnés.")


def test_a_bad_night_backs_off_then_gives_up(dispatcher: TestClient, territory: Database) -> None:
    """Each try waits longer; after the last one it is a dead letter, and « renvoyer tous » starts afresh."""
    subscribe(territory.dsn)
    with mail_server() as server:
        server.refuse = 451
        waits = []
        for _ in BACK_OFF_S:
            assert run(territory.dsn, mails_to(server.port)) == {"put_back": 1}
            (row,) = outbox(territory.dsn)
            waits.append(row["next_try_at"])
            assert run(territory.dsn, mails_to(server.port)) == {}  # not before its time
            at_once(territory.dsn)
        assert run(territory.dsn, mails_to(server.port)) == {"dead": 1}
        server.refuse = 0
        assert dispatcher.post("/api/v1/notifications/resend").json() == {"messages": 1}
        assert run(territory.dsn, mails_to(server.port)) == {"sent": 1}
    assert waits == sorted(waits)
    assert waits[-1] - now() > timedelta(hours=11)


def test_a_broken_road_spares_the_other_messages(territory: Database) -> None:
    """With no mail server there, one try tells; the others keep theirs, and SMS go on."""
    for address in ("a@exemple.fr", "b@exemple.fr", "c@exemple.fr"):
        subscribe(territory.dsn, address=address)
    subscribe(territory.dsn, "sms", "+33612345678")
    with web_server() as gateway:
        messaging = Messaging(smtp="smtp://127.0.0.1:1", sms_url=gateway.url)  # type: ignore[arg-type]
        assert run(territory.dsn, messaging) == {"put_back": 1, "sent": 1}
    assert sorted(row["tries"] for row in outbox(territory.dsn)) == [0, 0, 1, 1]


KILLED = """
import os, sys
from api.alerts import channels, sending
from api.alerts.messaging import Messaging
from store.connection import connect
real = sending.send
def send_and_die(message, messaging):
    assert real(message, messaging) is None
    os.kill(os.getpid(), 9)
sending.send = send_and_die
with connect(sys.argv[1], role="glaneur_worker") as connection:
    sending.send_waiting(connection, Messaging())
"""


def test_killed_between_send_and_record(territory: Database) -> None:
    """At least once: after the claim lapses the mail goes again, under the same key.

    And the receiver can tell.
    """
    subscribe(territory.dsn)
    with worker(territory.dsn) as connection:
        assert tell(connection, "", INBOX) == 1
    with mail_server() as server:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, territory.dsn],
            env={**os.environ, "GLANEUR_SMTP": f"smtp://127.0.0.1:{server.port}"},
            check=False,
            timeout=60,
        )
        assert killed.returncode == -9
        (row,) = outbox(territory.dsn)
        assert (row["status"], row["tries"]) == ("waiting", 1)
        lapse = row["next_try_at"] - now()
        assert timedelta() < lapse <= timedelta(seconds=LEASE_S)
        assert run(territory.dsn, mails_to(server.port)) == {}  # still its claim
        at_once(territory.dsn)
        assert run(territory.dsn, mails_to(server.port)) == {"sent": 1}
        assert run(territory.dsn, mails_to(server.port)) == {}
    keys = [str(mail["Message-ID"]).partition("@")[0] for _, mail in server.mails]
    assert keys == [f"<{row['id']}"] * 2


def test_a_message_that_kills_workers_is_given_up(territory: Database) -> None:
    """Claims that never end are counted too."""
    subscribe(territory.dsn)
    with worker(territory.dsn) as connection:
        tell(connection, "", INBOX)
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE people.notification SET tries = %s", (MOST_TRIES,))
    assert run(territory.dsn) == {}
    assert outbox(territory.dsn)[0]["error"] == "Envois interrompus."


def test_two_workers_send_each_message_once(territory: Database) -> None:
    """Claims are taken one by one: a second worker finds nothing of what the first holds."""
    subscribe(territory.dsn)
    subscribe(territory.dsn, address="autre@exemple.fr")
    with worker(territory.dsn) as first, worker(territory.dsn) as second:
        tell(first, "", INBOX)
        # Both hold a claim that is not committed yet.
        from api.alerts.sending import _SQL

        claims = [
            one.execute(_SQL["claim"], {"lease_s": 60, "broken": []}).fetchone() for one in (first, second)
        ]
        third = first.execute(_SQL["claim"], {"lease_s": 60, "broken": []}).fetchone()
    assert len({row["id"] for row in claims if row}) == 2
    assert third is None


def test_one_pass_at_a_time(territory: Database) -> None:
    """Two workers' passes at the same instant make the messages once."""
    subscribe(territory.dsn)
    with worker(territory.dsn) as first, worker(territory.dsn) as second:
        first.execute("SELECT pg_advisory_xact_lock(1735156079)")
        assert tell(second, "", INBOX) == 0
        first.rollback()
        assert tell(second, "", INBOX) == 1


def test_a_closed_account_hears_no_more(territory: Database) -> None:
    """Whoever left the service gets nothing, without anybody having to think of their subscriptions."""
    subscribe(territory.dsn)
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE people.account SET active = false WHERE login = 'regulation'")
    assert run(territory.dsn) == {}


def test_the_worker_process_does_all_of_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the queue itself, on both editions.

    A test message asked on the page, and the alerts of the minute.
    """
    from tests.api.conftest import make_app, sign_in
    from tests.api.little_territory import seed

    seed(database.dsn)
    with mail_server() as server, TestClient(make_app(database.dsn)) as client:
        monkeypatch.setenv("GLANEUR_SMTP", f"smtp://127.0.0.1:{server.port}")
        wish = {"channel": "email", "address": "camille@exemple.fr"}
        made = sign_in(client, "regulation").post("/api/v1/subscriptions", json=wish).json()
        assert client.post(f"/api/v1/subscriptions/{made['id']}/test").status_code == 202
        work_off(database.dsn)
    # The minute's pass runs too, or not yet: that is the clock's affair.
    subjects = sorted(str(mail["Subject"]) for _, mail in server.mails)
    assert subjects[-1:] == ["[Glaneur] Essai"]
    assert subjects[:-1] in ([], ["[Glaneur] 2 alertes : 1 urgente, 1 sonde muette"])


def test_old_messages_are_forgotten(territory: Database) -> None:
    """After half a year, unless they tell of an alert that is still open."""
    subscribe(territory.dsn)
    run(territory.dsn)
    with connect(territory.dsn) as connection:
        connection.execute(
            "UPDATE people.notification SET status = 'sent', created_at = now() - INTERVAL '200 days'"
        )
    with worker(territory.dsn) as connection:
        assert purge(connection) == 0
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE alert SET closed_at = now()")
    with worker(territory.dsn) as connection:
        assert purge(connection) == 1
