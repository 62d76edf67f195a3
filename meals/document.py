"""The document that `python -m meals` takes and gives, and strict reading: nothing converted in silence.

Money and temperatures may be texts or numbers and stay exact; instants carry their zone; days are days.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from meals.kitchen import Delivery, Label, Production, deliveries, labels, production
from meals.model import STRICT, Event, Service, Settled
from meals.prices import Bill, Grid, NoGrid, bill
from meals.settle import settle

T = TypeVar("T")

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is known, what was asked, and the days wanted. `now` says which counts of the kitchen are
    final."""

    __pydantic_config__ = STRICT

    service: Service
    events: tuple[Annotated[Event, Field(discriminator="kind")], ...] = ()
    grids: tuple[Grid, ...] = ()
    first: date
    last: date
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Meals and answers, then what the kitchen makes, the labels, the stops of each day, and each month's
    bills."""

    settled: Settled
    production: tuple[Production, ...]
    labels: tuple[Label, ...]
    deliveries: tuple[Delivery, ...]
    bills: tuple[Bill | NoGrid, ...]


_QUESTION = TypeAdapter(Question)
_ANSWER = TypeAdapter(Answer)


def read(text: str | bytes) -> Question | tuple[str, ...]:
    """The question, or all that is wrong with it, one sentence for each place."""
    found = parse(_QUESTION, text)
    return question_faults(found) or found if isinstance(found, Question) else found


def write(answer: Answer) -> str:
    """The answer as JSON; money is a text."""
    return _ANSWER.dump_json(answer, indent=1).decode()


def respond(question: Question) -> Answer:
    """Everything that follows from the question."""
    settled = settle(question.service, question.events, question.first, question.last)
    meals = settled.meals
    made = sorted({one.made for one in meals if one.status == "ordered" and one.made is not None})
    months = sorted({(one.day.year, one.day.month) for one in meals}) if question.grids else []
    return Answer(
        settled=settled,
        production=tuple(production(question.service, meals, day, question.now) for day in made),
        labels=labels(question.service, meals),
        deliveries=deliveries(meals),
        bills=tuple(
            bill(person, meals, question.grids, *month)
            for person in question.service.people
            for month in months
        ),
    )


def question_faults(question: Question) -> tuple[str, ...]:
    """What no rule could judge: numbers given twice, instants without a zone, days the wrong way round."""
    service = question.service
    faults = [
        f"service.{name}: {one!r} is given twice"
        for name, ids in (
            ("dishes", [one.id for one in service.dishes]),
            ("people", [one.id for one in service.people]),
            ("menus", [f"{one.day} {one.moment} {one.choice}" for one in service.menus]),
        )
        for one in sorted({one for one in ids if ids.count(one) > 1})
    ]
    faults += [
        f"events: {one.id!r} has no time zone" for one in question.events if one.at.utcoffset() is None
    ]
    if question.now.utcoffset() is None:
        faults.append("now: has no time zone")
    if not 0 <= (question.last - question.first).days <= LONGEST_DAYS:
        faults.append(f"last: must be between first and {LONGEST_DAYS} days after it")
    return tuple(faults)


def parse(adapter: TypeAdapter[T], text: str | bytes) -> T | tuple[str, ...]:
    """JSON as what this adapter reads, or each fault with its place."""
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        return tuple(_sentence(one) for one in error.errors(include_url=False, include_input=False))


def _sentence(fault: Any) -> str:
    where = ".".join(map(str, fault["loc"])) or "the document"
    return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
