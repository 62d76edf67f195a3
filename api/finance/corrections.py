"""A person's decisions on events: bill it or not, it is another household's, it was missed. Append-only.

Each says who and why. Nothing is erased: the event stays, the last decision is what bills read. What an
issued bill has counted does not move by itself: it takes a rectification.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.imports import Refusal
from api.finance.plausible import SQL
from api.french import PARIS
from tariff.usage import CANCEL, KEEP

MOVE = "deplacer"
DECISIONS = (KEEP, CANCEL, MOVE)
SUBJECTS = {"bac": "bin", "badge": "badge", "compte": "account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides what, when and why; `claim`: the claim that led to it."""

    author: str
    reason: str
    at: datetime
    claim: int | None = None


def decide(connection: Connection[DictRow], event: str, action: str, decision: Decision, to: str = "") -> str:
    """Act on an event; the id of the correction. `to`: the bin, badge or account that should have been read.

    Errors: `Refusal`. Within the caller's transaction.
    """
    if action not in DECISIONS:
        raise Refusal(f"La décision est l'une de : {', '.join(DECISIONS)}.")
    reason = _reason(decision)
    found = connection.execute(SQL["event"], {"id": event}).fetchone()
    if found is None:
        raise Refusal("Cet événement n'existe pas.")
    moved = connection.execute(SQL["replaced_by"], {"id": event}).fetchone()
    if moved:
        raise Refusal(f"Cet événement a été donné à un autre : c'est {moved['id']} qu'il faut corriger.")
    if action == MOVE:
        _replace(connection, found, to.strip(), decision)
    name = f"C-{uuid4().hex}"
    values = {"id": name, "at": decision.at, "event": event, "author": decision.author, "reason": reason}
    values["action"] = KEEP if action == KEEP else CANCEL
    try:
        connection.execute(SQL["correction_added"], {**values, "claim": decision.claim})
    except psycopg.errors.ForeignKeyViolation as why:
        raise Refusal("Cette réclamation n'existe pas.") from why
    return name


def _replace(connection: Connection[DictRow], event: DictRow, to: str, decision: Decision) -> None:
    """The same use of the service, in the right hands."""
    what, name = subject(connection, to, event["at"], needs_bin=event["bin_code"] is not None)
    if name == (event["bin_code"] or event["badge_code"] or event["account_ref"]):
        raise Refusal(f"C'est déjà {name} qui a été lu.")
    empty = dict.fromkeys(SUBJECTS.values())
    same = ("at", "kind", "count", "kg", "m3", "litres", "amount", "stream", "device")
    values = {
        **empty,
        **{key: event[key] for key in same},
        SUBJECTS[what]: name,
        "id": f"M-{uuid4().hex}",
        "replaces": event["id"],
        "author": decision.author,
        "reason": decision.reason.strip(),
    }
    try:
        connection.execute(SQL["event_written"], values)
    except psycopg.errors.UniqueViolation as why:
        raise Refusal("Quelqu'un d'autre vient de le donner à un autre.") from why


def subject(
    connection: Connection[DictRow], name: str, at: datetime, *, needs_bin: bool = False
) -> tuple[str, str]:
    """What a name means on the day of `at`: (bac | badge | compte, name). Errors: `Refusal`.

    A lift is priced by its bin: for a household with a single bin, its bin is meant.
    """
    day = at.astimezone(PARIS).date()
    found = connection.execute(SQL["subject_on"], {"name": name, "day": day}).fetchone()
    if not name or found is None:
        raise Refusal(f"Personne n'a de bac, de badge ni de compte « {name} » le {day:%d/%m/%Y}.")
    if not needs_bin or found["what"] == "bac":
        return found["what"], found["name"]
    bins = connection.execute(SQL["bins_of"], {"name": name, "day": day}).fetchall()
    if len(bins) != 1:
        said = ", ".join(row["code"] for row in bins) or "aucun"
        raise Refusal(f"C'est une levée : dites quel bac (ceux de {name} ce jour-là : {said}).")
    return "bac", bins[0]["code"]


def write_event(
    connection: Connection[DictRow], kind: str, at: datetime, name: str, decision: Decision, count: int = 1
) -> str:
    """Append what no machine read (a card lost, a lift missed), with its author and reason; its id.

    Errors: `Refusal`. Within the caller's transaction.
    """
    if at > decision.at:
        raise Refusal("Cet événement est dans l'avenir.")
    what, found = subject(connection, name.strip(), at)
    empty = dict.fromkeys((*SUBJECTS.values(), "kg", "m3", "litres", "amount", "stream", "replaces"))
    values = {
        **empty,
        SUBJECTS[what]: found,
        "id": f"S-{uuid4().hex}",
        "at": at,
        "kind": kind.strip(),
        "count": count,
        "device": "saisie",
        "author": decision.author,
        "reason": _reason(decision),
    }
    try:
        connection.execute(SQL["event_written"], values)
    except psycopg.errors.CheckViolation as why:
        raise Refusal("Le genre de l'événement ou son nombre n'est pas possible.") from why
    return str(values["id"])


def _reason(decision: Decision) -> str:
    reason = decision.reason.strip()
    if not reason or not decision.author:
        raise Refusal("Une décision a un auteur et un motif : dites pourquoi.")
    return reason
