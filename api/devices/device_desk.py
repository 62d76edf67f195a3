"""One device's page, and what its forms do: the same acts as the JSON API.

A form that is refused shows the page again with the sentence; one that is taken leads back to the page, so
that reloading does nothing twice. A new password is the exception: it is shown by the answer itself, once.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Dispatcher
from api.database import Database
from api.devices import access, downlinks, fleet, mountings, registry
from api.devices.calibrating import models, shown_reader
from api.devices.codecs import codec_names
from api.devices.csv_rows import DeviceRow
from api.devices.forms import WORDS, Minutes, Text, eui_of, instant_of
from api.devices.frames import KINDS, Setting, Unfit, settable
from api.devices.mountings import Conflict, Wish
from api.devices.registry import Refusal
from api.devices.wire import network_problem
from api.pages import page
from store.queries import named_queries

routes = APIRouter(include_in_schema=False)

PERIODS = (7, 30, 90)
_SQL = named_queries("api.devices")
_DONE = {
    "declaree": "La sonde est déclarée.",
    "montee": "La sonde est montée. Ses mesures depuis cette date sont en cours de relecture.",
    "demontee": "La sonde est démontée.",
    "remplacee": "La sonde est remplacée.",
    "corrigee": "Le montage est corrigé. Les mesures de cette période sont en cours de relecture.",
    "modifiee": "La sonde est modifiée.",
    "decodee": "La sonde est modifiée. Ses mesures passées restent celles de l'ancien décodeur : pour les"
    " relire avec le nouveau, un administrateur lance « glaneur redecode --device {serial} » ; niveaux,"
    " alertes et vidages sont ensuite recalculés.",
    "etalonnee": "L'étalonnage est enregistré. Les niveaux depuis cette date sont en cours de relecture.",
    "retire": "L'accès est retiré : le courtier refuse désormais cette sonde.",
    "demande": "Le réglage est demandé : la sonde le recevra à son prochain contact.",
    "annule": "Le réglage est annulé.",
}


@routes.get("/sondes/{serial}", response_class=HTMLResponse)
def device_page(
    request: Request, connection: Database, account: Dispatcher, serial: str, jours: int = 30, fait: str = ""
) -> HTMLResponse:
    """Show one device."""
    return _device(
        request, connection, account, serial, days=jours, done=_DONE.get(fait, "").format(serial=serial)
    )


def _device(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    serial: str,
    *,
    status: int = 200,
    days: int = 30,
    **more: Any,
) -> HTMLResponse:
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    days = days if days in PERIODS else PERIODS[1]
    reader = None if row["container"] is None else shown_reader(connection, row["container"], now)
    shown = {"problem": "", "done": "", "password": "", **more}
    return page(
        request,
        "devices/device.html",
        account,
        status=status,
        device=fleet.Device(**row),
        mountings=fleet.mountings_of(connection, row["id"]),
        downlinks=fleet.downlinks_of(connection, row["id"]),
        messages=fleet.messages_of(connection, row["id"]),
        by_day=fleet.series_of(connection, row["id"], now, days).days,
        reader=reader,
        models=models(connection),
        days=days,
        periods=PERIODS,
        codecs=codec_names(),
        settable=settable(row["codec"] if row["network"] != "native" else "native"),
        cannot_tell=network_problem(row["network"]),
        free=connection.execute(_SQL["free_containers"]).fetchall(),
        spare=connection.execute(_SQL["free_devices"]).fetchall(),
        can_give_access=request.app.state.settings.access_broker is not None,
        **shown,
        **WORDS,
    )


def acted(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    serial: str,
    done: str,
    act: Callable[[DictRow, datetime], None],
    lands_on: str | None = None,
) -> Response:
    """Do what a form asks of a device and go to its page; refused, show the page with the reason."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    try:
        with connection.transaction():
            act(row, now)
    except (Refusal, Conflict, access.NoAccess) as refusal:
        return _device(request, connection, account, serial, status=409, problem=str(refusal))
    return RedirectResponse(f"/sondes/{lands_on or serial}?fait={done}", 303)


@routes.post("/sondes/{serial}/monter")
def mount(
    request: Request, connection: Database, account: Dispatcher, serial: str, colonne: Text, depuis: Text = ""
) -> Response:
    """Hang it."""

    def act(row: DictRow, now: datetime) -> None:
        place = registry.container_id(connection, colonne.strip())
        mountings.mount(connection, account, Wish(row["id"], place, instant_of(depuis, now)), now)

    return acted(request, connection, account, serial, "montee", act)


@routes.post("/sondes/{serial}/demonter")
def unmount(
    request: Request, connection: Database, account: Dispatcher, serial: str, depuis: Text = ""
) -> Response:
    """Take it out."""

    def act(row: DictRow, now: datetime) -> None:
        mountings.unmount(connection, account, row["id"], instant_of(depuis, now), now)

    return acted(request, connection, account, serial, "demontee", act)


@routes.post("/sondes/{serial}/remplacer")
def replace(
    request: Request, connection: Database, account: Dispatcher, serial: str, par: Text, depuis: Text = ""
) -> Response:
    """Put another in its place."""

    def act(row: DictRow, now: datetime) -> None:
        other = fleet.device_row(connection, par.strip(), now)
        mountings.replace(connection, account, row["id"], other["id"], instant_of(depuis, now), now)

    return acted(request, connection, account, serial, "remplacee", act, lands_on=par.strip())


@routes.post("/sondes/{serial}/corriger")
def correct(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serial: str,
    avant_colonne: Text,
    avant_depuis: Text,
    colonne: Text = "",
    depuis: Text = "",
    jusqua: Text = "",
    jamais: Text = "",
) -> Response:
    """Write what was really done."""

    def act(row: DictRow, now: datetime) -> None:
        since = instant_of(avant_depuis, now)
        old = Wish(row["id"], registry.container_id(connection, avant_colonne), since)
        new = None
        if not jamais:
            if not depuis:
                raise Refusal("Indiquez depuis quand la sonde est montée.")
            place = registry.container_id(connection, colonne.strip())
            # The form shows minutes: a date left as it was keeps its seconds.
            begun = instant_of(depuis, now)
            begun = since if begun == since.replace(second=0, microsecond=0) else begun
            new = Wish(row["id"], place, begun, instant_of(jusqua, now) if jusqua else None)
        mountings.correct(connection, account, old, new, now)

    return acted(request, connection, account, serial, "corrigee", act)


@routes.post("/sondes/{serial}/modifier")
def change(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serial: str,
    decodeur: Text,
    intervalle_min: Minutes,
    reseau: Text,
    dev_eui: Text = "",
    chemin: Text = "",
) -> Response:
    """Change what it is; its stored bytes may then be read again, which is an administrator's act."""
    before = fleet.device_row(connection, serial, request.app.state.clock.now())
    other_codec = before["network"] != "native" and before["codec"] != decodeur.strip()

    def act(row: DictRow, now: datetime) -> None:
        new = DeviceRow(
            serial=serial,
            codec=decodeur.strip(),
            report_interval_s=intervalle_min * 60,
            network=reseau,
            dev_eui=eui_of(dev_eui),
            network_path=chemin.strip(),
        )
        registry.change(connection, account, row, new)

    return acted(request, connection, account, serial, "decodee" if other_codec else "modifiee", act)


@routes.post("/sondes/{serial}/acces", response_class=HTMLResponse)
def give_access(request: Request, connection: Database, account: Dispatcher, serial: str) -> HTMLResponse:
    """Make or renew its account, and show the password once."""
    now = request.app.state.clock.now()
    row = fleet.device_row(connection, serial, now)
    try:
        password = access.issue(connection, account, request.app.state.settings.access_broker, row, now)
    except access.NoAccess as refusal:
        return _device(request, connection, account, serial, status=503, problem=str(refusal))
    return _device(request, connection, account, serial, password=password)


@routes.post("/sondes/{serial}/retirer-acces")
def take_access(request: Request, connection: Database, account: Dispatcher, serial: str) -> Response:
    """Remove its account."""

    def act(row: DictRow, now: datetime) -> None:
        access.revoke(connection, account, request.app.state.settings.access_broker, row)

    return acted(request, connection, account, serial, "retire", act)


@routes.post("/sondes/{serial}/reglages")
def ask_setting(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serial: str,
    reglage: Text,
    valeur: Annotated[int, Form(ge=0, le=2**31 - 1)],
) -> Response:
    """Queue a setting; the interval is given in minutes."""

    def act(row: DictRow, now: datetime) -> None:
        if reglage not in KINDS:
            raise Refusal("Ce réglage n'existe pas.")
        value = valeur * 60 if reglage == "interval" else valeur
        made = downlinks.queue(connection, account, row, Setting(reglage, value), now)
        if isinstance(made, Unfit):
            raise Refusal(made.sentence)

    return acted(request, connection, account, serial, "demande", act)


@routes.post("/sondes/{serial}/reglages/{downlink_id}/annuler")
def cancel_setting(
    request: Request, connection: Database, account: Dispatcher, serial: str, downlink_id: UUID
) -> Response:
    """Take a setting back."""

    def act(row: DictRow, now: datetime) -> None:
        if not downlinks.cancel(connection, account, row["id"], downlink_id, now):
            raise Refusal("Ce réglage est déjà envoyé, ou n'attend plus.")

    return acted(request, connection, account, serial, "annule", act)
