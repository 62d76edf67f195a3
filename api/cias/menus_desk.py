"""The menus' page: a month of them to see, to type, to take from a file; and the public file, for anybody."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import TypeAdapter

from api.auth import Account, record
from api.cias.asking import Card, books, load_card, store_card
from api.cias.desk import Office
from api.cias.files import SQL
from api.cias.menu_import import plain, read_menus, typed_menu
from api.cias.scdl import Published, Publisher, csv_text, faults, rows_of
from api.database import Database
from api.french import PARIS
from api.pages import page
from meals.calendar import book_at, trip
from meals.french import ALLERGENS, DIETS, MOMENTS, TEXTURES
from meals.model import Allergen, Course, Diet, Dish, Menu, Moment, Texture

routes = APIRouter(tags=["meals"])

SHOWN_DAYS = 28
BACK_DAYS, AHEAD_DAYS, LONGEST_DAYS = 28, 92, 400
LARGEST_BYTES = 2_000_000
_COURSES = TypeAdapter(tuple[Course, ...])


@routes.get("/portage/menus.csv", summary="Menus as open data, SCDL menus-collectifs v1.2.3")
def open_menus(
    request: Request,
    connection: Database,
    de: Annotated[date | None, Query(description="first day; four weeks back when absent")] = None,
    a: Annotated[date | None, Query(description="last day; three months ahead when absent")] = None,
) -> Response:
    """One row for each dish of each published menu. Public: it names no person, and may be kept an hour."""
    publisher = Publisher()
    if not (publisher.siret and publisher.collectivity):
        raise HTTPException(
            503, "Les menus ne sont pas publiés : GLANEUR_MENUS_COLLECTIVITY et _SIRET manquent."
        )
    today = request.app.state.clock.now().astimezone(PARIS).date()
    first, last = de or today - timedelta(days=BACK_DAYS), a or today + timedelta(days=AHEAD_DAYS)
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        raise HTTPException(422, f"La période va d'un jour à un autre, {LONGEST_DAYS} jours au plus.")
    rows = rows_of(publisher, published(connection, first, last), {one.id: one for one in dishes(connection)})
    wrong = next((found for row in rows if (found := faults(row))), None)
    if wrong:
        raise HTTPException(503, f"Les menus ne suivent pas le schéma public ({wrong[0]}).")
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Access-Control-Allow-Origin": "*",
        "Content-Disposition": f'inline; filename="menus-collectifs-{first}-{last}.csv"',
    }
    return Response(csv_text(rows), media_type="text/csv; charset=utf-8", headers=headers)


@routes.get("/portage/menus", response_class=HTMLResponse, include_in_schema=False)
def menus_page(
    request: Request, connection: Database, account: Office, du: Annotated[date | None, Query()] = None
) -> HTMLResponse:
    """Four weeks of menus: what is published, what is missing."""
    return _page(request, connection, account, du)


@routes.post("/portage/menus", include_in_schema=False)
def type_menu(
    request: Request,
    connection: Database,
    account: Office,
    jour: Annotated[date, Form()],
    plats: Annotated[str, Form(max_length=2000)],
    repas: Annotated[Moment, Form()] = "lunch",
    choix: Annotated[str, Form(pattern=r"^[A-Z]$")] = "A",
) -> Response:
    """Publish one menu as typed, over the one of its day and choice."""
    menu = typed_menu(jour, repas, choix, plats, dishes(connection))
    if isinstance(menu, str):
        return _page(request, connection, account, jour, problem=menu)
    store_card(connection, Card(menus=(menu,)))
    record(connection, account, "meals.menu", f"{jour} {repas} {choix}")
    return _page(request, connection, account, jour, said="Le menu est publié : il peut être commandé.")


@routes.post("/portage/plats", include_in_schema=False)
def add_dish(
    request: Request,
    connection: Database,
    account: Office,
    nom: Annotated[str, Form(min_length=2, max_length=160)],
    regimes: Annotated[list[Diet], Form()] = [],  # noqa: B006 - FastAPI copies it
    textures: Annotated[list[Texture], Form()] = [],  # noqa: B006
    allergenes: Annotated[list[Allergen], Form()] = [],  # noqa: B006
    declares: Annotated[bool, Form()] = False,
) -> Response:
    """Describe a dish, over the one of its name. Without the tick, its allergens are not declared."""
    if allergenes and not declares:
        problem = (
            "Cochez « les allergènes sont déclarés » : sans quoi le plat n'est donné à aucun allergique."
        )
        return _page(request, connection, account, None, problem=problem)
    dish = Dish(
        id=plain(nom) or "plat",
        name=nom.strip(),
        diets=tuple(regimes),
        textures=tuple(textures) or ("whole",),
        allergens=tuple(allergenes) if declares else None,
    )
    store_card(connection, Card(dishes=(dish,)))
    record(connection, account, "meals.dish", dish.id)
    return _page(request, connection, account, None, said=f"« {dish.name} » est à la carte.")


@routes.post("/portage/menus/fichier", include_in_schema=False)
def take_file(
    request: Request, connection: Database, account: Office, fichier: Annotated[UploadFile, File()]
) -> Response:
    """Take in a CSV (SCDL menus-collectifs) or a JSON card: all of it, or every line that cannot be read."""
    body = fichier.file.read(LARGEST_BYTES + 1)
    if len(body) > LARGEST_BYTES:
        raise HTTPException(413, "Ce fichier est trop grand : deux millions d'octets au plus.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise HTTPException(422, "Ce fichier n'est pas du texte en UTF-8.") from why
    found = load_card(connection, text) if text.lstrip().startswith("{") else _from_csv(connection, text)
    if not isinstance(found, Card):
        return _page(request, connection, account, None, problems=found)
    record(connection, account, "meals.card", "", dishes=len(found.dishes), menus=len(found.menus))
    first = min((one.day for one in found.menus), default=None)
    said = f"{len(found.dishes)} plats et {len(found.menus)} menus sont à la carte."
    return _page(request, connection, account, first, said=said)


def _from_csv(connection: Connection[DictRow], text: str) -> Card | tuple[str, ...]:
    found = read_menus(text)
    if isinstance(found, Card):
        store_card(connection, found)
    return found


def published(connection: Connection[DictRow], first: date, last: date) -> list[Published]:
    """The menus of these days with the instants they were published and changed."""
    rows = connection.execute(SQL["menus_published"], {"first": first, "last": last}).fetchall()
    return [
        Published(
            menu=Menu(
                day=row["day"],
                moment=row["moment"],
                choice=row["choice"],
                courses=_COURSES.validate_python(row["courses"]),
            ),
            published_at=row["published_at"],
            changed_at=row["changed_at"],
        )
        for row in rows
    ]


def dishes(connection: Connection[DictRow]) -> list[Dish]:
    """Everything the kitchen described."""
    return [
        Dish(
            id=row["code"],
            name=row["name"],
            diets=tuple(row["diets"]),
            textures=tuple(row["textures"]),
            allergens=None if row["allergens"] is None else tuple(row["allergens"]),
        )
        for row in connection.execute(SQL["dishes"]).fetchall()
    ]


def _page(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    around: date | None,
    *,
    said: str = "",
    problem: str = "",
    problems: Sequence[str] = (),
) -> HTMLResponse:
    today = request.app.state.clock.now().astimezone(PARIS).date()
    chosen = around or today
    monday = chosen - timedelta(days=chosen.weekday())
    last = monday + timedelta(days=SHOWN_DAYS - 1)
    by_day: dict[date, list[Published]] = defaultdict(list)
    for one in published(connection, monday, last):
        by_day[one.menu.day].append(one)
    known = dishes(connection)
    rules = books(connection)
    days = [monday + timedelta(days=n) for n in range(SHOWN_DAYS)]
    served = {
        day for day in days if (book := book_at(rules, day)) is not None and trip(book, day) is not None
    }
    return page(
        request,
        "cias/menus.html",
        account,
        status=422 if problem or problems else 200,
        weeks=[days[n : n + 7] for n in range(0, SHOWN_DAYS, 7)],
        by_day=by_day,
        served=served,
        missing=[day for day in days if day in served and day >= today and not by_day[day]],
        dishes={one.id: one for one in known},
        chosen=chosen,
        before=monday - timedelta(days=SHOWN_DAYS),
        after=monday + timedelta(days=SHOWN_DAYS),
        publisher=Publisher(),
        said=said,
        problems=[problem] if problem else problems,
        moments=MOMENTS,
        diets=DIETS,
        textures=TEXTURES,
        allergens=ALLERGENS,
    )
