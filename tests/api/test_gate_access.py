"""A terminal's own account at a real Mosquitto with dynamic security: journal, clock, list; no more."""

from collections.abc import Iterator

import pytest
from guarded_broker import guarded_broker
from servers import Broker as Mosquitto
from services import Database

from api.devices import dynsec
from api.devices.access import NoAccess, command_broker
from api.gate.access import give_access, take_access
from api.mqtt import read_broker
from store.connection import connect
from tests.api.gate_site import equip
from tests.api.mqtt_client import Refused, speaking

pytestmark = [pytest.mark.broker, pytest.mark.db]

OWN = "glaneur/1/gate/borne-fruges"
LIST = "glaneur/1/gate/list"


@pytest.fixture
def guarded() -> Iterator[Mosquitto]:
    """A fresh Mosquitto with dynamic security."""
    server = guarded_broker()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def test_terminal_speaks_for_itself_alone_until_revoked(guarded: Mosquitto, plain_database: Database) -> None:
    """Its own topics are taken, another's, the list's and a probe's are refused; revoked, it is put out."""
    equip(plain_database.dsn)
    admin = read_broker(guarded.url)
    command_broker(admin, dynsec.service_account("ingest", "for ingest"))
    command_broker(admin, dynsec.service_account("worker", "for worker"))
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        old = give_access(connection, admin, "borne-fruges")
        password = give_access(connection, admin, "borne-fruges")
        assert old != password
    with (
        speaking(guarded.host, guarded.port, "ingest", "for ingest") as ingest,
        speaking(guarded.host, guarded.port, "worker", "for worker") as worker,
        speaking(guarded.host, guarded.port, "borne-fruges", password) as gate,
    ):
        ingest.subscribe("glaneur/1/gate/+/journal")
        gate.subscribe(LIST)
        gate.publish(f"{OWN}/journal", b"line")
        assert ingest.next() == (f"{OWN}/journal", b"line")
        gate.publish(f"{OWN}/clock", b"beat")
        worker.publish(LIST, b"version")
        assert gate.next() == (LIST, b"version")
        for topic in (LIST, "glaneur/1/gate/borne-hucqueliers/journal", "glaneur/1/borne-fruges/up"):
            with pytest.raises(Refused):
                gate.publish(topic, b"x")
        for topic in ("glaneur/1/gate/+/journal", "glaneur/1/#", f"{OWN}/journal"):
            with pytest.raises(Refused):
                gate.subscribe(topic)
        with connect(plain_database.dsn, role="glaneur_api") as connection:
            take_access(connection, admin, "borne-fruges")
        assert gate.gone.wait(15)
    with pytest.raises(Refused), speaking(guarded.host, guarded.port, "borne-fruges", password):
        pass


def test_a_service_or_a_stranger_gets_no_terminals_account(
    guarded: Mosquitto, plain_database: Database
) -> None:
    """No terminal of that name; a terminal that bears a service's name."""
    equip(plain_database.dsn)
    admin = read_broker(guarded.url)
    command_broker(admin, dynsec.service_account("worker", "for worker"))
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        with pytest.raises(NoAccess, match="aucune borne"):
            give_access(connection, admin, "inconnue")
        connection.execute("UPDATE gate.terminal SET name = 'worker' WHERE name = 'borne-fruges'")
        with pytest.raises(NoAccess, match="autre compte"):
            give_access(connection, admin, "worker")
