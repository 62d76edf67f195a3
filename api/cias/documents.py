"""The JSON API's documents: what comes in is checked, what goes out is described. Judges nothing."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.cias.files import Health
from meals.model import Allergen, Diet, End, Handed, Moment, Reason, Status, Texture

FROZEN = ConfigDict(frozen=True, extra="forbid")


class FileInList(BaseModel):
    """A file as the list shows it: nothing sealed is opened."""

    model_config = FROZEN

    id: int
    reference: str
    name: str
    insee: str | None
    commune: str | None
    since: date
    until: date | None
    end: End | None


class SupportDocument(BaseModel):
    """A part that somebody else pays, in euros."""

    model_config = FROZEN

    payer: str
    valid_from: date
    valid_until: date | None
    per_meal: Decimal
    per_month: Decimal | None


class HabitDocument(BaseModel):
    """What is taken each week from a day on, ISO weekdays."""

    model_config = FROZEN

    valid_from: date
    lunch: tuple[int, ...]
    dinner: tuple[int, ...]
    choice: str


class FileDocument(FileInList):
    """A whole file, health opened; the reading is logged."""

    address: str
    phone: str
    lat: float | None
    lon: float | None
    second: bool
    window_from: time | None
    window_until: time | None
    health: Health
    access_note: str
    habits: tuple[HabitDocument, ...]
    supports: tuple[SupportDocument, ...]


class FileSaved(BaseModel):
    """The number of the file that was written."""

    model_config = FROZEN

    id: int


class Asked(BaseModel):
    """An order, a cancellation or an absence. `id` is the caller's own: again, it is the same request."""

    model_config = FROZEN

    id: UUID
    kind: Literal["order", "cancel", "absence"]
    day: date = Field(description="day of the meal; first day of an absence")
    last: date | None = Field(default=None, description="last day of an absence")
    moment: Moment = "lunch"
    choice: Annotated[str, Field(pattern=r"^[A-Z]$")] = "A"
    reason: Reason = "choice"


class Answered(BaseModel):
    """What was answered: `rule` names why it is refused, and then nothing has changed."""

    model_config = FROZEN

    granted: bool
    rule: str | None
    text: str


class MealDocument(BaseModel):
    """One meal of one person."""

    model_config = FROZEN

    person: int
    day: date
    moment: Moment
    choice: str
    status: Status
    delivery: date | None
    eat_by: date | None
    dishes: tuple[str, ...]
    handed: Handed | None
    due: bool
    reason: str


class DoorDocument(BaseModel):
    """Somebody who gets meals on a day: how many trays, and what is on them."""

    model_config = FROZEN

    person: int
    name: str
    address: str
    trays: int
    meals: tuple[MealDocument, ...]


class DayDocument(BaseModel):
    """What is carried on one day."""

    model_config = FROZEN

    day: date
    doors: tuple[DoorDocument, ...]


class CourseDocument(BaseModel):
    """One place on the tray and the dishes that can stand there, by their codes."""

    model_config = FROZEN

    name: Annotated[str, Field(min_length=1, max_length=60)]
    dishes: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]


class MenuDocument(BaseModel):
    """One choice for one meal of one day."""

    model_config = FROZEN

    day: date
    moment: Moment = "lunch"
    choice: Annotated[str, Field(pattern=r"^[A-Z]$")] = "A"
    courses: Annotated[tuple[CourseDocument, ...], Field(min_length=1, max_length=10)]


class DishDocument(BaseModel):
    """A dish; `allergens` null: not declared."""

    model_config = FROZEN

    code: str
    name: str
    diets: tuple[Diet, ...]
    textures: tuple[Texture, ...]
    allergens: tuple[Allergen, ...] | None


class CardDocument(BaseModel):
    """Menus of some days and every dish."""

    model_config = FROZEN

    menus: tuple[MenuDocument, ...]
    dishes: tuple[DishDocument, ...]


class LineDocument(BaseModel):
    """One line of a bill, euros; `corrects`: the earlier month it puts right."""

    model_config = FROZEN

    kind: str
    label: str
    payer: str
    quantity: int
    unit: Decimal | None
    amount: Decimal
    meals: tuple[str, ...]
    corrects: date | None
    reason: str


class BillDocument(BaseModel):
    """One issued bill, euros, meal and delivery apart."""

    model_config = FROZEN

    id: int
    number: str
    month: date
    issued_at: datetime
    total: Decimal
    meal: Decimal
    delivery: Decimal
    meals: int
    lines: tuple[LineDocument, ...]


class StatisticsDocument(BaseModel):
    """Counts between two days. They are the office's own: small ones are not hidden here."""

    model_config = FROZEN

    first: date
    last: date
    meals: int
    people: int
    by_month: dict[str, int]
    by_commune: dict[str, int]
    by_diet: dict[str, int]
    by_texture: dict[str, int]
    by_moment: dict[str, int]
    cancelled: dict[str, int]
    doors: dict[str, int]
    drivers: dict[str, int]
    excursions: int
    temperatures: int
