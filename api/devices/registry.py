"""Register devices, one or a file of them, and change what they are: codec, network, interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.devices import mountings
from api.devices.codecs import codec_problem
from api.devices.csv_rows import DeviceRow, RefusedRow, identity_problem
from store.queries import named_queries

_SQL = named_queries("api.devices", "registry.sql")


class Refusal(Exception):
    """A device cannot be registered or changed; the message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file became: rows taken (written unless it was a trial), rows refused."""

    taken: tuple[DeviceRow, ...]
    refused: tuple[RefusedRow, ...]


def register(connection: Connection[DictRow], account: Account, row: DeviceRow, now: datetime) -> int:
    """Register one device, mounted where the row says.

    Return its id. Raises `Refusal` and changes nothing.
    """
    try:
        with connection.transaction():
            if row.container:
                mountings.begin(connection)
            device_id, place = _add(connection, row, now)
            _record(connection, account, row, device_id)
            if place is not None:
                mountings.ask_recompute(connection, [device_id], [place], row.mounted_from or now, None)
            return device_id
    except mountings.Conflict as conflict:
        raise Refusal(str(conflict)) from conflict


def _add(connection: Connection[DictRow], row: DeviceRow, now: datetime) -> tuple[int, int | None]:
    """Write the device and its mounting; (device id, container id)."""
    if problem := identity_problem(row) or codec_problem(row.codec):
        raise Refusal(problem)
    try:
        with connection.transaction():
            found = connection.execute(
                _SQL["add"],
                {
                    "serial": row.serial,
                    "codec": row.codec,
                    "report_interval_s": row.report_interval_s,
                    "network": row.network,
                    "dev_eui": row.dev_eui,
                    "network_path": row.network_path,
                },
            ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise Refusal(_already(error, row)) from error
    assert found is not None  # noqa: S101 - RETURNING always returns
    device_id = int(found["id"])
    if not row.container:
        return device_id, None
    place = container_id(connection, row.container)
    since = row.mounted_from or now
    mountings.check_instant(since, now)
    mountings.add(connection, mountings.Wish(device_id, place, since))
    return device_id, place


def container_id(connection: Connection[DictRow], code: str) -> int:
    """Return the id of a container; raises `Refusal`."""
    row = connection.execute(_SQL["container_by_code"], {"code": code}).fetchone()
    if row is None:
        raise Refusal(f"La colonne « {code[:60]} » n'existe pas.")
    return int(row["id"])


def _already(error: psycopg.errors.UniqueViolation, row: DeviceRow) -> str:
    if error.diag.constraint_name == "device_dev_eui_key":
        return f"Le DevEUI {row.dev_eui} est déjà celui d'une autre sonde."
    return f"La sonde {row.serial} est déjà déclarée."


def _record(connection: Connection[DictRow], account: Account, row: DeviceRow, device_id: int) -> None:
    detail = {"serial": row.serial, "codec": row.codec, "network": row.network, "container": row.container}
    record(connection, account, "register_device", f"device/{device_id}", **detail)


class _Trial(Exception):
    """Ends a trial: everything it wrote is undone."""


def import_rows(
    connection: Connection[DictRow],
    account: Account,
    rows: Sequence[DeviceRow],
    now: datetime,
    *,
    dry_run: bool,
) -> Imported:
    """Register every row that can be, in one transaction; with `dry_run` nothing stays written."""
    taken: list[DeviceRow] = []
    refused: list[RefusedRow] = []
    hung: list[tuple[int, int, datetime]] = []
    try:
        with connection.transaction():
            if any(row.container for row in rows):
                mountings.begin(connection)
            for row in rows:
                try:
                    with connection.transaction():
                        device_id, place = _add(connection, row, now)
                except (Refusal, mountings.Conflict) as why:
                    refused.append(RefusedRow(row.line, row.serial, str(why)))
                    continue
                _record(connection, account, row, device_id)
                taken.append(row)
                if place is not None:
                    hung.append((device_id, place, row.mounted_from or now))
            if dry_run:
                raise _Trial
            if hung:
                mountings.ask_recompute(
                    connection,
                    [device for device, _, _ in hung],
                    [container for _, container, _ in hung],
                    min(since for _, _, since in hung),
                    None,
                )
    except _Trial:
        pass
    return Imported(tuple(taken), tuple(refused))


def change(connection: Connection[DictRow], account: Account, old: DictRow, row: DeviceRow) -> None:
    """Give a device another codec, network identity or interval; raises `Refusal`.

    Leaving our broker for a network while it still has a password here is refused: revoke it first.
    """
    if problem := identity_problem(row) or codec_problem(row.codec):
        raise Refusal(problem)
    if old["access_since"] is not None and row.network != "native":
        raise Refusal(
            "Cette sonde a encore un accès à notre courtier : retirez-le avant de changer de réseau."
        )
    try:
        with connection.transaction():
            connection.execute(
                _SQL["change"],
                {
                    "id": old["id"],
                    "codec": row.codec,
                    "report_interval_s": row.report_interval_s,
                    "network": row.network,
                    "dev_eui": row.dev_eui,
                    "network_path": row.network_path,
                },
            )
    except psycopg.errors.UniqueViolation as error:
        raise Refusal(_already(error, row)) from error
    names = ("codec", "report_interval_s", "network", "dev_eui", "network_path")
    changed = {name: [old[name], getattr(row, name)] for name in names if old[name] != getattr(row, name)}
    if changed:
        record(connection, account, "change_device", f"device/{old['id']}", **changed)
