"""Finance for programs, under `/api/v1/finance`: what the pages do, with the same rights and refusals.

Amounts are texts in euros, so that no reader makes floats of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException, Path, Query, Request

from api.auth import Finance, record
from api.database import Database
from api.finance import claims, files_desk, household
from api.finance.corrections import Decision, decide, write_event
from api.finance.documents import (
    ClaimOpened,
    Compared,
    Correcting,
    Found,
    Group,
    Made,
    Outcome,
    RefusedLine,
    Step,
    Taken,
    Trial,
    Words,
    Written,
)
from api.finance.household import SQL
from api.finance.household_desk import known
from api.finance.imports import Refusal
from api.finance.kinds import KINDS
from api.finance.plausible import SQL as REVIEW
from api.finance.registry import stored_grids
from api.finance.simulator import Wish, figures, simulate_alone
from api.french import PARIS
from tariff.calendar import Period
from tariff.wording import told_clauses

routes = APIRouter(prefix="/api/v1/finance", tags=["finance"])

Number = Annotated[int, Path(ge=1)]
Kind = Literal["comptes", "professionnels", "bacs", "badges", "usage"]


@contextmanager
def _refusing() -> Iterator[None]:
    """A refusal is a 409 with its sentence."""
    try:
        yield
    except Refusal as why:
        raise HTTPException(409, str(why)) from why


@routes.get("/grids", summary="Voted grids, each clause in French")
def grids(connection: Database, account: Finance) -> list[dict[str, Any]]:
    """Name, vote, first day and clauses of every voted grid."""
    found, _, _ = stored_grids(connection)
    return [
        {
            "file": one.file,
            "name": one.name,
            "resolution": one.resolution,
            "first": one.valid.first,
            "clauses": [
                {"article": c.article, "title": c.title, "sentence": c.sentence, "rows": list(c.rows)}
                for c in told_clauses(one)
            ],
        }
        for one in found
    ]


@routes.post("/households/search", summary="Find a household")
def search(connection: Database, account: Finance, words: Words) -> list[Found]:
    """By name, address, invariant, SIRET or reference; every word must be there; at most 50."""
    found = household.search(connection, words.words)
    record(connection, account, "household_search", "finance", found=len(found))
    return [Found(**row) for row in found]


@routes.get("/households/{number}", summary="A household's file")
def file(request: Request, connection: Database, account: Finance, number: Number) -> dict[str, Any]:
    """Who, the situation over time, bills, claims, and two years of events; the reading is recorded."""
    who = known(connection, number)
    record(connection, account, "household_read", f"finance_account/{number}")
    today = request.app.state.clock.now().astimezone(PARIS).date()
    events = household.used(connection, number, *household.since_two_years(today))
    return {"household": who, **household.situation(connection, number), "events": events}


@routes.get("/runs/{run}/bills/{number}", summary="A bill, with its lines and events")
def bill(connection: Database, account: Finance, run: Number, number: Number) -> dict[str, Any]:
    """The bill as it was written; the reading is recorded."""
    found = connection.execute(SQL["bill"], {"run": run, "account": number}).fetchone()
    if found is None:
        raise HTTPException(404, "Ce foyer n'a pas de facture dans ce calcul.")
    record(connection, account, "household_read", f"finance_account/{number}", run=run)
    return {**found, "total": None if found["total"] is None else str(found["total"])}


@routes.get("/review", summary="Events that wait for a decision")
def review(
    connection: Database,
    account: Finance,
    rule: Annotated[str, Query(max_length=20)] = "",
    skip: Annotated[int, Query(ge=0)] = 0,
) -> list[dict[str, Any]]:
    """Implausible events, oldest first, 100 at a time; none is billed until someone decides."""
    values = {"rule": rule, "limit": 100, "skipped": skip}
    return list(connection.execute(REVIEW["to_review"], values).fetchall())


@routes.post("/corrections", status_code=201, summary="Decide on an event")
def correct(request: Request, connection: Database, account: Finance, wish: Correcting) -> Made:
    """Bill it, do not bill it, or give it to another; append-only."""
    now = request.app.state.clock.now()
    decision = Decision(author=account.login, reason=wish.reason, at=now, claim=wish.claim)
    with _refusing():
        name = decide(connection, wish.event, wish.action, decision, wish.to)
        if wish.claim is not None:
            claims.add_step(connection, wish.claim, "correction", account.login, now, wish.reason)
    record(connection, account, f"event_{wish.action}", f"correction/{name}")
    return Made(id=name)


@routes.post("/events", status_code=201, summary="Write an event that nothing read")
def write(request: Request, connection: Database, account: Finance, wish: Written) -> Made:
    """Append it, with its author and reason."""
    decision = Decision(author=account.login, reason=wish.reason, at=request.app.state.clock.now())
    at = wish.at if wish.at.tzinfo else wish.at.replace(tzinfo=PARIS)
    with _refusing():
        name = write_event(connection, wish.kind, at, wish.subject, decision, wish.count)
    record(connection, account, "event_written", f"usage_event/{name}")
    return Made(id=name)


@routes.get("/claims", summary="Claims, late ones first")
def claims_list(
    request: Request,
    connection: Database,
    account: Finance,
    state: Annotated[str, Query(max_length=20)] = "ouvertes",
    skip: Annotated[int, Query(ge=0)] = 0,
) -> list[dict[str, Any]]:
    """Without names: `ouvertes`, `retard`, a state, or all when empty; 100 at a time."""
    today = request.app.state.clock.now().astimezone(PARIS).date()
    values = {"state": state, "channel": "", "commune": "", "today": today, "limit": 100, "skipped": skip}
    return list(connection.execute(claims.SQL["claims"], values).fetchall())


@routes.post("/claims", status_code=201, summary="Open a claim")
def open_claim(request: Request, connection: Database, account: Finance, wish: ClaimOpened) -> Made:
    """Due in two months unless said."""
    known(connection, wish.household)
    now = request.app.state.clock.now()
    with _refusing():
        number = claims.open_claim(connection, wish.household, wish.run, wish.channel, wish.subject,
                                   wish.body, account.login, now, wish.due)  # fmt: skip
    record(connection, account, "claim_opened", f"claim/{number}")
    return Made(id=str(number))


@routes.get("/claims/{number}", summary="A claim and its steps")
def claim(connection: Database, account: Finance, number: Number) -> dict[str, Any]:
    """What was said and done, oldest first; the reading is recorded."""
    try:
        found = claims.read(connection, number)
    except Refusal as why:
        raise HTTPException(404, str(why)) from why
    record(connection, account, "household_read", f"finance_account/{found['account_id']}", claim=number)
    steps = connection.execute(claims.SQL["steps"], {"claim": number}).fetchall()
    return {**found, "total": None if found["total"] is None else str(found["total"]), "steps": steps}


@routes.post("/claims/{number}/steps", status_code=204, summary="Say or do something about a claim")
def add_step(request: Request, connection: Database, account: Finance, number: Number, wish: Step) -> None:
    """A comment, another state or date, the decision, the answer."""
    now, by = request.app.state.clock.now(), account.login
    with _refusing():
        if wish.kind == "commentaire":
            claims.comment(connection, number, by, now, wish.body)
        elif wish.kind == "etat":
            claims.move(connection, number, wish.value, by, now)
        elif wish.kind == "decision":
            claims.settle(connection, number, wish.value, by, now, wish.body)
        elif wish.kind == "reponse":
            claims.answer(connection, number, wish.body, by, now)
        elif wish.due is None:
            raise Refusal("Dites la nouvelle date.")
        else:
            claims.postpone(connection, number, wish.due, by, now, wish.body)
    record(connection, account, "claim_changed", f"claim/{number}")


@routes.post("/files/{kind}", summary="Try or take in a CSV file")
def take_file(
    connection: Database,
    account: Finance,
    kind: Kind,
    content: Annotated[bytes, Body(media_type="text/csv", max_length=files_desk.MOST_BYTES)],
    apply: bool = False,
) -> Taken:
    """The report of each refused row; nothing stays of it unless `apply`."""
    report = KINDS[kind](connection, content) if apply else files_desk.tried(connection, kind, content)
    record(connection, account, "file_taken" if apply else "file_tried", "import_file", kind=kind)
    refused = [RefusedLine(line=one.line, reason=one.reason) for one in report.refused]
    return Taken(taken=report.taken, known=report.known, doubted=report.doubted, refused=refused)


@routes.post("/simulations", summary="Grids side by side on real usage")
def simulation(request: Request, account: Finance, trial: Trial) -> Compared:
    """Nothing is written; one at a time."""
    with _refusing():
        if not timedelta(0) <= trial.last - trial.first <= timedelta(days=3 * 366):
            raise Refusal("La période finit avant de commencer, ou dure plus de trois ans.")
        period = Period(trial.first, trial.last + timedelta(days=1))
        kept = {kind: Fraction(value) for kind, value in trial.kept.items()}
        wish = Wish(period=period, projects=trial.grids, habits=kept)
        found = simulate_alone(request.app.state.settings.database.get_secret_value(), wish)
    outcomes = [
        Outcome(
            name=one.name,
            product=one.product,
            difference=one.difference,
            marks=list(one.marks),
            balance_factor=None if one.factor is None else float(one.factor),
            refused=list(one.refused),
        )
        for one in figures(found, trial.cost)
    ]
    groups = [
        Group(scenario=one.scenario, fact=one.fact, value=one.value, accounts=one.accounts,
              winners=one.winners, losers=one.losers, difference=one.difference)
        for one in found.groups
    ]  # fmt: skip
    return Compared(accounts=found.accounts, left_out=found.left_out, outcomes=outcomes, groups=groups)
