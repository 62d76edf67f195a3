"""The list a terminal decides with alone: signed, small, without a number, whole and by changes."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from services import Database

from api.gate.allow_list import Untrusted, read_list
from api.gate.badges import SHORT, badge_hash
from store.connection import connect
from tests.api.gate_site import BADGE_KEY, LIST_KEY, application, equip

pytestmark = pytest.mark.db

PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(LIST_KEY)).public_key()


def fetch(client: Any, key: str, since: int = 0) -> bytes:
    """The list's bytes."""
    answer = client.get(f"/api/v1/gate/list?since={since}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def names(document: dict[str, Any]) -> dict[str, str]:
    """Each badge's state by its name in the list."""
    width = 11
    return {
        group[3][at : at + width]: group[2]
        for group in document["groups"]
        for at in range(0, len(group[3]), width)
    } | {name: row[2] for name, row in document["badges"].items()}


def short(number: str) -> str:
    """A badge's name in a list."""
    return base64.b64encode(badge_hash(number, bytes.fromhex(BADGE_KEY))[:SHORT]).decode().rstrip("=")


def test_whole_then_what_changed(plain_database: Database) -> None:
    """A badge blocked now is all that the next delta holds."""
    key, _ = equip(plain_database.dsn)
    with application(plain_database.dsn) as client:
        whole = read_list(fetch(client, key), PUBLIC)
        assert names(whole) == {short(one): "active" for one in ("04A1B2C3", "04A1B2C4", "04D1")}
        assert names(read_list(fetch(client, key, whole["version"]), PUBLIC)) == {}
        with connect(plain_database.dsn, role="glaneur_api") as connection:
            connection.execute(
                "UPDATE people.badge SET state = 'blocked' WHERE number_hash = %s",
                [badge_hash("04D1", bytes.fromhex(BADGE_KEY))],
            )
        delta = read_list(fetch(client, key, whole["version"]), PUBLIC)
        assert names(delta) == {short("04D1"): "blocked"}
        assert delta["version"] > whole["version"] == delta["since"]
        with connect(plain_database.dsn, role="glaneur_api") as connection:
            connection.execute("UPDATE people.holder SET blocked = true WHERE reference = 'F-1'")
        household = read_list(fetch(client, key, delta["version"]), PUBLIC)
        assert names(household) == {short("04A1B2C3"): "blocked", short("04A1B2C4"): "blocked"}


def test_no_number_nor_name_is_in_a_list(plain_database: Database) -> None:
    """Whoever steals a terminal's list reads nobody's name."""
    key, _ = equip(plain_database.dsn)
    with application(plain_database.dsn) as client:
        text = json.dumps(read_list(fetch(client, key), PUBLIC))
    for secret in ("04A1B2C3", "Famille", "F-1", "Maçonnerie"):
        assert secret not in text


@pytest.mark.parametrize("place", [0, 63, 64, 80, -1])
def test_changed_list_is_not_trusted(plain_database: Database, place: int) -> None:
    """One bit, anywhere."""
    key, _ = equip(plain_database.dsn)
    with application(plain_database.dsn) as client:
        body = bytearray(fetch(client, key))
    body[place] ^= 1
    with pytest.raises(Untrusted):
        read_list(bytes(body), PUBLIC)


def test_a_change_under_way_is_never_missed(plain_database: Database) -> None:
    """An older change that commits last: no list is numbered past it, so that the next delta holds it."""
    key, _ = equip(plain_database.dsn)
    block = "UPDATE people.badge SET state = 'blocked' WHERE number_hash = %s"
    first, second = (badge_hash(one, bytes.fromhex(BADGE_KEY)) for one in ("04A1B2C3", "04D1"))
    with application(plain_database.dsn) as client:
        whole = read_list(fetch(client, key), PUBLIC)
        with connect(plain_database.dsn, role="glaneur_api") as slow:
            slow.execute(block, [first])
            with connect(plain_database.dsn, role="glaneur_api") as quick:
                quick.execute(block, [second])
            # Its number would promise the change that is not there yet.
            answer = client.get(
                f"/api/v1/gate/list?since={whole['version']}", headers={"Authorization": f"Bearer {key}"}
            )
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        delta = read_list(fetch(client, key, whole["version"]), PUBLIC)
        assert names(delta) == {short("04A1B2C3"): "blocked", short("04D1"): "blocked"}


def test_whole_list_is_signed_once_until_something_changes(plain_database: Database) -> None:
    """Every terminal that starts gets the same bytes; a change makes others."""
    key, other = equip(plain_database.dsn)
    with application(plain_database.dsn) as client:
        first = fetch(client, key)
        assert fetch(client, other) == first
        with connect(plain_database.dsn, role="glaneur_api") as connection:
            connection.execute("UPDATE people.badge SET state = 'lost'")
        assert set(names(read_list(fetch(client, key), PUBLIC)).values()) == {"lost"}
