"""The family's JSON API: what its pages show and do, with the same session, rights and sentences."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import AwareDatetime, BaseModel, Field

from api.cias.asking import Unknown
from api.cias.desk import Key
from api.database import Database
from api.family.access import Access, Family, Following
from api.family.bills import years_of
from api.family.ordering import Asking, Said, ask_one, change_habit, repeat_week
from api.family.today import State, deliveries_of_day
from api.family.weeks import Slot, SlotState, weeks_of
from meals.model import Absence, Cancel, Moment, Order

routes = APIRouter(prefix="/api/v1/family", tags=["family"])

Weekdays = Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)]
Choice = Annotated[str, Field(pattern=r"^[A-Z]$")]


class AccessOut(BaseModel):
    """One person whose meals one follows. `access` is the number in every other address here."""

    access: int
    person: str
    themselves: bool
    rights: list[str]


class SessionOut(BaseModel):
    """Whom the signed-in relative follows, and the token that each change carries as X-CSRF-Token."""

    csrf_token: str
    accesses: list[AccessOut]


class DeliveryOut(BaseModel):
    """One delivery of today; `earliest` and `latest` while it is only expected."""

    state: State
    at: AwareDatetime
    earliest: AwareDatetime | None
    latest: AwareDatetime | None
    title: str
    detail: str
    wellbeing: str


class DishOut(BaseModel):
    """A dish and its allergens; null: not declared by the kitchen."""

    name: str
    allergens: list[str] | None


class OfferOut(BaseModel):
    """One menu of a meal; only what suits may be ordered."""

    choice: str
    dishes: list[DishOut]
    suits: bool
    chosen: bool


class SlotOut(BaseModel):
    """One meal of one day: where it stands, and until when it may be changed."""

    day: date
    moment: Moment
    state: SlotState
    delivery: date | None
    order_until: AwareDatetime | None
    cancel_until: AwareDatetime | None
    dishes: list[DishOut]
    offers: list[OfferOut]


class OrderIn(BaseModel):
    """Order a meal. `id` is the sender's own: the same again is the same request."""

    kind: Literal["order"]
    id: UUID
    day: date
    moment: Moment = "lunch"
    choice: Choice = "A"


class CancelIn(BaseModel):
    """Cancel a meal."""

    kind: Literal["cancel"]
    id: UUID
    day: date
    moment: Moment = "lunch"


class AbsenceIn(BaseModel):
    """Cancel every meal of some days, both included."""

    kind: Literal["absence"]
    id: UUID
    first: date
    last: date
    reason: Literal["absence", "hospital"] = "absence"


class WeekIn(BaseModel):
    """Order for the week of `monday` what stood in the week before."""

    kind: Literal["week"]
    id: UUID
    monday: date


class HabitIn(BaseModel):
    """What is taken each week: ISO weekdays of each meal."""

    kind: Literal["habit"]
    id: UUID
    lunch: Weekdays = []
    dinner: Weekdays = []
    choice: Choice = "A"


Ask = Annotated[OrderIn | CancelIn | AbsenceIn | WeekIn | HabitIn, Field(discriminator="kind")]


class AnswerOut(BaseModel):
    """One French sentence, and whether it was granted."""

    granted: bool
    text: str


class MonthOut(BaseModel):
    """One issued bill in euros: meals, delivery, and their sum."""

    number: str
    month: str
    meals: int
    food: Decimal
    delivery: Decimal
    total: Decimal


class YearOut(BaseModel):
    """A year: its months and sums."""

    year: int
    months: list[MonthOut]
    food: Decimal
    delivery: Decimal
    total: Decimal


@routes.get("", summary="Whom I follow")
def session(visitor: Family) -> SessionOut:
    """Give the accesses of this session, and its CSRF token."""
    return SessionOut(csrf_token=visitor.csrf_token, accesses=[_access(one) for one in visitor.accesses])


@routes.get("/{access}/delivery", summary="Today's deliveries")
def delivery(request: Request, connection: Database, key: Key, visit: Following) -> list[DeliveryOut]:
    """Give what is expected today, or what was said at the door."""
    visit.require("delivery")
    found = deliveries_of_day(connection, key, visit.access, request.app.state.clock.now())
    return [DeliveryOut.model_validate(one, from_attributes=True) for one in found]


@routes.get("/{access}/menus", summary="Menus and orders of the coming weeks")
def menus(request: Request, connection: Database, key: Key, visit: Following) -> list[SlotOut]:
    """Give each meal of four weeks: what stands, what is offered, until when."""
    visit.require("menus")
    found = weeks_of(connection, key, visit.access, request.app.state.clock.now())
    return [_slot(slot) for week in found.weeks for _, slots in week.days for slot in slots]


@routes.post("/{access}/requests", summary="Order, cancel, be away, repeat a week, change the habit")
def ask(request: Request, connection: Database, key: Key, visit: Following, wanted: Ask) -> AnswerOut:
    """Ask for something and get one sentence; refused is an answer too (`granted`: false)."""
    visit.require("order")
    asking = Asking(access=visit.access, number=wanted.id, now=request.app.state.clock.now(), key=key)
    try:
        said = _judge(connection, asking, wanted)
    except Unknown as why:
        raise HTTPException(404, str(why)) from why
    return AnswerOut(granted=said.granted, text=said.text)


@routes.get("/{access}/bills", summary="Bills and yearly totals, meals and delivery apart")
def bills(connection: Database, visit: Following) -> list[YearOut]:
    """Give every issued bill by the year of its month."""
    visit.require("bills")
    return [
        YearOut(
            year=one.year,
            months=[
                MonthOut(
                    number=m.number,
                    month=f"{m.month:%Y-%m}",
                    meals=m.meals,
                    food=m.meal,
                    delivery=m.delivery,
                    total=m.total,
                )
                for m in one.bills
            ],
            food=one.meal,
            delivery=one.delivery,
            total=one.total,
        )
        for one in years_of(connection, visit.access)
    ]


def _judge(connection: Connection[DictRow], asking: Asking, wanted: Ask) -> Said:
    known = {"id": str(wanted.id), "at": asking.now, "person": str(asking.access.beneficiary)}
    match wanted:
        case OrderIn():
            order = Order(**known, day=wanted.day, moment=wanted.moment, choice=wanted.choice)  # type: ignore[arg-type]
            return ask_one(connection, asking, order)
        case CancelIn():
            return ask_one(connection, asking, Cancel(**known, day=wanted.day, moment=wanted.moment))  # type: ignore[arg-type]
        case AbsenceIn():
            away = Absence(**known, first=wanted.first, last=wanted.last, reason=wanted.reason)  # type: ignore[arg-type]
            return ask_one(connection, asking, away)
        case WeekIn():
            return repeat_week(connection, asking, wanted.monday)
        case HabitIn():
            return change_habit(connection, asking, wanted.lunch, wanted.dinner, wanted.choice)


def _access(one: Access) -> AccessOut:
    return AccessOut(access=one.id, person=one.person, themselves=one.themselves, rights=sorted(one.rights))


def _slot(slot: Slot) -> SlotOut:
    return SlotOut.model_validate(slot, from_attributes=True)
