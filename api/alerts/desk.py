"""The pages of what is chosen about alerts.

One's subscriptions, the messages that left, how kinds are handled.
"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from api.alerts import subscriptions
from api.alerts.kinds import DEFAULTS, UNITS, Setting, check, save_setting, settings_now
from api.alerts.routes import Number
from api.alerts.subscriptions import Wish
from api.alerts.words import CHANNELS, DONE, SENDS
from api.auth import Account, Dispatcher, record
from api.database import Database
from api.dispatch.words import alert_word
from api.errors import validation_sentence
from api.pages import page
from store.queries import named_queries

routes = APIRouter(include_in_schema=False)

_SQL = named_queries("api.alerts")
_BLANK: dict[str, Any] = {
    "channel": "email",
    "address": "",
    "kinds": [],
    "communes": [],
    "streams": [],
    "escalated_only": False,
}
Text = Annotated[str, Form(max_length=500)]
Several = Annotated[list[str], Form(max_length=200)]
Figure = Annotated[str, Form(max_length=12)]


@routes.get("/alertes-abonnements", response_class=HTMLResponse)
def subscriptions_page(
    request: Request, connection: Database, account: Dispatcher, fait: str = ""
) -> HTMLResponse:
    """Show one's subscriptions and the form of a new one."""
    return _subscriptions(request, connection, account, done=DONE.get(fait, ""))


def _subscriptions(
    request: Request, connection: Connection[DictRow], account: Account, status: int = 200, **more: Any
) -> HTMLResponse:
    communes = connection.execute(_SQL["communes"]).fetchall()
    streams = connection.execute(_SQL["streams"]).fetchall()
    shown = {"done": "", "problem": "", "given": _BLANK, **more}
    return page(
        request,
        "alerts/subscriptions.html",
        account,
        status=status,
        mine=subscriptions.own(connection, account),
        communes=communes,
        streams=streams,
        names={
            **{one["insee"]: one["name"] for one in communes},
            **{one["code"]: one["label"] for one in streams},
        },
        kinds=_ordered(),
        alert_word=alert_word,
        channels=CHANNELS,
        clock_of=_clock_of,
        **shown,
    )


def _ordered() -> list[str]:
    return sorted(DEFAULTS, key=lambda kind: alert_word(kind).rank)


def _clock_of(minutes: int) -> str:
    """Write minutes after midnight for people and for `<input type="time">`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(clock: str) -> int | None:
    hours, colon, minutes = clock.partition(":")
    if not clock:
        return None
    if not (colon and hours.isdecimal() and minutes[:2].isdecimal()):
        raise HTTPException(422, "Une heure s'écrit 22:00.")
    return int(hours) * 60 + int(minutes[:2])


@routes.post("/alertes-abonnements", response_class=HTMLResponse)
def subscribe_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    voie: Text,
    adresse: Text,
    genres: Several = [],  # noqa: B006 - FastAPI makes a new list for each request
    communes: Several = [],  # noqa: B006
    flux: Several = [],  # noqa: B006
    escalades: bool = Form(False),
    calme_de: Figure = "",
    calme_a: Figure = "",
) -> Response:
    """Add a subscription."""
    given: dict[str, Any] = {
        "channel": voie,
        "address": adresse,
        "kinds": genres,
        "communes": communes,
        "streams": flux,
        "escalated_only": escalades,
    }
    try:
        quiet = {"quiet_from_min": _minutes(calme_de), "quiet_until_min": _minutes(calme_a)}
        subscriptions.subscribe(connection, account, Wish.model_validate({**given, **quiet}))
    except ValidationError as error:
        return _subscriptions(request, connection, account, 422, problem=_sentence(error), given=given)
    except HTTPException as refusal:
        return _subscriptions(
            request, connection, account, refusal.status_code, problem=str(refusal.detail), given=given
        )
    return RedirectResponse("/alertes-abonnements?fait=abonne", 303)


def _sentence(error: ValidationError) -> str:
    if any(one["type"] == "value_error" for one in error.errors()):
        return "Les heures de calme ont un début et une fin, ou ni l'un ni l'autre."
    return validation_sentence([{**one, "loc": ("body", *one["loc"])} for one in error.errors()])


@routes.post("/alertes-abonnements/{number}/retirer")
def unsubscribe_form(connection: Database, account: Dispatcher, number: Number) -> Response:
    """Take a subscription away."""
    subscriptions.unsubscribe(connection, account, number)
    return RedirectResponse("/alertes-abonnements?fait=retire", 303)


@routes.post("/alertes-abonnements/{number}/essayer")
def test_form(connection: Database, account: Dispatcher, number: Number) -> Response:
    """Send a test."""
    subscriptions.ask_test(connection, account, number)
    return RedirectResponse("/alertes-abonnements?fait=essai", 303)


@routes.get("/alertes-envois", response_class=HTMLResponse)
def sends_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    etat: Annotated[str, Query(max_length=10)] = "",
    fait: str = "",
) -> HTMLResponse:
    """Show the latest messages, what became of them, and the dead letters."""
    status = etat if etat in SENDS else None
    return page(
        request,
        "alerts/sends.html",
        account,
        sends=subscriptions.sends(connection, status=status),
        counts=subscriptions.send_counts(connection),
        chosen=status,
        words=SENDS,
        channels=CHANNELS,
        done=DONE.get(fait, ""),
    )


@routes.post("/alertes-envois/renvoyer")
def send_again_form(
    connection: Database,
    account: Dispatcher,
    message: Annotated[str, Form(pattern=r"^[0-9a-f-]{36}$")] = "",
) -> Response:
    """Send one dead letter again, or all of them."""
    subscriptions.send_again(connection, account, message or None)
    return RedirectResponse("/alertes-envois?fait=renvoi", 303)


@routes.get("/alertes-reglages", response_class=HTMLResponse)
def settings_page(
    request: Request, connection: Database, account: Dispatcher, fait: str = ""
) -> HTMLResponse:
    """Show how each kind is handled."""
    return _settings(request, connection, account, done=DONE.get(fait, ""))


def _settings(
    request: Request, connection: Connection[DictRow], account: Account, status: int = 200, **more: Any
) -> HTMLResponse:
    settings = settings_now(connection)
    shown = {"done": "", "problem": "", "wrong": "", **more}
    return page(
        request,
        "alerts/settings.html",
        account,
        status=status,
        kinds=[settings[kind] for kind in _ordered()],
        units=UNITS,
        alert_word=alert_word,
        changes=connection.execute(_SQL["setting_changes"]).fetchall(),
        **shown,
    )


def figure(text: str) -> float | None:
    """Read a figure as people write it, with a comma or a point; None when empty or no number."""
    try:
        return float(text.replace(",", ".").replace("\u00a0", "").strip()) if text.strip() else None
    except ValueError:
        return None


def _seconds(text: str, unit_s: int) -> int | None:
    value = figure(text)
    # Beyond 90 days, or below zero, nothing makes sense; infinity does not either.
    return round(value * unit_s) if value is not None and 0 <= value * unit_s <= 90 * 86_400 else None


@routes.post("/alertes-reglages/{kind}", response_class=HTMLResponse)
def settings_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    kind: str,
    ouvre: Figure = "",
    clot: Figure = "",
    dure_min: Figure = "",
    previent: bool = Form(False),
    sonne: bool = Form(False),
    attend_min: Figure = "0",
    rappelle_h: Figure = "",
    escalade_min: Figure = "",
    regroupe_min: Figure = "0",
) -> Response:
    """Put new settings of a kind in force."""
    if kind not in DEFAULTS:
        raise HTTPException(404, "Ce genre d'alerte n'existe pas.")
    wait, gather = _seconds(attend_min, 60), _seconds(regroupe_min, 60)
    repeat, escalate = _seconds(rappelle_h, 3600), _seconds(escalade_min, 60)
    wrong = (rappelle_h.strip() and (repeat is None or repeat < 300)) or (
        escalade_min.strip() and (escalate is None or escalate < 60)
    )
    setting = replace(
        Setting(kind=kind),
        opens_at=figure(ouvre),
        clears_at=figure(clot),
        lasting_s=_seconds(dure_min, 60),
        tells=previent,
        rings=sonne,
        wait_s=wait or 0,
        repeat_s=repeat,
        escalate_s=escalate,
        gather_s=gather or 0,
    )
    problem = check(setting, settings_now(connection))
    if wrong or wait is None or gather is None:
        problem = "Les durées vont de zéro à 90 jours ; un rappel vient au plus tôt après 5 minutes."
    if problem is not None:
        return _settings(request, connection, account, 422, problem=problem, wrong=kind)
    changed = save_setting(connection, setting, account.id, request.app.state.clock.now())
    if changed:
        record(connection, account, "set_alert_kind", f"alert_kind/{kind}")
    return RedirectResponse(f"/alertes-reglages?fait={'reglage' if changed else 'inchange'}#{kind}", 303)
