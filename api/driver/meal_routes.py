"""A round of meals on the driver's phone: what to bring to whom, what happened at each door. JSON only."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from api.auth import Account, require
from api.cias.concerns import Office
from api.cias.desk import Key
from api.database import Database
from api.driver.meal_documents import (
    MealEventResults,
    MealEvents,
    MealRoundAnswer,
    MealRoundChoices,
)
from api.driver.meal_events import Desk, take_meal_events
from api.driver.meal_rounds import SQL, read_round
from api.french import PARIS

routes = APIRouter(tags=["driver"])

# Not dispatchers: what is on a tray and where a key lies is no business of theirs.
Carrier = Annotated[Account, Depends(require("driver", "cias"))]
Chosen = Annotated[int | None, Query(ge=1, lt=2**63, description="a round of one's own; any for the CIAS")]
Held = Annotated[str, Query(max_length=40, description="the version one holds")]


@routes.get("/api/v1/driver/meals", summary="The round of meals to drive")
def read_meals(
    request: Request,
    connection: Database,
    account: Carrier,
    key: Key,
    round: Chosen = None,
    held: Held = "",
) -> MealRoundAnswer:
    """Return the signed-in driver's published round of today; null when there is none.

    With `held`, the version one has: `same` when it still stands, and then nothing is read or logged.
    """
    now = request.app.state.clock.now()
    wanted = {"account_id": account.id, "today": now.astimezone(PARIS).date()}
    if round is None:
        found = connection.execute(SQL["meal_round_of_driver"], wanted).fetchone()
        if found is None:
            return MealRoundAnswer(round=None)
        round = int(found["id"])
    row = connection.execute(SQL["meal_round"], {"round_id": round}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette tournée de repas n'est pas publiée.")
    if account.role == "driver" and row["driver_id"] != account.id:
        raise HTTPException(403, "Cette tournée n'est pas la vôtre.")
    if row["day"] != wanted["today"]:
        raise HTTPException(404, "Cette tournée de repas n'est pas d'aujourd'hui.")
    answer = read_round(connection, key, account, row, held, now)
    return MealRoundAnswer(round=answer, same=answer is None)


@routes.get("/api/v1/driver/meals/rounds", summary="Rounds of meals one may open")
def read_meal_rounds(request: Request, connection: Database, account: Carrier) -> MealRoundChoices:
    """Return the published rounds of today: one's own, or all of them for the CIAS."""
    today = request.app.state.clock.now().astimezone(PARIS).date()
    driver = account.id if account.role == "driver" else None
    rows = connection.execute(SQL["meal_rounds_to_choose"], {"today": today, "driver_id": driver}).fetchall()
    return MealRoundChoices.model_validate({"rounds": rows})


@routes.post(
    "/api/v1/driver/meals/events", summary="Tell a departure's temperature, and what happened at doors"
)
def add_meal_events(
    request: Request, connection: Database, account: Carrier, key: Key, body: MealEvents
) -> MealEventResults:
    """Keep the events, each once by its `event_id`, and say what became of each.

    Sending a batch again is harmless: what is known answers `already`. `refused` comes with the reason in
    French; the others of the batch are kept all the same.
    """
    state = request.app.state
    desk = Desk(
        connection=connection,
        account=account,
        key=key,
        clock=state.clock,
        office=Office(public_url=state.settings.public_url),
    )
    return MealEventResults(results=take_meal_events(desk, body.events))
