"""Commands for Mosquitto's dynamic-security plugin, as documents, and what its answers mean. Pure.

Knows which topics each kind of account may use; the plugin refuses everything else. Refuses to know
passwords beyond passing them on. A probe's role is its own (`probe/SERIAL`): Mosquitto 2.0 has no pattern
for the user's name in dynamic security (2.1 does). Reference: mosquitto/plugins/dynamic-security/README.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONTROL = "$CONTROL/dynamic-security/v1"
RESPONSE = f"{CONTROL}/response"

Command = dict[str, Any]

# What LoRaWAN network servers may publish at our broker (ingest/README.md, "Networks").
_HEARD = ("glaneur/1/#", "application/#", "v3/#", "mqtt/things/#", "fifo/#", "router/#", "loriot/#")
_SERVICES: dict[str, tuple[tuple[str, str], ...]] = {
    "ingest": (
        ("subscribePattern", "$SYS/broker/#"),
        *(("subscribePattern", topic) for topic in _HEARD),
        # Unlike the ACL file, the plugin judges a shared subscription by its whole name (2.0.21, tried).
        *(("subscribePattern", f"$share/+/{topic}") for topic in _HEARD),
        *(("publishClientReceive", topic) for topic in _HEARD),
    ),
    "worker": (
        ("publishClientSend", "glaneur/1/+/down"),
        ("publishClientSend", "application/+/device/+/command/down"),
        ("publishClientSend", "mqtt/things/+/downlink"),
        ("publishClientSend", "glaneur/1/gate/list"),
    ),
}
SERVICES = tuple(_SERVICES)


@dataclass(frozen=True, slots=True)
class Reply:
    """The plugin's answer to one command; `error` is empty when it was done."""

    command: str
    error: str
    data: Mapping[str, Any]


def probe_role(serial: str) -> str:
    """Return the name of the role that is this probe's alone."""
    return f"probe/{serial}"


def _right(sort: str, topic: str) -> Command:
    return {"acltype": sort, "topic": topic, "priority": 0, "allow": True}


def _probe_rights(serial: str) -> list[Command]:
    own = f"glaneur/1/{serial}"
    return [
        *(_right("publishClientSend", f"{own}/{name}") for name in ("up", "status", "ack")),
        _right("subscribeLiteral", f"{own}/down"),
        _right("publishClientReceive", f"{own}/down"),
    ]


def gate_role(name: str) -> str:
    """Return the name of the role that is this terminal's alone."""
    return f"gate/{name}"


def create_gate(name: str, password: str) -> list[Command]:
    """Make a gate terminal's role, then its account: it writes its journal and clock, and reads the list."""
    own, role = f"glaneur/1/gate/{name}", gate_role(name)
    rights = [
        *(_right("publishClientSend", f"{own}/{one}") for one in ("journal", "clock")),
        _right("subscribeLiteral", "glaneur/1/gate/list"),
        _right("publishClientReceive", "glaneur/1/gate/list"),
    ]
    return [
        {"command": "createRole", "rolename": role, "acls": rights},
        {
            "command": "createClient",
            "username": name,
            "password": password,
            "roles": [{"rolename": role, "priority": 0}],
        },
    ]


def remove_gate(name: str) -> list[Command]:
    """Remove a terminal's account, which also ends its connection, and its role."""
    return [
        {"command": "deleteClient", "username": name},
        {"command": "deleteRole", "rolename": gate_role(name)},
    ]


def look_up(username: str) -> Command:
    """Ask who this account is."""
    return {"command": "getClient", "username": username}


def create_probe(serial: str, password: str) -> list[Command]:
    """Make the probe's role, then its account. The role may be there already: that answer is no failure."""
    role = probe_role(serial)
    return [
        {"command": "createRole", "rolename": role, "acls": _probe_rights(serial)},
        {
            "command": "createClient",
            "username": serial,
            "password": password,
            "roles": [{"rolename": role, "priority": 0}],
        },
    ]


def change_password(username: str, password: str) -> Command:
    """Give an account another password."""
    return {"command": "setClientPassword", "username": username, "password": password}


def remove_probe(serial: str) -> list[Command]:
    """Remove the probe's account, which also ends its connection, and its role."""
    return [
        {"command": "deleteClient", "username": serial},
        {"command": "deleteRole", "rolename": probe_role(serial)},
    ]


def service_account(name: str, password: str) -> list[Command]:
    """Make the account of one of our own processes (`SERVICES`)."""
    rights = [_right(sort, topic) for sort, topic in _SERVICES[name]]
    role = f"service/{name}"
    return [
        {"command": "createRole", "rolename": role, "acls": rights},
        {
            "command": "createClient",
            "username": name,
            "password": password,
            "roles": [{"rolename": role, "priority": 0}],
        },
    ]


def deny_by_default() -> Command:
    """What no role says is refused, receiving included."""
    sorts = {
        "publishClientSend": False,
        "publishClientReceive": False,
        "subscribe": False,
        "unsubscribe": True,
    }
    return {
        "command": "setDefaultACLAccess",
        "acls": [{"acltype": sort, "allow": allow} for sort, allow in sorts.items()],
    }


def request(commands: Sequence[Command], correlation: str) -> Command:
    """Return the document to publish on `CONTROL`; its answers carry `correlation`."""
    return {"commands": [{**command, "correlationData": correlation} for command in commands]}


def replies(document: object, correlation: str) -> list[Reply]:
    """Return the answers of a document received on `RESPONSE` that are ours; others' are left out."""
    found = document.get("responses") if isinstance(document, dict) else None
    return [
        Reply(str(one.get("command")), str(one.get("error", "")), one.get("data") or {})
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and one.get("correlationData") == correlation
    ]


def is_gate(reply: Reply, name: str) -> bool:
    """Say whether an account that was looked up is that terminal's."""
    client = reply.data.get("client") or {}
    return [role.get("rolename") for role in client.get("roles") or ()] == [gate_role(name)]


def is_probe(reply: Reply, serial: str) -> bool:
    """Say whether an account that was looked up is that probe's, and no service's that bears its name."""
    client = reply.data.get("client") or {}
    return [role.get("rolename") for role in client.get("roles") or ()] == [probe_role(serial)]


def exists(reply: Reply) -> bool:
    """Say whether the account looked up is there."""
    return not reply.error


def failures(answers: Iterable[Reply]) -> list[str]:
    """Return what was not done, as `command: error`."""
    return [f"{one.command}: {one.error}" for one in answers if one.error]
