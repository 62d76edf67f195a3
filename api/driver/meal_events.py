"""Take what drivers say at the doors: judge each event, keep it once, and draw its consequences.

What stands here is what `meals` settles by (`api.cias.outcomes`): the last word by its instant counts, and
one taken back counts no more. Relatives and the office are told of what stands at the batch's end, not of
each tap on the way there; a worry is told at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.cias.concerns import CONCERN, Kind, Office, close_said, open_concern
from api.cias.sealed import seal, unseal
from api.driver.documents import EventResult
from api.driver.documents import Outcome as Taken
from api.driver.events import EVE, FUTURE, clean
from api.driver.meal_documents import DepartureEvent, DoorEvent
from api.driver.meal_rounds import SQL, WELLBEING, departure_of, limit_on
from api.french import PARIS
from store.clock import Clock

HANDS_OVER = ("delivered", "neighbour")
UNREADABLE = "Saisie illisible : signalez-la au CIAS."
WITHDRAWN = "Noté. Le CIAS a retiré cette tournée entre-temps."
KNOWN = "Cet identifiant a déjà servi pour une autre saisie."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The round, and the door of it, that an event speaks of; `said` is the door's last word before."""

    round_id: int
    day: date
    driver_id: int | None
    status: str
    door_id: int | None = None
    beneficiary_id: int = 0
    said: str = "to_do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging needs: the connection, who speaks, the key of sealed columns, the clock, the office."""

    connection: Connection[DictRow]
    account: Account
    key: bytes
    clock: Clock
    office: Office


def take_meal_events(
    desk: Desk, events: Sequence[DoorEvent | DepartureEvent | Mapping[str, Any]]
) -> list[EventResult]:
    """Keep each event that can be kept and say what became of each, in order, in the caller's transaction."""
    doors = [one.door_id for one in events if isinstance(one, DoorEvent)]
    rounds = [one.round_id for one in events if isinstance(one, DepartureEvent)]
    run = desk.connection.execute
    run(SQL["lock_meal_rounds"], {"doors": doors, "rounds": rounds})
    places = {row["door_id"]: Place(**row) for row in run(SQL["meal_places"], {"doors": doors}).fetchall()}
    named = {
        row["round_id"]: Place(**row) for row in run(SQL["meal_rounds_named"], {"rounds": rounds}).fetchall()
    }
    results, touched = [], {}
    for event in events:
        if isinstance(event, DoorEvent):
            place = places.get(event.door_id)
            result = _take_door(desk, event, place)
            if place is not None and result.outcome == "accepted":
                touched[event.door_id] = place
        elif isinstance(event, DepartureEvent):
            result = _take_departure(desk, event, named.get(event.round_id))
        else:
            result = _result(event.get("event_id", ""), "refused", UNREADABLE)
        results.append(result)
    for place in touched.values():
        _conclude(desk, place)
    for round_id in sorted({one.round_id for one in touched.values()}):
        run(SQL["settle_meal_round"], {"round_id": round_id})
    return results


def _result(event_id: object, outcome: Taken, sentence: str = "") -> EventResult:
    return EventResult(event_id=str(event_id), outcome=outcome, sentence=sentence)


def _take_departure(desk: Desk, event: DepartureEvent, place: Place | None) -> EventResult:
    known = desk.connection.execute(SQL["known_departure"], {"event_id": event.event_id}).fetchone()
    if known is not None:
        same = known["round_id"] == event.round_id
        return _result(event.event_id, "already" if same else "refused", "" if same else KNOWN)
    problem = _wrong_place(desk, event.happened_at, place, "Cette tournée n'existe pas.")
    if problem or place is None:
        return _result(event.event_id, "refused", problem)
    limit = _measure(desk, event, place, event.celsius)
    record(
        desk.connection,
        desk.account,
        "meal_departure",
        f"meal_round/{place.round_id}",
        event=str(event.event_id),
        celsius=str(event.celsius),
    )
    tell = {"topic": "meals", "round": place.round_id}
    desk.connection.execute(SQL["tell_meals"], {"event": json.dumps(tell)})
    if event.celsius <= limit:
        return _result(event.event_id, "accepted", WITHDRAWN if place.status == "cancelled" else "")
    open_concern(desk.connection, desk.office, "excursion", event.happened_at, round_id=place.round_id)
    text = f"{_degrees(event.celsius)} pour {_degrees(limit)} au plus : ne partez pas, prévenez le CIAS."
    return _result(event.event_id, "accepted", text)


def _take_door(desk: Desk, event: DoorEvent, place: Place | None) -> EventResult:
    known = desk.connection.execute(SQL["known_door_event"], {"event_id": event.event_id}).fetchone()
    if known is not None:
        same = (known["door_id"], known["kind"]) == (event.door_id, event.kind)
        return _result(event.event_id, "already" if same else "refused", "" if same else KNOWN)
    problem = _wrong_place(desk, event.happened_at, place, "Cette porte n'existe pas.")
    problem = problem or ("" if place is None else _wrong_words(desk, event, place))
    if problem or place is None:
        return _result(event.event_id, "refused", problem)
    if not _keep(desk, event, place):  # the same event came by another connection since we looked
        return _result(event.event_id, "already")
    record(
        desk.connection,
        desk.account,
        "door_event",
        f"door/{place.door_id}",
        event=str(event.event_id),
        kind=event.kind,
        round=place.round_id,
    )
    return _result(event.event_id, "accepted", WITHDRAWN if place.status == "cancelled" else "")


def _keep(desk: Desk, event: DoorEvent, place: Place) -> bool:
    """Write the event down; what it says of the person is sealed, the rest is in clear."""
    words = clean(event.note)
    sealed = None
    if event.wellbeing is not None:
        note = words if event.wellbeing == "worry" else ""
        text = json.dumps({"state": event.wellbeing, "note": note}, ensure_ascii=False)
        sealed = seal(desk.key, str(place.beneficiary_id), WELLBEING, text)
    added = desk.connection.execute(
        SQL["add_door_event"],
        {
            **event.model_dump(include={"event_id", "door_id", "kind", "celsius", "happened_at"}),
            "wellbeing": sealed,
            "note": "" if event.wellbeing == "worry" else words,
            "account_id": desk.account.id,
        },
    ).fetchone()
    if added is not None and event.celsius is not None:
        _measure(desk, event, place, event.celsius)
    return added is not None


def _wrong_place(desk: Desk, happened_at: datetime, place: Place | None, unknown: str) -> str:
    """Why this account cannot say this now of this round; empty when it can."""
    if place is None:
        return unknown
    if desk.account.role == "driver" and place.driver_id != desk.account.id:
        return "Cette tournée n'est pas la vôtre."
    if happened_at > desk.clock.now() + FUTURE * max(1.0, desk.clock.rate):
        return "L'heure de cette saisie est dans le futur : vérifiez l'heure du téléphone."
    if happened_at < datetime.combine(place.day, time(), PARIS) - EVE:
        return "L'heure de cette saisie est avant le jour de la tournée : vérifiez l'heure du téléphone."
    return ""


def _wrong_words(desk: Desk, event: DoorEvent, place: Place) -> str:
    """The cold chain: nothing is handed over that was not measured cold on leaving, or is warm at the door.

    A warm tray said to be handed over is an excursion all the same: the measurement is kept, the words not.
    """
    if event.kind not in (*HANDS_OVER, "blocked"):
        return ""
    left = departure_of(desk.connection, place.round_id, event.happened_at)
    limit = limit_on(desk.connection, place.day)
    warm = event.celsius is not None and event.celsius > limit
    if event.kind == "blocked":
        held = warm or left.state == "warm"
        return "" if held else "Des plateaux ne se retiennent que pour leur température : notez-la."
    if left.state == "to_measure":
        return "La température du départ n'est pas notée : mesurez-la d'abord."
    if left.state == "warm":
        return "Au départ, la température était trop haute : ces plateaux ne doivent pas être remis."
    if warm and event.celsius is not None:
        _measure(desk, event, place, event.celsius)
        _open(desk, place, "excursion", event.happened_at)
        return f"{_degrees(event.celsius)} pour {_degrees(limit)} au plus : retenez ces plateaux."
    return ""


def _measure(desk: Desk, event: DoorEvent | DepartureEvent, place: Place, celsius: Decimal) -> Decimal:
    limit = limit_on(desk.connection, place.day)
    desk.connection.execute(
        SQL["add_temperature"],
        {
            "event_id": event.event_id,
            "round_id": place.round_id,
            "door_id": place.door_id,
            "celsius": celsius,
            "limit_c": limit,
            "happened_at": event.happened_at,
            "account_id": desk.account.id,
        },
    )
    return limit


def _open(desk: Desk, place: Place, kind: Kind, at: datetime, note: str = "") -> None:
    """Open a concern about this door; the driver's words are sealed."""
    sealed = seal(desk.key, str(place.beneficiary_id), CONCERN, note) if note else None
    open_concern(
        desk.connection,
        desk.office,
        kind,
        at,
        round_id=place.round_id,
        door_id=place.door_id,
        person=place.beneficiary_id,
        detail=sealed,
    )


def _conclude(desk: Desk, place: Place) -> None:
    """What follows from the door's last word, once the whole batch is kept."""
    run = desk.connection.execute
    last = run(SQL["last_door_event"], {"door_id": place.door_id}).fetchone()
    assert last is not None  # noqa: S101 - an event was just kept
    at, kind = last["happened_at"], last["kind"]
    if kind != place.said:
        close_said(desk.connection, place.door_id, kind, desk.account.id, desk.clock.now())
        if kind in ("absent", "refused"):
            _open(desk, place, kind, at, last["note"])
        if kind == "blocked":
            _open(desk, place, "excursion", at)
        if kind != "to_do":
            _tell_family(desk, place, kind, at)
    if last["wellbeing"] is not None:
        _worry(desk, place, last, at)


def _worry(desk: Desk, place: Place, last: DictRow, at: datetime) -> None:
    who = str(place.beneficiary_id)
    said = json.loads(unseal(desk.key, who, WELLBEING, last["wellbeing"]))
    if said["state"] != "worry":
        return
    _open(desk, place, "worry", at, said["note"])
    _tell_family(desk, place, "worry", at)


def _tell_family(desk: Desk, place: Place, kind: str, at: datetime) -> None:
    desk.connection.execute(
        SQL["add_family_notice"],
        {"person": place.beneficiary_id, "kind": kind, "door_id": place.door_id, "happened_at": at},
    )


def _degrees(celsius: Decimal) -> str:
    sign = "+" if celsius > 0 else "−" if celsius < 0 else ""
    return f"{sign}{str(abs(celsius)).replace('.', ',')} °C"
