"""What the service did between two days, in counts: by commune, diet, texture, month; doors; the cold.

What leaves as a file hides counts below five: in a village of two hundred people, one soft meal names
somebody (statistical secrecy as INSEE applies it to small cells is our model, not its letter).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import settled
from api.cias.bill_runs import month_text
from api.cias.files import SQL as FILES
from meals.french import DIETS, MOMENTS, TEXTURES
from meals.model import Meal, Person
from store.queries import named_queries

SQL = named_queries("api.cias", "statistics.sql")
SMALL = 5
UNKNOWN = "commune inconnue"
NO_DIET = "sans régime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Meals carried and not kept back, by what; people; cancellations by reason; doors, drivers, cold."""

    first: date
    last: date
    meals: int
    people: int
    by_month: Mapping[str, int]
    by_commune: Mapping[str, int]
    by_diet: Mapping[str, int]
    by_texture: Mapping[str, int]
    by_moment: Mapping[str, int]
    cancelled: Mapping[str, int]
    doors: DictRow
    drivers: DictRow
    chills: DictRow

    def share(self, part: int, whole: int) -> float | None:
        """A percentage, or None of nothing."""
        return 100 * part / whole if whole else None


def statistics(
    connection: Connection[DictRow], key: bytes, first: date, last: date
) -> tuple[Statistics, list[int]]:
    """Everything between two days, both included; and whose files were opened to count."""
    span = {"first": first, "last": last}
    rows = connection.execute(FILES["people_served"], span).fetchall()
    service, found = settled(connection, key, rows, first, last)
    names = {row["insee"]: row["name"] for row in connection.execute(SQL["commune_names"])}
    communes = {str(row["id"]): names.get(row["insee"], UNKNOWN) for row in rows}
    people = {one.id: one for one in service.people}
    counted = [one for one in found.meals if one.status == "ordered" and one.handed != "blocked"]
    erased = connection.execute(SQL["erased_meals"], span).fetchall()
    by_commune = Counter(communes[one.person] for one in counted)
    by_month = Counter(one.day.replace(day=1) for one in counted)
    for row in erased:
        by_commune[row["commune"]] += row["meals"]
        by_month[row["month"]] += row["meals"]
    made = Statistics(
        first=first,
        last=last,
        meals=len(counted) + sum(row["meals"] for row in erased),
        people=len({one.person for one in counted}),
        by_month={month_text(month): count for month, count in sorted(by_month.items())},
        by_commune=_most(by_commune),
        by_diet=_most(Counter(word for one in counted for word in _diets(people[one.person]))),
        by_texture=_most(Counter(TEXTURES[people[one.person].texture] for one in counted)),
        by_moment=_most(Counter(MOMENTS[one.moment] for one in counted)),
        cancelled=_cancelled(found.meals),
        doors=_one(connection, "doors_said", span),
        drivers=_one(connection, "drivers_kept", span),
        chills=_one(connection, "chills", span),
    )
    return made, [row["id"] for row in rows]


def table(found: Statistics) -> list[tuple[str, str, int | str]]:
    """The file's rows: subject, what, count; counts of people's ways below five are hidden."""
    rows: list[tuple[str, str, int | str]] = [
        ("période", f"{found.first} – {found.last}", ""),
        ("repas", "total", hidden(found.meals)),
        ("personnes servies", "total", hidden(found.people)),
    ]
    for subject, counts in (
        ("mois", found.by_month),
        ("commune", found.by_commune),
        ("régime", found.by_diet),
        ("texture", found.by_texture),
        ("repas du jour", found.by_moment),
        ("annulations", found.cancelled),
    ):
        rows += [(subject, name, hidden(count)) for name, count in counts.items()]
    rows += [("portes", name, hidden(found.doors[code])) for code, name in DOORS.items()]
    rows += [("froid", name, found.chills[code]) for code, name in CHILLS.items()]
    rows += [("habitudes", name, hidden(found.drivers[code])) for code, name in DRIVERS.items()]
    return rows


def hidden(count: int) -> int | str:
    """A count as it may leave: below five and above nothing, only that."""
    return "< 5" if 0 < count < SMALL else count


DOORS = {
    "doors": "livraisons dites",
    "delivered": "remises",
    "neighbour": "remises à un voisin",
    "absent": "personne à la porte",
    "refused": "refus",
    "blocked": "retenues (température)",
    "punctual": "à l'heure (15 min)",
}
CHILLS = {"taken": "mesures", "excursions": "dépassements"}
DRIVERS = {"known": "portes déjà connues", "driver_kept": "même chauffeur", "hour_kept": "même demi-heure"}


def _most(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _diets(person: Person) -> Sequence[str]:
    return [DIETS[one] for one in person.diets] or [NO_DIET]


def _cancelled(meals: Iterable[Meal]) -> dict[str, int]:
    """Meals that somebody asked for and did not get, by the sentence that says why."""
    return _most(Counter(one.reason for one in meals if one.status in ("cancelled", "late")))


def _one(connection: Connection[DictRow], query: str, span: Mapping[str, date]) -> DictRow:
    row = connection.execute(SQL[query], span).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always answers
    return row
