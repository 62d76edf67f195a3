"""Labels of a day's trays as a PDF, in the format of the sheets or the roll at hand, in the rounds' order."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import settled
from api.cias.files import SQL
from api.cias.outcomes import SQL as ROUNDS
from api.cias.typeset import typeset
from api.french import day as day_text
from meals.calendar import week_of
from meals.french import MOMENTS
from meals.kitchen import Label, contains_text, labels

AHEAD_DAYS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A sheet, in mm: page, first label from left and top, columns and rows, one label, the gaps between."""

    title: str
    page: tuple[float, float]
    margin: tuple[float, float] = (0, 0)
    columns: int = 1
    rows: int = 1
    label: tuple[float, float]
    gap: tuple[float, float] = (0, 0)
    inset: float = 2.5


FormatName = Literal["a4-24", "a4-21", "a4-14", "rouleau"]
FORMATS: dict[FormatName, Format] = {
    "a4-24": Format(
        title="A4, 24 étiquettes de 70 × 37 mm",
        page=(210, 297),
        margin=(0, 0.5),
        columns=3,
        rows=8,
        label=(70, 37),
        inset=3.5,
    ),
    "a4-21": Format(
        title="A4, 21 étiquettes de 63,5 × 38,1 mm",
        page=(210, 297),
        margin=(7.25, 15.15),
        columns=3,
        rows=7,
        label=(63.5, 38.1),
        gap=(2.5, 0),
    ),
    "a4-14": Format(
        title="A4, 14 étiquettes de 99,1 × 38,1 mm",
        page=(210, 297),
        margin=(4.65, 15.15),
        columns=2,
        rows=7,
        label=(99.1, 38.1),
        gap=(2.5, 0),
    ),
    "rouleau": Format(title="Rouleau de 100 × 50 mm", page=(100, 50), label=(100, 50)),
}
"""The sizes that stationers sell by these counts; a printer that shifts is set right at the printer."""


def labels_pdf(made: list[dict[str, Any]], day: date, form: FormatName, now: datetime) -> bytes:
    """The PDF of these labels (see `labels_of_day`)."""
    chosen = FORMATS[form]
    sheet: dict[str, Any] = {
        "title": f"Étiquettes, livraison du {day_text(day)} {day.year}",
        "nothing": "Aucun plateau ce jour-là.",
        "labels": made,
        "format": {
            name: getattr(chosen, name)
            for name in ("page", "margin", "columns", "rows", "label", "gap", "inset")
        },
    }
    return typeset("labels", sheet, now)


def labels_of_day(
    connection: Connection[DictRow], key: bytes, day: date
) -> tuple[list[dict[str, Any]], list[int]]:
    """What stands on each tray that travels that day, by round and door, then by name; and whose files were
    opened for it."""
    rows = connection.execute(SQL["people_served"], {"first": day, "last": day}).fetchall()
    last = week_of(day)[-1]
    reach = date.fromordinal(max(day.toordinal() + AHEAD_DAYS, last.toordinal()))
    service, found = settled(connection, key, rows, day, reach)
    made = labels(service, [one for one in found.meals if one.delivery == day])
    names = {str(row["id"]): row["name"] for row in rows}
    doors = {
        str(row["beneficiary_id"]): (row["shift"], row["position"])
        for row in connection.execute(ROUNDS["doors_of_day"], {"day": day}).fetchall()
    }

    def place(one: Label) -> tuple[object, ...]:
        # Who is on no round yet comes last.
        return doors.get(one.person, ("\uffff", 0)), names[one.person], one.person, one.day, one.moment

    made = tuple(sorted(made, key=place))
    words = [_words(one, names[one.person], doors.get(one.person)) for one in made]
    return words, [row["id"] for row in rows]


def _words(one: Label, name: str, door: tuple[str, int] | None) -> dict[str, Any]:
    return {
        "name": name,
        "round": f"{door[0]}, n° {door[1]}" if door else "",
        "meal": f"{MOMENTS[one.moment].capitalize()} du {day_text(one.day)}",
        "eat_by": f"DLC {one.eat_by:%d/%m/%Y}",
        "dishes": list(one.dishes),
        "care": "Texture : " + ", ".join((one.texture, *one.diets)),
        "contains": contains_text(one),
        "keep": f"À consommer jusqu'au {one.eat_by:%d/%m/%Y}. À conserver entre 0 et +3 °C.",
    }
