"""Give a native probe its own account at our broker, renew its password, take it away.

The password is made here, told once to whoever asked, and kept by nobody but the broker, hashed. The broker
is changed first and the database notes it after: should the note be lost, asking again makes another
password.
"""

import secrets
from datetime import datetime

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.devices import dynsec
from api.devices.dynsec import Command, Reply
from api.mqtt import Broker, Unreachable, control
from store.queries import named_queries

_SQL = named_queries("api.devices", "registry.sql")
_ROLE_THERE = "createRole: Role already exists"


class NoAccess(Exception):
    """The broker did not do it; the message is a French sentence."""


def command_broker(broker: Broker, commands: list[Command]) -> list[Reply]:
    """Have the broker's dynamic security do `commands`, in order; raises `Unreachable`."""
    correlation = secrets.token_hex(8)
    answer = control(
        broker,
        dynsec.CONTROL,
        dynsec.RESPONSE,
        dynsec.request(commands, correlation),
        lambda document: bool(dynsec.replies(document, correlation)),
    )
    return dynsec.replies(answer, correlation)


def issue(
    connection: Connection[DictRow], account: Account, broker: Broker | None, device: DictRow, now: datetime
) -> str:
    """Make the probe's account, or give it a new password; return that password. Raises `NoAccess`."""
    password = secrets.token_urlsafe(24)
    serial = device["serial"]
    if device["network"] != "native":
        raise NoAccess("Cette sonde parle par un réseau LoRaWAN : elle n'a pas d'accès à notre courtier.")
    known = _known(broker, serial)
    if known is None:
        _do(broker, dynsec.create_probe(serial, password), ignored=(_ROLE_THERE,))
    else:
        _do(broker, [dynsec.change_password(serial, password)])
    action = "issue_access" if known is None else "rotate_access"
    connection.execute(_SQL["set_access"], {"id": device["id"], "at": now})
    record(connection, account, action, f"device/{device['id']}")
    return password


def revoke(connection: Connection[DictRow], account: Account, broker: Broker | None, device: DictRow) -> None:
    """Remove the probe's account; it is disconnected at once. Raises `NoAccess`."""
    if _known(broker, device["serial"]) is not None:
        _do(broker, dynsec.remove_probe(device["serial"]))
    connection.execute(_SQL["set_access"], {"id": device["id"], "at": None})
    record(connection, account, "revoke_access", f"device/{device['id']}")


def _known(broker: Broker | None, serial: str) -> Reply | None:
    """Return the probe's account at the broker, None when it has none; refuses a service's account."""
    (reply,) = _ask(broker, [dynsec.look_up(serial)])
    if not dynsec.exists(reply):
        return None
    if not dynsec.is_probe(reply, serial):
        raise NoAccess(
            f"Le nom « {serial} » est celui d'un compte de service du courtier : changez de numéro."
        )
    return reply


def _do(broker: Broker | None, commands: list[Command], ignored: tuple[str, ...] = ()) -> None:
    wrong = [one for one in dynsec.failures(_ask(broker, commands)) if one not in ignored]
    if wrong:
        raise NoAccess(f"Le courtier a refusé ({wrong[0]}).")


def _ask(broker: Broker | None, commands: list[Command]) -> list[Reply]:
    if broker is None:
        raise NoAccess(
            "Les accès par sonde ne sont pas activés : il faut la sécurité dynamique du courtier "
            "(GLANEUR_BROKER_ADMIN)."
        )
    try:
        return command_broker(broker, commands)
    except Unreachable as error:
        raise NoAccess("Le courtier MQTT ne répond pas : rien n'a été changé, réessayez.") from error
