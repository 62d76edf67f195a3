"""A terminal's own account at the broker: made, renewed, taken away. As a probe's (api/devices/access.py).

The broker is changed first and the database notes it after; the password is told once and kept by nobody.
"""

import secrets

from psycopg import Connection
from psycopg.rows import DictRow

from api.devices import dynsec
from api.devices.access import NoAccess, command_broker
from api.devices.dynsec import Command, Reply
from api.mqtt import Broker, Unreachable
from store.queries import named_queries

_SQL = named_queries("api.gate")
_ROLE_THERE = "createRole: Role already exists"


def give_access(connection: Connection[DictRow], broker: Broker, name: str) -> str:
    """Make the terminal's account, or give it a new password; return that. Raises `NoAccess`."""
    if connection.execute(_SQL["terminal_named"], {"name": name}).fetchone() is None:
        raise NoAccess(f"aucune borne {name} en service.")
    password = secrets.token_urlsafe(24)
    if _has_account(broker, name):
        commands = [dynsec.change_password(name, password)]
    else:
        commands = dynsec.create_gate(name, password)
    _do(broker, commands)
    connection.execute(_SQL["set_terminal_access"], {"name": name, "given": True})
    return password


def take_access(connection: Connection[DictRow], broker: Broker, name: str) -> None:
    """Remove the terminal's account; it is disconnected at once. Raises `NoAccess`."""
    if _has_account(broker, name):
        _do(broker, dynsec.remove_gate(name))
    connection.execute(_SQL["set_terminal_access"], {"name": name, "given": False})


def _has_account(broker: Broker, name: str) -> bool:
    (reply,) = _ask(broker, [dynsec.look_up(name)])
    if not dynsec.exists(reply):
        return False
    if not dynsec.is_gate(reply, name):
        raise NoAccess(f"le nom {name} est celui d'un autre compte du courtier.")
    return True


def _do(broker: Broker, commands: list[Command]) -> None:
    wrong = [one for one in dynsec.failures(_ask(broker, commands)) if one != _ROLE_THERE]
    if wrong:
        raise NoAccess(f"le courtier a refusé ({wrong[0]}).")


def _ask(broker: Broker, commands: list[Command]) -> list[Reply]:
    try:
        return command_broker(broker, commands)
    except Unreachable as error:
        raise NoAccess("le courtier MQTT ne répond pas : rien n'a été changé, réessayez.") from error
