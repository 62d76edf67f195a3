"""A probe's own account, at a real Mosquitto with dynamic security: its own topics until revoked."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from guarded_broker import guarded_broker
from servers import Broker as Mosquitto
from services import Database

from api.app import create_app
from api.devices import dynsec
from api.devices.access import command_broker
from api.mqtt import Broker, Unreachable, read_broker
from api.settings import Settings
from store.connection import connect
from tests.api.conftest import sign_in
from tests.api.mqtt_client import Refused, Speaker, speaking

pytestmark = pytest.mark.broker

SERIAL = "GLN-0001"
OWN = f"glaneur/1/{SERIAL}"


@pytest.fixture
def guarded() -> Iterator[Mosquitto]:
    """A fresh Mosquitto with dynamic security and our own processes' accounts."""
    server = guarded_broker()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def admin(guarded: Mosquitto) -> Broker:
    return read_broker(guarded.url)


@pytest.fixture
def dispatcher(guarded: Mosquitto, territory: Database) -> Iterator[TestClient]:
    """The application that may make accounts at this broker, a dispatcher signed in."""
    settings = Settings(database=territory.dsn, cookie_secure=False, broker_admin=guarded.url)  # type: ignore[arg-type]
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield sign_in(client, "regulation")


def give(client: TestClient, serial: str = SERIAL) -> str:
    answer = client.post(f"/api/v1/devices/{serial}/access")
    assert answer.status_code == 201, answer.text
    assert answer.json()["username"] == serial
    return str(answer.json()["password"])


def refused(speaker: Speaker, topic: str) -> bool:
    try:
        speaker.publish(topic, b"x")
    except Refused:
        return True
    return False


def test_a_probe_writes_and_reads_under_its_own_serial_and_nowhere_else(
    guarded: Mosquitto, dispatcher: TestClient, admin: Broker
) -> None:
    """Its own topics are taken; another's, the services' and the plugin's are refused."""
    command_broker(admin, dynsec.service_account("ingest", "for ingest"))
    command_broker(admin, dynsec.service_account("worker", "for worker"))
    password = give(dispatcher)
    with (
        speaking(guarded.host, guarded.port, "ingest", "for ingest") as ingest,
        speaking(guarded.host, guarded.port, "worker", "for worker") as worker,
        speaking(guarded.host, guarded.port, SERIAL, password) as probe,
    ):
        ingest.subscribe("$share/group/glaneur/1/+/up")
        ingest.subscribe("glaneur/1/+/ack")
        probe.subscribe(f"{OWN}/down")
        for channel in ("up", "ack"):
            probe.publish(f"{OWN}/{channel}", channel.encode())
            assert ingest.next() == (f"{OWN}/{channel}", channel.encode())
        probe.publish(f"{OWN}/status", b"online")
        worker.publish(f"{OWN}/down", b"set")
        assert probe.next() == (f"{OWN}/down", b"set")
        for topic in (
            "glaneur/1/GLN-0002/up",
            "glaneur/1/GLN-0002/status",
            f"{OWN}/down",
            f"{OWN}/up/x",
            "else",
        ):
            assert refused(probe, topic), topic
        assert refused(probe, dynsec.CONTROL)
        assert refused(worker, f"{OWN}/up")
        assert refused(ingest, f"{OWN}/up")
        for topic in ("glaneur/1/GLN-0002/down", "glaneur/1/+/down", "glaneur/#", "#", "$SYS/#", f"{OWN}/up"):
            with pytest.raises(Refused):
                probe.subscribe(topic)


def test_a_password_is_told_once_and_kept_nowhere(
    guarded: Mosquitto, dispatcher: TestClient, territory: Database
) -> None:
    """Not in a table, not in the audit log, not in the broker's own file."""
    password = give(dispatcher)
    with connect(territory.dsn) as connection:
        row = connection.execute("SELECT access_since FROM device WHERE serial = %s", (SERIAL,)).fetchone()
        rows = connection.execute(
            "SELECT action, detail FROM people.audit WHERE action LIKE '%%access'"
        ).fetchall()
        everything = connection.execute(
            "SELECT string_agg(query_to_xml(format('SELECT * FROM %I.%I', schemaname, tablename),"
            " true, false, '')::text, '') AS text FROM pg_tables"
            " WHERE schemaname IN ('public', 'people', 'jobs')"
        ).fetchone()
    assert row is not None
    assert row["access_since"] is not None
    assert rows == [{"action": "issue_access", "detail": {}}]
    assert everything is not None
    assert SERIAL in everything["text"]
    assert password not in everything["text"]
    assert password not in (guarded.home.folder / "data/dynamic-security.json").read_text()


def test_a_renewed_password_ends_the_old_one(guarded: Mosquitto, dispatcher: TestClient) -> None:
    """And survives the broker's restart."""
    old = give(dispatcher)
    new = give(dispatcher)
    guarded.restart()
    with pytest.raises(Refused), speaking(guarded.host, guarded.port, SERIAL, old):
        pass
    with speaking(guarded.host, guarded.port, SERIAL, new) as probe:
        probe.publish(f"{OWN}/up", b"x")


def test_a_revoked_probe_is_put_out_at_once_and_comes_back_only_with_a_new_access(
    guarded: Mosquitto, dispatcher: TestClient
) -> None:
    password = give(dispatcher)
    with speaking(guarded.host, guarded.port, SERIAL, password) as probe:
        assert dispatcher.delete(f"/api/v1/devices/{SERIAL}/access").status_code == 204
        assert probe.gone.wait(15)
    with pytest.raises(Refused), speaking(guarded.host, guarded.port, SERIAL, password):
        pass
    assert dispatcher.get(f"/api/v1/devices/{SERIAL}").json()["access_since"] is None
    with speaking(guarded.host, guarded.port, SERIAL, give(dispatcher)) as probe:
        probe.publish(f"{OWN}/up", b"x")
        assert refused(probe, "glaneur/1/GLN-0002/up")


def test_a_serial_cannot_take_over_a_service(
    guarded: Mosquitto, dispatcher: TestClient, admin: Broker
) -> None:
    """Registering a probe named `ingest` must not give its password away, nor remove it."""
    command_broker(admin, dynsec.service_account("ingest", "for ingest"))
    assert dispatcher.post("/api/v1/devices", json={"serial": "ingest"}).status_code == 201
    for name in ("ingest", "admin"):
        dispatcher.post("/api/v1/devices", json={"serial": name})
        for method in (dispatcher.post, dispatcher.delete):
            answer = method(f"/api/v1/devices/{name}/access")
            assert answer.status_code == 503
            assert "est celui d'un compte de service" in answer.json()["error"]
    with speaking(guarded.host, guarded.port, "ingest", "for ingest") as ingest:
        ingest.subscribe("glaneur/1/+/up")


def test_a_lorawan_device_has_no_account_here(dispatcher: TestClient) -> None:
    body = {"serial": "EM-1", "network": "loriot", "dev_eui": "24E124713D000001"}
    dispatcher.post("/api/v1/devices", json=body)
    answer = dispatcher.post("/api/v1/devices/EM-1/access")
    assert (answer.status_code, "réseau LoRaWAN" in answer.json()["error"]) == (503, True)


def test_a_device_with_an_access_does_not_leave_for_a_network(dispatcher: TestClient) -> None:
    """Its password would stay valid and forgotten."""
    give(dispatcher)
    body = {"codec": "native", "report_interval_s": 60, "network": "loriot", "dev_eui": "24E124713D000001"}
    answer = dispatcher.put(f"/api/v1/devices/{SERIAL}", json=body)
    assert (answer.status_code, "encore un accès" in answer.json()["error"]) == (422, True)


def test_a_broker_that_is_away_changes_nothing_and_is_said(
    guarded: Mosquitto, dispatcher: TestClient, territory: Database
) -> None:
    guarded.remove()
    answer = dispatcher.post(f"/api/v1/devices/{SERIAL}/access")
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Le courtier MQTT ne répond pas : rien n'a été changé")
    with connect(territory.dsn) as connection:
        assert connection.execute("SELECT FROM device WHERE access_since IS NOT NULL").fetchall() == []


def test_a_wrong_administrator_is_refused(guarded: Mosquitto, admin: Broker) -> None:
    wrong = Broker(host=admin.host, port=admin.port, username="admin", password="not this one")
    with pytest.raises(Unreachable, match="refused us"):
        command_broker(wrong, [dynsec.look_up("x")])


def test_answers_of_others_are_not_ours() -> None:
    """Everyone's answers come on one topic: only those that bear our correlation count."""
    document = {
        "responses": [
            {"command": "getClient", "correlationData": "mine", "error": "Client not found"},
            {"command": "getClient", "correlationData": "theirs"},
            "nonsense",
        ]
    }
    (reply,) = dynsec.replies(document, "mine")
    assert dynsec.failures([reply]) == ["getClient: Client not found"]
    assert dynsec.replies([], "mine") == dynsec.replies({"responses": 3}, "mine") == []
