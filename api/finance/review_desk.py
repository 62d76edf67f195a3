"""The page of what is implausible and waits for a person, and the rules that say what is."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg.types.json import Jsonb

from api.auth import Finance, record
from api.database import Database
from api.finance.household_desk import SAID
from api.finance.plausible import SQL, rules_now
from api.finance.words import RULES
from api.pages import page

routes = APIRouter(tags=["finance"], include_in_schema=False)
PAGE = 30
LIMIT = re.compile(r"\s*([a-z][a-z0-9_]{0,39})\s*=\s*([0-9]{1,4})\s*")
Figure = Annotated[int, Form(ge=0, le=100_000)]


@routes.get("/finances/a-verifier", response_class=HTMLResponse)
def review_page(
    request: Request,
    connection: Database,
    account: Finance,
    regle: str = "",
    suite: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """What waits for a decision, oldest first. No name is read."""
    rule = regle if regle in RULES else ""
    values = {"rule": rule, "limit": PAGE, "skipped": (suite - 1) * PAGE}
    events = connection.execute(SQL["to_review"], values).fetchall()
    rules = rules_now(connection)
    return page(
        request,
        "finance/review.html",
        account,
        events=events,
        found=events[0]["found"] if events else 0,
        counts={row["rule"]: row["found"] for row in connection.execute(SQL["review_counts"])},
        rule=rule,
        rules=RULES,
        suite=suite,
        size=PAGE,
        now_rules=rules,
        limits=", ".join(f"{kind}={most}" for kind, most in sorted((rules.most_per_day or {}).items())),
        chosen=connection.execute(SQL["rules_now"]).fetchone(),
        said="",
        w=SAID,
    )


@routes.post("/finances/a-verifier/regles")
def change_rules(
    request: Request,
    connection: Database,
    account: Finance,
    double_s: Figure,
    double_m: Figure,
    cycle_s: Figure,
    neighbour_m: Figure,
    cadence: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Other rules, from the next file on."""
    if double_s > 86_400 or cycle_s > 3_600:
        raise HTTPException(
            422, "Deux lectures se comparent à moins d'un jour, deux bacs à moins d'une heure."
        )
    most = {}
    for word in filter(str.strip, cadence.split(",")):
        found = LIMIT.fullmatch(word)
        if found is None:
            raise HTTPException(422, f"« {word.strip()[:40]} » : écrivez par exemple ouverture=6.")
        most[found[1]] = int(found[2])
    values = {"double_s": double_s, "double_m": double_m, "cycle_s": cycle_s, "neighbour_m": neighbour_m}
    now = request.app.state.clock.now()
    connection.execute(
        SQL["rules_added"], {**values, "at": now, "author": account.login, "most_per_day": Jsonb(most)}
    )
    record(connection, account, "review_rules", "finance", **values)
    return RedirectResponse("/finances/a-verifier", status_code=303)
