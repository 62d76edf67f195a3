"""Files of the people served: written sealed, read back as `meals.Person`, every reading logged. Judges
nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.auth import Account
from api.cias.sealed import seal, unseal
from meals.model import Allergen, Diet, End, Habit, Income, Person, Support, Texture
from store.queries import named_queries

SQL = named_queries("api.cias")

Purpose = Literal["file", "order", "kitchen", "round", "family", "export", "bill"]
Weekdays = Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=7)]
Cents = Annotated[Decimal, Field(gt=0, le=1_000, decimal_places=2)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Health(BaseModel):
    """What is sealed of a file: diets, texture, allergens, and a note for the kitchen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    diets: tuple[Diet, ...] = ()
    texture: Texture = "whole"
    allergens: tuple[Allergen, ...] = ()
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class FileDraft(BaseModel):
    """A file as the office writes it. The habit holds from its day on; the quotient from `quotient_from`
    on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    address: Line = ""
    insee: Annotated[str, StringConstraints(pattern=r"^[0-9AB]{5}$")] | None = None
    phone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+ .-]{0,20}$")] = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    since: date
    until: date | None = None
    end: End | None = None
    second: bool = False
    window_from: time | None = None
    window_until: time | None = None
    health: Health = Health()
    access_note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    habit_from: date | None = None
    lunch: Weekdays = ()
    dinner: Weekdays = ()
    choice: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")] = "A"
    quotient_from: date | None = None
    quotient: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)] | None = None
    support_payer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    support_from: date | None = None
    support_until: date | None = None
    support_per_meal: Cents | None = None
    support_per_month: Cents | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("until: before since")
        if (self.until is None) != (self.end is None):
            raise ValueError("until and end go together")
        if (self.window_from is None) != (self.window_until is None):
            raise ValueError("window_from and window_until go together")
        if self.window_from and self.window_until and self.window_until < self.window_from:
            raise ValueError("window_until: before window_from")
        if bool(self.support_payer) != (self.support_per_meal is not None):
            raise ValueError("support_payer and support_per_meal go together")
        return self


def save_file(connection: Connection[DictRow], key: bytes, draft: FileDraft) -> int:
    """Write a file, or write over the one of the same reference; return its number."""
    row = connection.execute(SQL["reserve_person"], {"reference": draft.reference}).fetchone()
    assert row is not None  # noqa: S101 - SELECT without FROM always answers
    number = int(row["id"])
    connection.execute(
        SQL["save_person"],
        {
            **draft.model_dump(
                exclude={"health", "access_note", "end", "habit_from", "lunch", "dinner", "choice"}
                | {"quotient", "quotient_from", *(one for one in FileDraft.model_fields if "support" in one)}
            ),
            "id": number,
            "end_reason": draft.end,
            "health": seal(key, str(number), "health", draft.health.model_dump_json()),
            "access_note": seal(key, str(number), "access_note", draft.access_note),
        },
    )
    if draft.lunch or draft.dinner or draft.habit_from:
        connection.execute(
            SQL["save_habit"],
            {
                "id": number,
                "valid_from": draft.habit_from or draft.since,
                "lunch": list(draft.lunch),
                "dinner": list(draft.dinner),
                "choice": draft.choice,
            },
        )
    if draft.quotient is not None:
        wanted = {"id": number, "valid_from": draft.quotient_from or draft.since, "quotient": draft.quotient}
        connection.execute(SQL["save_income"], wanted)
    if draft.support_per_meal is not None:
        save_support(
            connection,
            number,
            Support(
                payer=draft.support_payer,
                valid_from=draft.support_from or draft.since,
                valid_until=draft.support_until,
                per_meal=draft.support_per_meal,
                per_month=draft.support_per_month,
            ),
        )
    return number


def save_support(connection: Connection[DictRow], person: int, support: Support) -> None:
    """Write who else pays for this person, or write over the one of this payer and first day."""
    wanted = {
        "id": person,
        "payer": support.payer,
        "valid_from": support.valid_from,
        "valid_until": support.valid_until,
        "per_meal": support.per_meal,
        "per_month": support.per_month,
    }
    connection.execute(SQL["save_support"], wanted)


def supports_of(connection: Connection[DictRow], ids: Sequence[int]) -> dict[int, tuple[Support, ...]]:
    """Who else pays for these people, in the order in which they pay."""
    found: dict[int, list[Support]] = defaultdict(list)
    for row in connection.execute(SQL["supports"], {"ids": list(ids)}).fetchall():
        found[row.pop("beneficiary_id")].append(Support(**row))
    return {person: tuple(held) for person, held in found.items()}


def health_of(key: bytes, row: DictRow) -> Health:
    """The sealed column of one row; nothing of somebody erased. Raises `api.cias.sealed.Unreadable`."""
    if not row["health"]:
        return Health()
    return Health.model_validate_json(unseal(key, str(row["id"]), "health", row["health"]))


def access_note_of(key: bytes, row: DictRow) -> str:
    """Keys, dog, back door: what the driver must know. Raises `api.cias.sealed.Unreadable`."""
    if not row["access_note"]:
        return ""
    return unseal(key, str(row["id"]), "access_note", row["access_note"])


def people_of(connection: Connection[DictRow], key: bytes, rows: Sequence[DictRow]) -> tuple[Person, ...]:
    """These files as `meals` takes them; names and addresses stay behind."""
    ids = [row["id"] for row in rows]
    habits: dict[int, list[Habit]] = defaultdict(list)
    for row in connection.execute(SQL["habits"], {"ids": ids}).fetchall():
        habits[row["beneficiary_id"]].append(
            Habit(
                valid_from=row["valid_from"],
                lunch=tuple(row["lunch"]),
                dinner=tuple(row["dinner"]),
                choice=row["choice"],
            )
        )
    incomes: dict[int, list[Income]] = defaultdict(list)
    for row in connection.execute(SQL["incomes"], {"ids": ids}).fetchall():
        incomes[row["beneficiary_id"]].append(Income(valid_from=row["valid_from"], quotient=row["quotient"]))
    supports = supports_of(connection, ids)
    return tuple(
        _person(key, row, habits[row["id"]], incomes[row["id"]], supports.get(row["id"], ())) for row in rows
    )


def note_reading(
    connection: Connection[DictRow], account: Account, ids: Sequence[int], purpose: Purpose, now: datetime
) -> None:
    """Log that this account opened the sealed columns of these people."""
    wanted: dict[str, Any] = {"at": now, "account": account.id, "ids": list(ids), "purpose": purpose}
    connection.execute(SQL["note_reading"], wanted)


def _person(
    key: bytes,
    row: DictRow,
    habits: list[Habit],
    incomes: list[Income],
    supports: tuple[Support, ...],
) -> Person:
    health = health_of(key, row)
    return Person(
        id=str(row["id"]),
        since=row["since"],
        until=row["until"],
        end=row["end_reason"],
        diets=health.diets,
        texture=health.texture,
        allergens=health.allergens,
        second=row["second"],
        habits=tuple(habits),
        incomes=tuple(incomes),
        supports=supports,
    )
