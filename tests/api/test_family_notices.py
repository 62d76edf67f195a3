"""What relatives are told: by right and by wish, once, without a name; links that are stored nowhere."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from psycopg import errors
from pydantic import SecretStr
from services import Database

from api.alerts.hearing import FAMILY_TELLING, hear
from api.alerts.messaging import Messaging
from api.family.telling import _say_closed, expand, send_waiting
from api.french import NBSP, PARIS
from api.jobs import worker_app
from api.queue import reach_queue
from tests.api.conftest import make_app, sign_in
from tests.api.family_house import at, enter, give, opened, say, tell, van_round
from tests.api.outbox import mails_to, text_of, worker
from tests.api.outside_world import mail_server, web_server
from tests.api.test_alerts_hearing import until
from tests.api.test_meals_office import KEY, furnish

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def house(territory: Database) -> Database:
    """Madeleine (r1) and Léon (r2)."""
    furnish(territory.dsn)
    return territory


@pytest.fixture
def family(house: Database) -> Iterator[TestClient]:
    """A browser nobody is signed in with."""
    with TestClient(make_app(house.dsn), follow_redirects=False) as made:
        yield made


def told(dsn: str) -> set[tuple[int, str, str]]:
    """Who is to be told what, by which road."""
    with worker(dsn) as hand:
        expand(hand)
    with opened(dsn) as connection:
        rows = connection.execute(
            "SELECT m.relative_id, n.kind, m.channel FROM people.family_message m "
            "JOIN people.family_notice n ON n.id = m.notice_id"
        ).fetchall()
    return {(row["relative_id"], row["kind"], row["channel"]) for row in rows}


def send(dsn: str, messaging: Messaging) -> dict[str, int]:
    """One turn of the worker."""
    with worker(dsn) as hand:
        expand(hand)
        return dict(send_waiting(hand, messaging))


def test_each_is_told_what_their_rights_and_wishes_say(house: Database) -> None:
    """Delivered for who follows the delivery, a worry for who may know; muted and revoked left out."""
    phone = {"email": "a@exemple.fr", "phone": "+33612345678"}
    both = give(house.dsn, "r1", **phone, told_by=["email", "sms"])
    delivery = give(house.dsn, "r1", rights=["delivery"], told_by=["email"])
    trusted = give(house.dsn, "r1", rights=["wellbeing"], **phone, told_by=["sms"])
    bills = give(house.dsn, "r1", rights=["bills"], told_by=["email"])
    gone, other = give(house.dsn, "r1", told_by=["email"]), give(house.dsn, "r2", told_by=["email"])
    no_phone = give(house.dsn, "r1", told_by=["sms"])
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.relative SET revoked_at = now() WHERE id = %s", [gone])
        connection.execute("UPDATE people.relative SET muted = '{delivered}' WHERE id = %s", [both])
    doors = van_round(house.dsn, ["r1"], at(-0.2))
    say(house.dsn, doors["r1"], "delivered", at(-0.1), wellbeing="worry", notice=True)
    with opened(house.dsn) as connection:
        row = connection.execute("SELECT beneficiary_id FROM meals.door").fetchone()
        assert row is not None
        tell(connection, row["beneficiary_id"], "bill", at())
    expected = {(delivery, "delivered", "email")}
    expected |= {(both, "worry", "email"), (both, "worry", "sms"), (trusted, "worry", "sms")}
    expected |= {(both, "bill", "email"), (both, "bill", "sms"), (bills, "bill", "email")}
    assert told(house.dsn) == expected
    assert told(house.dsn) == expected  # expanded once
    assert not {gone, other, no_phone} & {one[0] for one in told(house.dsn)}


def test_a_failed_message_is_seen_at_the_office(house: Database) -> None:
    """An address that the server refuses for good: no more tries, and the person's file says so."""
    give(house.dsn, "r1", told_by=["email"])
    doors = van_round(house.dsn, ["r1"], at(-0.2))
    say(house.dsn, doors["r1"], "delivered", at(-0.1), notice=True)
    with mail_server() as server:
        server.refuse = 550
        assert send(house.dsn, mails_to(server.port)) == {"dead": 1}
    with TestClient(make_app(house.dsn), follow_redirects=False) as office:
        sign_in(office, "portage")
        with opened(house.dsn) as connection:
            row = connection.execute("SELECT beneficiary_id AS id FROM people.relative").fetchone()
            assert row is not None
        page = office.get(f"/portage/dossiers/{row['id']}").text
    assert "Destinataire refusé par le serveur (550)" in page


def test_a_notice_wakes_the_worker(house: Database) -> None:
    """Whoever writes it: the worker's ear queues the telling at once, without waiting for the minute."""

    async def listen() -> None:
        async with worker_app(house.dsn).open_async() as app:
            ear = asyncio.create_task(hear(app, house.dsn))
            await asyncio.to_thread(until, lambda: queued(house.dsn))  # what happened before
            with opened(house.dsn) as connection:
                with connection.transaction():
                    reach_queue(connection)
                    connection.execute("DELETE FROM procrastinate_jobs")
                person = connection.execute("SELECT min(id) AS id FROM people.beneficiary").fetchone()
                assert person is not None
                tell(connection, person["id"], "worry", at())
            await asyncio.to_thread(until, lambda: queued(house.dsn))
            ear.cancel()
            with suppress(asyncio.CancelledError):
                await ear

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(listen())).result()
    assert queued(house.dsn)


def queued(dsn: str) -> bool:
    """Whether a telling of families waits."""
    with opened(dsn) as connection:
        wanted = "SELECT FROM jobs.procrastinate_jobs WHERE task_name = %s"
        return connection.execute(wanted, [FAMILY_TELLING]).fetchone() is not None


def test_what_no_longer_stands_is_not_told(house: Database) -> None:
    """Taken back before anybody was told; the same twice; late, though it came or was another day's."""
    access = give(house.dsn, "r1", told_by=["email"])
    doors = van_round(house.dsn, ["r1"], at(-0.5))
    say(house.dsn, doors["r1"], "delivered", at(-0.3), notice=True)
    say(house.dsn, doors["r1"], "undone", at(-0.2))
    with opened(house.dsn) as connection:
        row = connection.execute("SELECT beneficiary_id FROM meals.door").fetchone()
        assert row is not None
        tell(connection, row["beneficiary_id"], "late", at(-0.2), doors["r1"])
    late = (access, "late", "email")
    assert told(house.dsn) == {late}
    moment = at(-0.1)
    say(house.dsn, doors["r1"], "absent", moment, notice=True)
    with opened(house.dsn) as connection:
        row = connection.execute("SELECT beneficiary_id FROM meals.door").fetchone()
        assert row is not None
        tell(connection, row["beneficiary_id"], "absent", moment, doors["r1"])
        tell(connection, row["beneficiary_id"], "late", moment, doors["r1"])
        tell(connection, row["beneficiary_id"], "late", moment - timedelta(hours=20))
    assert told(house.dsn) == {late, (access, "absent", "email")}
    with opened(house.dsn) as connection:
        count = connection.execute("SELECT count(*) AS n FROM people.family_message").fetchone()
        waiting = connection.execute("SELECT FROM people.family_notice WHERE taken_at IS NULL").fetchall()
    assert count == {"n": 2}
    assert waiting == []


def test_a_mail_and_an_sms_name_nobody(house: Database) -> None:
    """« Le repas de votre proche a été remis à 11 h 42. » : once each, no name; the road may break."""
    give(house.dsn, "r1", phone="+33612345678", told_by=["email", "sms"])
    doors = van_round(house.dsn, ["r1"], at(-0.2))
    happened = at(-0.1)
    say(house.dsn, doors["r1"], "delivered", happened, notice=True)
    with mail_server() as mails, web_server() as broken:
        broken.answers.append(503)
        ways = mails_to(mails.port).model_copy(update=_sms(broken.url))
        assert send(house.dsn, ways) == {"sent": 1, "put_back": 1}
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.family_message SET next_try_at = now()")
    with mail_server() as nothing, web_server() as gateway:
        ways = mails_to(nothing.port).model_copy(update=_sms(gateway.url))
        assert send(house.dsn, ways) == {"sent": 1}
        assert send(house.dsn, ways) == {}
        assert nothing.mails == []
    ((_, mail),) = mails.mails
    ((_, sms),) = [(one, one.body.decode()) for one in gateway.heard]
    hour = f"{happened.astimezone(PARIS).hour} h "
    for text in (text_of(mail), sms):
        assert f"Le repas de votre proche a été remis à {hour}" in text.replace(NBSP, " ")
        assert "Madeleine" not in text
        assert "Carpentier" not in text
    assert mail["Subject"] == "[Glaneur] Portage de repas"


def test_a_link_is_made_when_it_leaves(family: TestClient, house: Database) -> None:
    """It opens every person of that address, once; lost accesses and old wishes get none."""
    access, second = give(house.dsn, "r1"), give(house.dsn, "r2", email="CLAIRE@exemple.fr")
    family.post("/famille/lien", data={"contact": "claire@exemple.fr"})
    with mail_server() as server:
        ways = mails_to(server.port).model_copy(update={"public_url": "https://repas.exemple"})
        assert send(house.dsn, ways) == {"sent": 1}
    ((to, mail),) = server.mails
    assert to.lower() == "claire@exemple.fr"
    text = text_of(mail)
    found = re.search(r"https://repas\.exemple/famille/entrer#([0-9A-Z-]{19})\s", text)
    assert found is not None
    assert "Madeleine" not in text
    assert family.post("/famille/entrer", data={"code": found[1]}).status_code == 303
    people = family.get("/api/v1/family").json()["accesses"]
    assert {one["access"] for one in people} == {access, second}
    family.post("/famille/lien", data={"contact": "claire@exemple.fr"})
    family.post("/famille/lien", data={"contact": "claire@exemple.fr"})
    with opened(house.dsn) as connection:
        connection.execute(
            "UPDATE people.family_message SET made_at = now() - interval '1 hour' WHERE id = "
            "(SELECT id FROM people.family_message WHERE status = 'waiting' LIMIT 1)"
        )
        connection.execute("UPDATE people.relative SET revoked_at = now()")
    with mail_server() as server:
        assert send(house.dsn, mails_to(server.port)) == {"dropped": 2}
    assert server.mails == []


def test_the_relative_chooses(family: TestClient, house: Database) -> None:
    """Quiet when the meal is there, loud otherwise; only roads the office has an address for."""
    access = give(house.dsn, "r1", rights=["delivery", "wellbeing"], told_by=[])
    enter(family, house.dsn, access)
    page = family.get(f"/famille/{access}/avis").text
    assert "courriel" in page
    assert "SMS" not in page
    assert "une facture est prête" not in page
    form = {"par": ["email", "sms"], "quoi": ["trouble", "worry"]}
    assert family.post(f"/famille/{access}/avis", data=form).status_code == 303
    with opened(house.dsn) as connection:
        row = connection.execute("SELECT told_by, muted FROM people.relative").fetchone()
    assert row == {"told_by": ["email"], "muted": ["bill", "delivered", "late", "neighbour"]}


def test_the_worker_reads_no_wellbeing_and_no_session(house: Database) -> None:
    """Least privilege: it tells what happened at a door and cannot look further."""
    with worker(house.dsn) as hand:
        for question in (
            "SELECT wellbeing FROM meals.door_event",
            "SELECT name FROM people.beneficiary",
            "SELECT token_hash FROM people.family_session",
            "SELECT relatives FROM people.family_key",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                hand.execute(question)
            hand.rollback()


def test_without_a_gateway_the_log_says_so_once(
    house: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Three messages by a road that is not set are one warning; trials write them to files instead."""
    for name in ("Anne", "Claire", "Zoé"):
        give(house.dsn, "r1", name=name, phone="+33612345678", told_by=["sms"])
    doors = van_round(house.dsn, ["r1"], at(-0.2))
    say(house.dsn, doors["r1"], "delivered", at(-0.1), notice=True)
    _say_closed.cache_clear()
    for _ in range(3):
        send(house.dsn, Messaging(public_url="https://dechets.exemple.fr"))
        with opened(house.dsn) as connection:
            connection.execute("UPDATE people.family_message SET next_try_at = now()")
    warned = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert len(warned) == 1
    assert "GLANEUR_SMS_URL" in warned[0]
    caplog.clear()
    written = Messaging(sms_url=SecretStr(tmp_path.as_uri()))
    assert send(house.dsn, written) == {"sent": 3}
    texts = [one.read_text(encoding="utf-8") for one in tmp_path.glob("*.txt")]
    assert len(texts) == 3
    assert all(one.startswith("+33612345678\nLe repas de votre proche a été remis") for one in texts)
    assert not caplog.records


def _sms(url: str) -> dict[str, object]:
    return {"sms_url": SecretStr(url)}
