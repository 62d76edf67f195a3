"""The people of a meals' service at work against a platform, and what they know to be true.

Knows the HTTP API as documented. What must be so (`meals_belief`, `meals_road`) is compared with what the
platform says; what was not answered is sent again with the same identity.
"""

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Any

from crew import call
from meals_belief import PARIS
from meals_families import families
from meals_office import office
from meals_road import Trip, due, heard, online, trip
from meals_staff import RETRY, Driver, Service, signed_in, trouble, waits

Row = dict[str, Any]

MOST_EVENTS = 100
EVERY_S = 0.5  # real
AGAIN_EVERY = 7  # one batch in so many is sent again, as if its answer had been lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person who started them asked for; `rate` is shown seconds per real second."""

    start: datetime
    real_start: datetime
    rate: float
    for_s: float | None = None
    until: datetime | None = None


def play(wish: Wish, service: Service, real_now: Callable[[], datetime]) -> Row:
    """Live until asked to stop; return what they know."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    deadline = None if wish.for_s is None else time.monotonic() + wish.for_s
    while not stop.is_set() and (deadline is None or time.monotonic() < deadline):
        real = real_now()
        shown = wish.start + (real - wish.real_start) * wish.rate
        if wish.until is not None and shown >= wish.until:
            break
        look(service, shown, real)
        stop.wait(EVERY_S)
    return report(service)


def look(service: Service, now: datetime, real_now: datetime) -> None:
    """One glance of everybody: the office first, then families, then drivers."""
    service.began = service.began or now
    for what, act in (("office", office), ("families", families)):
        if signed_in(service, service.office, real_now) and not waits(service, what, real_now):
            act(service, now, real_now)
    for driver in service.drivers:
        name = f"driver {driver.account.login}"
        if signed_in(service, driver.account, real_now) and not waits(service, name, real_now):
            _drive(service, driver, now, real_now)


def _drive(service: Service, driver: Driver, now: datetime, real_now: datetime) -> None:
    day = now.astimezone(PARIS).date()
    open_trip = next((one for one in driver.trips.values() if one.ahead or one.unsent), None)
    if open_trip is None:
        if day in service.published:
            _fetch(service, driver, real_now)
        return
    due(open_trip, now)
    if open_trip.unsent and online(open_trip, now):
        _send(service, driver, open_trip, real_now)


def _fetch(service: Service, driver: Driver, real_now: datetime) -> None:
    """Take up today's round once; rounds that were driven are left alone."""
    answer = call(driver.account, "GET", "/api/v1/driver/meals")
    if answer.status != 200:
        trouble(service, f"driver {driver.account.login}", driver.account, answer, real_now)
        return
    tour = answer.body["round"]
    if tour is None or tour["id"] in driver.trips:
        service.retry_at[f"driver {driver.account.login}"] = real_now + RETRY
        return
    driver.trips[tour["id"]] = trip(service.seed, tour)
    service.counts["rounds_driven"] += 1


def _send(service: Service, driver: Driver, one: Trip, real_now: datetime) -> None:
    batch = one.unsent[:MOST_EVENTS]
    events = {"events": [tap.event for tap in batch]}
    answer = call(driver.account, "POST", "/api/v1/driver/meals/events", events)
    if answer.status != 200:
        trouble(service, f"driver {driver.account.login}", driver.account, answer, real_now)
        return
    one.unsent = one.unsent[len(batch) :]
    for tap, result in zip(batch, answer.body["results"], strict=True):
        service.counts["wrong_answers"] += not heard(one, tap, result["outcome"])
        service.counts[f"words_{result['outcome']}"] += 1
        service.counts["warm_departures"] += tap.event["kind"] == "departure" and bool(result["sentence"])
    if len(one.events) % AGAIN_EVERY == 0:  # the phone did not hear the answer
        again = call(driver.account, "POST", "/api/v1/driver/meals/events", events)
        service.counts["batches_again"] += 1
        if again.status == 200:
            fresh = [result for result in again.body["results"] if result["outcome"] == "accepted"]
            service.counts["wrong_answers"] += len(fresh)


def report(service: Service) -> Row:
    """What everybody together knows to be true."""
    told = Counter(
        kind for driver in service.drivers for one in driver.trips.values() for kind in one.said.values()
    )
    counted = dict.fromkeys(
        (
            "granted",
            "refused",
            "late_granted",
            "forbidden_granted",
            "answers_changed",
            "doors_differ",
            "wrong_answers",
        ),
        0,
    )
    return {
        "asked": len(service.requests),
        **counted,
        **dict(sorted(service.counts.items())),
        "told": dict(sorted(told.items())),
        "untold": sum(
            len(one.ahead) + len(one.unsent) for driver in service.drivers for one in driver.trips.values()
        ),
        "unanswered": sum(one.at <= (service.looked_at or one.at) for one in service.waiting),
    }


def truth(service: Service) -> str:
    """Each request with its answer, each door with its last word, each tap with what became of it."""
    trips = [one for driver in service.drivers for one in driver.trips.values()]
    return json.dumps(
        {
            "requests": service.requests,
            "doors": {door: kind for one in trips for door, kind in one.said.items()},
            "events": {event: outcome for one in trips for event, outcome in one.events.items()},
        },
        indent=1,
    )
