"""Take what drivers say of their stops: judge each event, keep it, and draw its consequences.

An event is kept once, by its own identifier. « Fait » on a collection makes one emptying per container;
`answers.emptying_counted` says which of them count once the driver changed their mind. A level that the probe
is believed on is not touched: the probe will tell. Events of a stop that planning removed or withdrew are
kept too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid5

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.driver.confirming import tell_levels
from api.driver.documents import EventResult, Outcome, StopEvent
from api.french import PARIS
from store.clock import Clock
from store.queries import named_queries

# Phones and servers disagree by seconds; more than this is a wrong clock (the ingest contract's own bound).
FUTURE = timedelta(minutes=5)
# A night round may leave on the eve; what is said earlier than that was said of another day.
EVE = timedelta(hours=6)
REASON_LENGTH = 300
HEAVIEST_KG = 40_000  # stop_event's bound: no road vehicle unloads more

_SQL = named_queries("api.driver")
_NOTES = {
    "planned": "",
    "withdrawn": "Noté. La régulation a retiré cette tournée entre-temps.",
    "removed": "Noté. La régulation a enlevé cet arrêt de la tournée entre-temps.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The stop an event speaks of; `standing` is planned, withdrawn (its round) or removed."""

    stop_id: int
    round_id: int
    day: date
    driver_id: int | None
    kind: str
    standing: str
    container_ids: list[int]


def take_events(
    connection: Connection[DictRow],
    account: Account,
    events: Sequence[StopEvent | Mapping[str, Any]],
    clock: Clock,
) -> list[EventResult]:
    """Keep each event that can be kept and say what became of each, in order.

    Runs in the caller's transaction: all consequences are visible together or not at all.
    """
    readable = [event for event in events if isinstance(event, StopEvent)]
    stop_ids = [event.stop_id for event in readable]
    connection.execute(_SQL["lock_rounds_of_stops"], {"stop_ids": stop_ids})
    rows = connection.execute(_SQL["places_of_stops"], {"stop_ids": stop_ids}).fetchall()
    places = {row["stop_id"]: Place(**row) for row in rows}
    results, touched = [], []
    emptied: list[tuple[int, datetime]] = []
    denied: list[tuple[int, datetime]] = []
    for event in events:
        if not isinstance(event, StopEvent):
            unreadable = "Saisie illisible : signalez-la à la régulation."
            results.append(_result(event.get("event_id", ""), "refused", unreadable))
            continue
        place = places.get(event.stop_id)
        result = _take(connection, account, event, place, clock)
        results.append(result)
        if place and result.outcome == "accepted":
            touched.append(place)
            words = emptied if event.kind == "done" else denied
            words.extend((one, event.happened_at) for one in place.container_ids if place.kind == "collect")
    tell_levels(connection, emptied, denied)
    _settle(connection, account, touched)
    return results


def _result(event_id: object, outcome: Outcome, sentence: str) -> EventResult:
    return EventResult(event_id=str(event_id), outcome=outcome, sentence=sentence)


def _take(
    connection: Connection[DictRow], account: Account, event: StopEvent, place: Place | None, clock: Clock
) -> EventResult:
    known = connection.execute(_SQL["known_event"], {"event_id": event.event_id}).fetchone()
    if known is not None:
        if (known["stop_id"], known["kind"]) == (event.stop_id, event.kind):
            return _result(event.event_id, "already", "")
        return _result(event.event_id, "refused", "Cet identifiant a déjà servi pour une autre saisie.")
    problem = _problem(account, event, place, clock)
    if problem or place is None:
        return _result(event.event_id, "refused", problem)
    added = connection.execute(
        _SQL["add_stop_event"],
        {**event.model_dump(), "reason": clean(event.reason), "account_id": account.id},
    ).fetchone()
    if added is None:  # the same event came by another connection since we looked
        return _result(event.event_id, "already", "")
    if event.kind == "done" and place.kind == "collect":
        _empty(connection, event, place)
    record(
        connection,
        account,
        "stop_event",
        f"stop/{place.stop_id}",
        event=str(event.event_id),
        kind=event.kind,
        round=place.round_id,
        standing=place.standing,
    )
    return _result(event.event_id, "accepted", _NOTES[place.standing])


def _problem(account: Account, event: StopEvent, place: Place | None, clock: Clock) -> str:
    """Say in French why the event cannot be kept; empty when it can."""
    if place is None:
        return "Cet arrêt n'existe pas."
    if account.role == "driver" and place.driver_id != account.id:
        return "Cette tournée n'est pas la vôtre."
    # Clocks differ in real time, which a demonstration shows multiplied.
    if event.happened_at > clock.now() + FUTURE * max(1.0, clock.rate):
        return "L'heure de cette saisie est dans le futur : vérifiez l'heure du téléphone."
    if event.happened_at < datetime.combine(place.day, time(), PARIS) - EVE:
        return "L'heure de cette saisie est avant le jour de la tournée : vérifiez l'heure du téléphone."
    if event.kind == "not_done" and not clean(event.reason):
        return "Il manque la raison pour laquelle l'arrêt n'est pas fait."
    if event.weight_kg is not None and not (event.kind == "done" and place.kind == "unload"):
        return "Un poids ne se note qu'à un déchargement fait."
    if event.weight_kg is not None and not 0 <= event.weight_kg <= HEAVIEST_KG:
        return "Le poids doit être entre 0 et 40 000 kg."
    return ""


def clean(reason: str) -> str:
    """Return the reason on one line, without the control characters PostgreSQL refuses."""
    printable = "".join(letter if letter.isprintable() else " " for letter in reason)
    return " ".join(printable.split())[:REASON_LENGTH]


def _empty(connection: Connection[DictRow], event: StopEvent, place: Place) -> None:
    for container_id in place.container_ids:
        connection.execute(
            _SQL["add_emptying"],
            {
                # The same tap on the same container is the same emptying, however often it is sent.
                "event_id": uuid5(event.event_id, str(container_id)),
                "container_id": container_id,
                "emptied_at": event.happened_at,
                "stop_event_id": event.event_id,
            },
        )


def _settle(connection: Connection[DictRow], account: Account, touched: Sequence[Place]) -> None:
    """Bring the rounds' status in line, and tell the open pages."""
    for round_id, day in sorted({(place.round_id, place.day) for place in touched}):
        changed = connection.execute(_SQL["settle_round"], {"round_id": round_id}).fetchone()
        if changed:
            record(connection, account, "round_status", f"round/{round_id}", status=changed["status"])
        _tell(connection, {"topic": "round", "round": round_id, "day": day.isoformat()})
    containers = sorted({one for place in touched for one in place.container_ids})
    if containers:
        _tell(connection, {"topic": "containers", "containers": containers})


def _tell(connection: Connection[DictRow], event: Mapping[str, Any]) -> None:
    connection.execute(_SQL["tell"], {"event": json.dumps(event, separators=(",", ":"))})
