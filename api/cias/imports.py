"""A CSV of the people served in, a report out: all of it is written or nothing. Says no value of the file
back.

Columns: reference, name, since; optional: those of `api.cias.files.FileDraft` and of its `Health`. Lists
(diets, allergens, lunch, dinner) hold their words with spaces between: `1 2 4`, `milk eggs`.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from api.cias.files import FileDraft, Health, save_file

NEEDED = ("reference", "name", "since")
LISTS = ("diets", "allergens", "lunch", "dinner")
HEALTH = ("diets", "texture", "allergens", "note")
OPTIONAL = tuple(
    one for one in (*FileDraft.model_fields, *Health.model_fields) if one not in (*NEEDED, "health")
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the file (the first after the header is 2) and what is wrong, without what it holds."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many files were written; none when there is a fault."""

    people: int = 0
    faults: tuple[Fault, ...] = ()


def import_people(connection: Connection[DictRow], key: bytes, text: str) -> Report:
    """Write every line's file over the one of its reference, or say what is wrong with each line."""
    delimiter = ";" if ";" in text.split("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or ()]
    said = [f"colonne {one} absente" for one in NEEDED if one not in columns]
    said += [f"colonne {one} inconnue" for one in columns if one not in (*NEEDED, *OPTIONAL)]
    if said:
        return Report(faults=(Fault(1, " ; ".join(said) + "."),))
    drafts, faults = [], []
    seen: set[str] = set()
    for line, row in enumerate(reader, 2):
        if None in row:
            faults.append(Fault(line, "trop de champs."))
            continue
        try:
            draft = _draft({name.strip(): (value or "").strip() for name, value in row.items()})
        except ValidationError as error:
            faults += [Fault(line, one) for one in sentences(error)]
            continue
        if draft.reference in seen:
            faults.append(Fault(line, "reference : déjà donnée plus haut."))
        seen.add(draft.reference)
        drafts.append(draft)
    if faults:
        return Report(faults=tuple(faults))
    for draft in drafts:
        save_file(connection, key, draft)
    return Report(people=len(drafts))


def _draft(row: dict[str, str]) -> FileDraft:
    given: dict[str, object] = {
        name: value.split() if name in LISTS else value for name, value in row.items() if value
    }
    given["second"] = row.get("second", "").casefold() in ("oui", "1", "true")
    health = {name: given.pop(name) for name in HEALTH if name in given}
    return FileDraft.model_validate(given | {"health": health})


def sentences(error: ValidationError) -> Iterator[str]:
    """What is wrong with a draft, one French sentence a field, without what it holds."""
    for one in error.errors(include_input=False, include_url=False, include_context=False):
        where = next((str(part) for part in reversed(one["loc"]) if isinstance(part, str)), "la ligne")
        yield f"{where} : {SENTENCES.get(one['type'], 'valeur refusée')}."


SENTENCES = {
    "missing": "manque",
    "string_too_short": "manque",
    "string_too_long": "trop long",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ est attendue",
    "date_parsing": "une date AAAA-MM-JJ est attendue",
    "time_parsing": "une heure HH:MM est attendue",
    "int_parsing": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "decimal_parsing": "un montant est attendu",
    "literal_error": "mot inconnu",
    "value_error": "dates ou heures qui ne vont pas ensemble",
}
