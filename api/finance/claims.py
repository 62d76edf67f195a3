"""Claims (réclamations), from the day someone contests to the answer: states, date due, decision, letter.

Steps are append-only. An answer needs a decision; an answered claim is closed. Errors are `Refusal`s. Knows
nothing of how a bill is corrected: corrections and rectifications point to the claim.
"""

from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.imports import Refusal
from api.finance.words import CHANNELS, OUTCOMES, STATES, dated, euros
from api.french import PARIS
from store.queries import named_queries
from tariff.lines import french

SQL = named_queries("api.finance", "claims.sql")
PAGE = 50
MONTHS_TO_ANSWER = 2  # the silence of an administration is worth a decision after two months (CRPA)
# From each state, the states that a person may choose; a decision and an answer have their own acts.
NEXT = {
    "recue": ("examen", "attente"),
    "examen": ("attente",),
    "attente": ("examen",),
    "decidee": ("examen",),
}


def open_claim(
    connection: Connection[DictRow],
    account: int,
    run: int | None,
    channel: str,
    subject: str,
    body: str,
    by: str,
    now: datetime,
    due: date | None = None,
) -> int:
    """Open a claim on a household, or on its bill in a run; its number. `due`: in two months unless said."""
    if channel not in CHANNELS:
        raise Refusal(f"La réclamation vient par : {', '.join(CHANNELS.values())}.")
    if not subject.strip():
        raise Refusal("Dites en quelques mots ce qui est contesté.")
    today = now.astimezone(PARIS).date()
    due = due or months_later(today, MONTHS_TO_ANSWER)
    if due < today:
        raise Refusal("La date de réponse est passée.")
    values = {
        "account": account,
        "run": run,
        "channel": channel,
        "subject": subject.strip(),
        "at": now,
        "by": by,
    }
    try:
        row = connection.execute(SQL["claim_opened"], {**values, "due": due}).fetchone()
    except psycopg.errors.ForeignKeyViolation as why:
        raise Refusal("Ce foyer n'a pas de facture dans ce calcul.") from why
    assert row  # noqa: S101 - the statement returns
    add_step(connection, row["id"], "ouverture", by, now, body)
    return int(row["id"])


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    for number in (day.day, 30, 29, 28):
        try:
            return date(count // 12, count % 12 + 1, number)
        except ValueError:
            continue
    raise AssertionError  # every month has 28 days


def add_step(
    connection: Connection[DictRow], claim: int, kind: str, by: str, now: datetime, body: str = ""
) -> None:
    """Append what was said or done."""
    try:
        connection.execute(
            SQL["step_added"], {"claim": claim, "at": now, "author": by, "kind": kind, "body": body.strip()}
        )
    except psycopg.errors.ForeignKeyViolation as why:
        raise Refusal("Cette réclamation n'existe pas.") from why


def comment(connection: Connection[DictRow], claim: int, by: str, now: datetime, body: str) -> None:
    """Append a comment; also after the answer."""
    if not body.strip():
        raise Refusal("Le commentaire est vide.")
    add_step(connection, claim, "commentaire", by, now, body)


def move(connection: Connection[DictRow], claim: int, state: str, by: str, now: datetime) -> None:
    """Take it up, wait for a paper, or take a decision back before it is answered."""
    found = _locked(connection, claim)
    if state not in NEXT.get(found, ()):
        raise Refusal(f"Une réclamation « {STATES[found][0]} » ne peut pas passer à « {state} ».")
    _set(connection, claim, state)
    add_step(connection, claim, "etat", by, now, STATES[state][0])


def postpone(
    connection: Connection[DictRow], claim: int, due: date, by: str, now: datetime, why: str
) -> None:
    """Another date due, with its reason."""
    if _locked(connection, claim) == "repondue":
        raise Refusal("Cette réclamation a déjà sa réponse.")
    if not why.strip():
        raise Refusal("Dites pourquoi la date change.")
    connection.execute(SQL["claim_due"], {"claim": claim, "due": due})
    add_step(connection, claim, "echeance", by, now, f"{french(due)} : {why.strip()}")


def settle(
    connection: Connection[DictRow], claim: int, decision: str, by: str, now: datetime, why: str
) -> None:
    """Accepted, in part, or rejected: with the reason that the letter will give."""
    if _locked(connection, claim) == "repondue":
        raise Refusal("Cette réclamation a déjà sa réponse.")
    if decision not in OUTCOMES:
        raise Refusal("La décision est : acceptée, acceptée en partie, ou rejetée.")
    if not why.strip():
        raise Refusal("Une décision a un motif : la lettre le dira.")
    _set(connection, claim, "decidee", decision)
    add_step(connection, claim, "decision", by, now, f"{OUTCOMES[decision]} : {why.strip()}")


def answer(connection: Connection[DictRow], claim: int, letter: str, by: str, now: datetime) -> None:
    """Keep the letter as it was sent, and close."""
    if _locked(connection, claim) != "decidee":
        raise Refusal("Il faut décider avant de répondre, et une seule réponse se garde.")
    if not letter.strip():
        raise Refusal("La lettre est vide.")
    found = read(connection, claim)
    _set(connection, claim, "repondue", found["decision"], now)
    add_step(connection, claim, "reponse", by, now, letter)


def read(connection: Connection[DictRow], claim: int) -> DictRow:
    """The claim. Errors: `Refusal`."""
    found = connection.execute(SQL["claim"], {"claim": claim}).fetchone()
    if found is None:
        raise Refusal("Cette réclamation n'existe pas.")
    return found


def _locked(connection: Connection[DictRow], claim: int) -> str:
    found = connection.execute(SQL["claim_locked"], {"claim": claim}).fetchone()
    if found is None:
        raise Refusal("Cette réclamation n'existe pas.")
    return str(found["state"])


def _set(
    connection: Connection[DictRow],
    claim: int,
    state: str,
    decision: str | None = None,
    at: datetime | None = None,
) -> None:
    values = {"claim": claim, "state": state, "decision": decision, "answered_at": at}
    connection.execute(SQL["claim_moved"], values)


def letter(
    claim: DictRow,
    household: DictRow,
    steps: list[DictRow],
    corrections: list[DictRow],
    today: date,
    territory: str,
) -> str:
    """A first text of the answer, for a person to finish and sign."""
    decided = [one["body"] for one in steps if one["kind"] == "decision"]
    why = decided[-1].partition(" : ")[2] if decided else "(à compléter)"
    said = {
        "acceptee": "Nous donnons une suite favorable à votre demande.",
        "en_partie": "Nous donnons en partie suite à votre demande.",
        "rejetee": "Nous ne pouvons pas donner une suite favorable à votre demande.",
        None: "(décision à prendre)",
    }[claim["decision"]]
    what = (
        f"la facture n° {claim['number']} de {euros(claim['total'])}" if claim["number"] else "votre dossier"
    )
    lines: list[Any] = [
        territory,
        f"Le {french(today)}",
        "",
        household["name"] or f"Compte {household['reference']}",
        household["address"] or None,
        household["commune"] or None,
        "",
        f"Objet : votre réclamation n° {claim['id']} du {dated(claim['opened_at'])[:10]}, {claim['subject']}",
        f"Compte {household['reference']}",
        "",
        "Madame, Monsieur,",
        "",
        f"Vous avez contesté {what}. Nous l'avons vérifiée événement par événement.",
        "",
        f"{said} {why}",
    ]
    if corrections:
        lines += ["", "Ce qui a été corrigé :", *(f"- {_corrected(one)}" for one in corrections)]
    lines += [
        "",
        "Vous pouvez demander à voir chaque événement qui compose votre facture. Si cette réponse ne vous "
        "convient pas, vous pouvez saisir le médiateur compétent, puis le tribunal dont relève le service.",
        "",
        "Nous vous prions d'agréer, Madame, Monsieur, nos salutations distinguées.",
    ]
    return "\n".join(one for one in lines if one is not None) + "\n"


def _corrected(one: DictRow) -> str:
    done = (
        "facturé" if one["action"] == "retenir" else "donné à un autre" if one["given_as"] else "non facturé"
    )
    return f"{one['kind']} du {dated(one['event_at'])} : {done} ({one['reason']})"
