"""The technician's pages of the fleet: the list, and the forms that declare new devices."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Dispatcher
from api.database import Database
from api.devices import fleet, registry
from api.devices.codecs import codec_names
from api.devices.csv_rows import DeviceRow
from api.devices.fleet import Wanted
from api.devices.forms import WORDS, Minutes, Text, eui_of, instant_of
from api.devices.registry import Refusal
from api.devices.routes import LARGEST_FILE, read_file
from api.devices.words import NETWORKS, PRESENCES
from api.pages import page
from store.queries import named_queries

routes = APIRouter(include_in_schema=False)

_SQL = named_queries("api.devices")
_BLANK = {
    "serie": "",
    "decodeur": "native",
    "intervalle_min": 240,
    "reseau": "native",
    "dev_eui": "",
    "chemin": "",
    "colonne": "",
    "depuis": "",
}


@routes.get("/sondes", response_class=HTMLResponse)
def fleet_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    q: Annotated[str, Query(max_length=64)] = "",
    commune: Annotated[str, Query(max_length=5)] = "",
    etat: Annotated[str, Query(max_length=10)] = "",
    reseau: Annotated[str, Query(max_length=12)] = "",
    sans_colonne: bool = False,
    pile_faible: bool = False,
    suite: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Show the fleet."""
    now = request.app.state.clock.now()
    wanted = Wanted(
        q=q.strip() or None,
        insee=commune or None,
        presence=etat if etat in PRESENCES else None,
        network=reseau if reseau in NETWORKS else None,
        unmounted=sans_colonne,
        weak=pile_faible,
        page=suite,
    )
    devices, found = fleet.find_devices(connection, wanted, now)
    return page(
        request,
        "devices/fleet.html",
        account,
        wanted=wanted,
        devices=devices,
        found=found,
        size=fleet.PAGE,
        figures=fleet.figures(connection),
        communes=connection.execute(_SQL["communes"]).fetchall(),
        **WORDS,
    )


@routes.get("/sondes-nouvelles", response_class=HTMLResponse)
def declare_page(request: Request, connection: Database, account: Dispatcher) -> HTMLResponse:
    """Show the forms that declare one device, or a file of them."""
    return _declare(request, connection, account)


def _declare(
    request: Request, connection: Connection[DictRow], account: Account, status: int = 200, **more: Any
) -> HTMLResponse:
    shown = {"problem": "", "given": _BLANK, "report": None, "file_problem": "", **more}
    return page(
        request,
        "devices/declare.html",
        account,
        status=status,
        codecs=codec_names(),
        free=connection.execute(_SQL["free_containers"]).fetchall(),
        **shown,
        **WORDS,
    )


@routes.post("/sondes-nouvelles", response_class=HTMLResponse)
def declare(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serie: Text,
    decodeur: Text = "native",
    intervalle_min: Minutes = 240,
    reseau: Text = "native",
    dev_eui: Text = "",
    chemin: Text = "",
    colonne: Text = "",
    depuis: Text = "",
) -> Response:
    """Register one device."""
    now = request.app.state.clock.now()
    try:
        row = DeviceRow(
            serial=serie.strip(),
            codec=decodeur.strip(),
            report_interval_s=intervalle_min * 60,
            network=reseau,
            dev_eui=eui_of(dev_eui),
            network_path=chemin.strip(),
            container=colonne.strip() or None,
            mounted_from=instant_of(depuis, now) if colonne.strip() else None,
        )
        registry.register(connection, account, row, now)
    except Refusal as refusal:
        given = {
            "serie": serie,
            "decodeur": decodeur,
            "intervalle_min": intervalle_min,
            "reseau": reseau,
            "dev_eui": dev_eui,
            "chemin": chemin,
            "colonne": colonne,
            "depuis": depuis,
        }
        return _declare(request, connection, account, 422, problem=str(refusal), given=given)
    return RedirectResponse(f"/sondes/{row.serial}?fait=declaree", 303)


@routes.post("/sondes-nouvelles/fichier", response_class=HTMLResponse)
def import_file(
    request: Request, connection: Database, account: Dispatcher, fichier: UploadFile, essai: str = Form("")
) -> HTMLResponse:
    """Register a file of devices, or say what would come of it."""
    now = request.app.state.clock.now()
    try:
        report = read_file(fichier.file.read(LARGEST_FILE + 1), connection, account, now, dry_run=bool(essai))
    except HTTPException as refusal:
        return _declare(request, connection, account, refusal.status_code, file_problem=str(refusal.detail))
    return _declare(request, connection, account, report=report)
