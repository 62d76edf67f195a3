"""The JSON API of devices: everything their pages do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response, UploadFile
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Dispatcher
from api.database import Database
from api.devices import access, downlinks, fleet, mountings, registry
from api.devices.csv_rows import DeviceRow, parse_csv
from api.devices.fleet import Device, DeviceSeries, Downlink, Mounting, Network, Presence, Said, Wanted
from api.devices.frames import Setting, Unfit
from api.devices.mountings import Conflict, Wish
from api.devices.registry import Refusal
from api.devices.wishes import (
    Access,
    ChangedDevice,
    Correction,
    ImportReport,
    MountWish,
    NewDevice,
    RefusedLine,
    ReplaceWish,
    SettingWish,
    TakenLine,
    UnmountWish,
)

routes = APIRouter(tags=["devices"])

LARGEST_FILE = 2_000_000


def read_file(
    content: bytes, connection: Connection[DictRow], account: Account, now: datetime, *, dry_run: bool
) -> ImportReport:
    """Register the devices of a CSV file; a file that cannot be read is 422."""
    if len(content) > LARGEST_FILE:
        raise HTTPException(413, "Ce fichier dépasse 2 Mo : partagez-le.")
    parsed = parse_csv(content, now)
    if parsed.problem:
        raise HTTPException(422, parsed.problem)
    done = registry.import_rows(connection, account, parsed.rows, now, dry_run=dry_run)
    refused = sorted((*parsed.refused, *done.refused), key=lambda row: row.line)
    return ImportReport(
        dry_run=dry_run,
        taken=[TakenLine(line=row.line, serial=row.serial) for row in done.taken],
        refused=[RefusedLine(line=row.line, serial=row.serial, reason=row.reason) for row in refused],
    )


@routes.get("/api/v1/devices", summary="Devices with their state and trends")
def list_devices(
    request: Request,
    connection: Database,
    _: Dispatcher,
    q: Annotated[
        str | None, Query(max_length=64, description="part of a serial, DevEUI or container")
    ] = None,
    insee: str | None = None,
    presence: Presence | None = None,
    network: Network | None = None,
    unmounted: bool = False,
    weak: bool = False,
    page: Annotated[int, Query(ge=1, le=10_000, description="200 devices a page")] = 1,
) -> list[Device]:
    """Return the devices that match every filter given, by serial."""
    wanted = Wanted(
        q=q or None,
        insee=insee,
        presence=presence,
        network=network,
        unmounted=unmounted,
        weak=weak,
        page=page,
    )
    return fleet.find_devices(connection, wanted, request.app.state.clock.now())[0]


@routes.post("/api/v1/devices", status_code=201, summary="Register a device")
def register_device(request: Request, connection: Database, account: Dispatcher, new: NewDevice) -> Device:
    """Register one device, mounted where it is said."""
    now = request.app.state.clock.now()
    with refusing():
        registry.register(connection, account, device_of(new), now)
    return Device(**fleet.device_row(connection, new.serial, now))


def device_of(new: NewDevice) -> DeviceRow:
    """Return the row a request describes."""
    given = new.model_dump()
    given["dev_eui"] = (new.dev_eui or "").upper().replace(":", "").replace("-", "") or None
    return DeviceRow(**given)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal into the API's answer: 409 what is in the way, 422 what cannot be, 503 no broker."""
    try:
        yield
    except Conflict as error:
        raise HTTPException(409, str(error)) from error
    except Refusal as error:
        raise HTTPException(422, str(error)) from error
    except access.NoAccess as error:
        raise HTTPException(503, str(error)) from error


@routes.post("/api/v1/devices/import", summary="Register the devices of a CSV file")
def import_devices(
    request: Request, connection: Database, account: Dispatcher, file: UploadFile, dry_run: bool = False
) -> ImportReport:
    """Take the good rows in one transaction and report the others; with `dry_run`, only report."""
    content = file.file.read(LARGEST_FILE + 1)
    return read_file(content, connection, account, request.app.state.clock.now(), dry_run=dry_run)


@routes.get("/api/v1/devices/{serial}", summary="One device")
def read_device(request: Request, connection: Database, _: Dispatcher, serial: str) -> Device:
    """Return one device."""
    return Device(**fleet.device_row(connection, serial, request.app.state.clock.now()))


@routes.put("/api/v1/devices/{serial}", summary="Change a device's codec, network and interval")
def change_device(
    request: Request, connection: Database, account: Dispatcher, serial: str, new: ChangedDevice
) -> Device:
    """Change what a device is; its history keeps the codec each message was read with."""
    now = request.app.state.clock.now()
    old = fleet.device_row(connection, serial, now)
    with refusing():
        registry.change(connection, account, old, device_of(NewDevice(serial=serial, **new.model_dump())))
    return Device(**fleet.device_row(connection, serial, now))


@routes.get("/api/v1/devices/{serial}/mountings", summary="Where a device hung")
def list_mountings(request: Request, connection: Database, _: Dispatcher, serial: str) -> list[Mounting]:
    """Return the dated mountings, the latest first."""
    row = fleet.device_row(connection, serial, request.app.state.clock.now())
    return fleet.mountings_of(connection, row["id"])


@routes.post("/api/v1/devices/{serial}/mountings", status_code=201, summary="Mount a device")
def mount_device(
    request: Request, connection: Database, account: Dispatcher, serial: str, wish: MountWish
) -> list[Mounting]:
    """Hang a device in a container; readings since then are read again."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    with refusing():
        place = registry.container_id(connection, wish.container)
        mountings.mount(connection, account, Wish(row["id"], place, wish.since or now), now)
    return fleet.mountings_of(connection, row["id"])


@routes.post("/api/v1/devices/{serial}/unmount", summary="Unmount a device")
def unmount_device(
    request: Request, connection: Database, account: Dispatcher, serial: str, wish: UnmountWish
) -> list[Mounting]:
    """Take a device out of its container."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    with refusing():
        mountings.unmount(connection, account, row["id"], wish.at or now, now)
    return fleet.mountings_of(connection, row["id"])


@routes.post("/api/v1/devices/{serial}/replace", summary="Replace a device by another")
def replace_device(
    request: Request, connection: Database, account: Dispatcher, serial: str, wish: ReplaceWish
) -> list[Mounting]:
    """Unmount a device and mount another in its place at the same instant; the other's mountings."""
    now = request.app.state.clock.now()
    old = fleet.device_row(connection, serial, now)
    new = fleet.device_row(connection, wish.by, now)
    with refusing():
        mountings.replace(connection, account, old["id"], new["id"], wish.at or now, now)
    return fleet.mountings_of(connection, new["id"])


@routes.post("/api/v1/devices/{serial}/mountings/correct", summary="Correct a mounting of the past")
def correct_mounting(
    request: Request, connection: Database, account: Dispatcher, serial: str, wish: Correction
) -> list[Mounting]:
    """Write what was really done; the readings of the period are read again."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    with refusing():
        old = Wish(row["id"], registry.container_id(connection, wish.container), wish.since)
        new, instead = None, wish.instead
        if instead is not None:
            place = registry.container_id(connection, instead.container)
            new = Wish(row["id"], place, instead.since, instead.until)
        mountings.correct(connection, account, old, new, now)
    return fleet.mountings_of(connection, row["id"])


@routes.get("/api/v1/devices/{serial}/series", summary="Battery, radio and messages of a device")
def read_series(
    request: Request,
    connection: Database,
    _: Dispatcher,
    serial: str,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> DeviceSeries:
    """Return the figures of the last days."""
    now = request.app.state.clock.now()
    return fleet.series_of(connection, fleet.device_row(connection, serial, now)["id"], now, days)


@routes.get("/api/v1/devices/{serial}/messages", summary="Last messages of a device")
def list_messages(
    request: Request,
    connection: Database,
    _: Dispatcher,
    serial: str,
    at_most: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[Said]:
    """Return the last messages, decoded and as they came."""
    row = fleet.device_row(connection, serial, request.app.state.clock.now())
    return fleet.messages_of(connection, row["id"], at_most)


@routes.post("/api/v1/devices/{serial}/access", status_code=201, summary="Make or renew a broker account")
def issue_access(request: Request, connection: Database, account: Dispatcher, serial: str) -> Access:
    """Give a native probe its own account, or another password; the answer holds it this once."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    with refusing():
        password = access.issue(connection, account, request.app.state.settings.access_broker, row, now)
    return Access(username=serial, password=password)


@routes.delete("/api/v1/devices/{serial}/access", status_code=204, summary="Revoke a broker account")
def revoke_access(request: Request, connection: Database, account: Dispatcher, serial: str) -> Response:
    """Remove a probe's account; it is disconnected at once."""
    row = fleet.device_row(connection, serial, request.app.state.clock.now())
    with refusing():
        access.revoke(connection, account, request.app.state.settings.access_broker, row)
    return Response(status_code=204)


@routes.get("/api/v1/devices/{serial}/downlinks", summary="Settings asked of a device")
def list_downlinks(request: Request, connection: Database, _: Dispatcher, serial: str) -> list[Downlink]:
    """Return the last settings asked, and what became of them."""
    row = fleet.device_row(connection, serial, request.app.state.clock.now())
    return fleet.downlinks_of(connection, row["id"])


@routes.post("/api/v1/devices/{serial}/downlinks", status_code=202, summary="Ask a device for a setting")
def ask_setting(
    request: Request, connection: Database, account: Dispatcher, serial: str, wish: SettingWish
) -> list[Downlink]:
    """Queue a setting; the worker sends it, and its acknowledgement is tracked."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    made = downlinks.queue(connection, account, row, Setting(wish.kind, wish.value), now)
    if isinstance(made, Unfit):
        raise HTTPException(422, made.sentence)
    return fleet.downlinks_of(connection, row["id"])


@routes.delete(
    "/api/v1/devices/{serial}/downlinks/{downlink_id}", status_code=204, summary="Cancel a setting"
)
def cancel_setting(
    request: Request, connection: Database, account: Dispatcher, serial: str, downlink_id: UUID
) -> Response:
    """Take back a setting that is not sent yet."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    if not downlinks.cancel(connection, account, row["id"], downlink_id, now):
        raise HTTPException(409, "Ce réglage est déjà envoyé, ou n'attend plus.")
    return Response(status_code=204)
