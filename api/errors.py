"""What is said when a request cannot be answered: one French sentence, as JSON or as a page.

The details of a fault of ours go to the log under a reference that the person sees; nothing of the request's
content does.
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from api.auth import NotSignedIn
from api.pages import page

_log = logging.getLogger(__name__)

NO_DATABASE = "La base de données ne répond pas : rien n'a été changé, réessayez dans un instant."
_MISSING = {"Not Found": "Cette page n'existe pas.", "Method Not Allowed": "Cette demande n'existe pas ici."}
_WRONG = {
    "missing": "manque",
    "date_from_datetime_parsing": "n'est pas une date (AAAA-MM-JJ)",
    "date_parsing": "n'est pas une date (AAAA-MM-JJ)",
    "int_parsing": "n'est pas un nombre entier",
    "int_type": "n'est pas un nombre entier",
    "greater_than_equal": "est trop petit",
    "less_than_equal": "est trop grand",
    "extra_forbidden": "n'est pas attendu",
    "union_tag_invalid": "n'est pas d'un genre connu",
    "union_tag_not_found": "n'a pas de genre",
    "too_short": "est vide",
    "too_long": "est trop long",
}


def add_errors(app: FastAPI) -> None:
    """Make the application explain itself."""
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    app.add_exception_handler(HTTPException, _explain)
    app.add_exception_handler(RequestValidationError, _explain_validation)
    app.add_exception_handler(psycopg.OperationalError, _explain_no_database)
    app.add_exception_handler(PoolTimeout, _explain_no_database)
    app.add_exception_handler(Exception, _explain_fault)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "hx-request" in request.headers


def _say(request: Request, status: int, sentence: str, headers: Any = None) -> Response:
    if _wants_json(request):
        return JSONResponse({"error": sentence}, status, headers=headers)
    shown = page(request, "web/error.html", status=status, sentence=sentence)
    shown.headers.update(headers or {})
    return shown


async def _ask_to_sign_in(request: Request, _: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "Connectez-vous d'abord."}, 401)
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/connexion"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/connexion?suite={quote(wanted)}", 303)


async def _explain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    sentence = _MISSING.get(str(error.detail), str(error.detail))
    return _say(request, error.status_code, sentence, error.headers)


async def _explain_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    return _say(request, 422, validation_sentence(error.errors()))


def validation_sentence(errors: Sequence[Any]) -> str:
    """Say the first thing wrong with a request, naming the field but never its value."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "json_invalid" or not where:
        return "Cette demande n'est pas compréhensible."
    if first["type"] == "string_too_short" or (first["type"] == "missing" and first["loc"][0] == "path"):
        return f"Le champ « {where} » est vide."
    more = f" (et {len(errors) - 1} autre{'s' if len(errors) > 2 else ''})" if len(errors) > 1 else ""
    return f"Le champ « {where} » {_WRONG.get(first['type'], 'n’est pas valable')}{more}."


async def _explain_no_database(request: Request, error: Exception) -> Response:
    _log.error("%s %s: database away (%s)", request.method, request.url.path, type(error).__name__)
    return _say(request, 503, NO_DATABASE, {"Retry-After": "5"})


async def _explain_fault(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    _log.error("fault %s on %s %s", reference, request.method, request.url.path, exc_info=error)
    sentence = f"Une erreur imprévue s'est produite. Référence à donner à l'administrateur : {reference}."
    answer = _say(request, 500, sentence)
    # This answer leaves above the middleware that adds the policy.
    answer.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    return answer
