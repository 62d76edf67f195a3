"""The office of a simulated service of meals: plans and publishes each morning, closes what worried drivers.

Compares each published day with what everybody believes should be carried.
"""

import logging
from datetime import date, datetime, timedelta

from crew import call
from meals_belief import PARIS, carried_on
from meals_staff import Service, trouble

log = logging.getLogger(__name__)

OFFICE_H = 6  # the day is planned at six
AHEAD_DAYS = 4
CONCERNS_EVERY = timedelta(minutes=20)  # shown
OUTCOME = "Vu avec la personne au téléphone (simulé)."


def office(service: Service, now: datetime, real_now: datetime) -> None:
    """Ask for the day's plan, publish it when it is there, then see to concerns: one step a glance."""
    local = now.astimezone(PARIS)
    day = local.date()
    first = service.began is not None and day == service.began.astimezone(PARIS).date()
    if day not in service.plannings and (first or local.hour >= OFFICE_H):
        wish = {"day": day.isoformat(), "seconds": service.plan_seconds, "seed": service.seed}
        answer = call(service.office, "POST", "/api/v1/meals/plannings", wish)
        if answer.status == 202:
            service.plannings[day] = int(answer.body["planning"])
            service.counts["plannings"] += 1
        elif answer.status == 409:  # nothing to carry that day
            service.plannings[day] = None
            _differ(service, day, {})
            if first:
                _draft_ahead(service, day)
        else:
            trouble(service, "office", service.office, answer, real_now)
    elif service.plannings.get(day) is not None and day not in service.published:
        _publish(service, day, real_now)
    elif service.looked_at is None or now - service.looked_at >= CONCERNS_EVERY:
        service.looked_at = now
        _close_concerns(service)


def _draft_ahead(service: Service, day: date) -> None:
    """On a first day without delivery: the next one's rounds as drafts, planned anew in their time."""
    for n in range(1, AHEAD_DAYS + 1):
        wish = {"day": (day + timedelta(days=n)).isoformat(), "seconds": service.plan_seconds}
        if call(service.office, "POST", "/api/v1/meals/plannings", wish).status == 202:
            service.counts["drafted_ahead"] += 1
            return


def _publish(service: Service, day: date, real_now: datetime) -> None:
    answer = call(service.office, "GET", f"/api/v1/meals/plannings/{service.plannings[day]}")
    if answer.status != 200:
        trouble(service, "office", service.office, answer, real_now)
        return
    planning = answer.body
    if planning["status"] == "failed":
        log.warning("planning of %s failed: %s", day, planning["message"])
        service.counts["plannings_failed"] += 1
        service.published.add(day)
    if planning["status"] != "done":
        service.retry_at["office"] = real_now + timedelta(seconds=1)
        return
    path = f"/api/v1/meals/rounds?day={day.isoformat()}"
    for one in call(service.office, "GET", path).body["rounds"]:
        if one["status"] == "draft":
            done = call(service.office, "POST", f"/api/v1/meals/rounds/{one['id']}/publish", {})
            service.counts["rounds_published" if done.status == 200 else "rounds_not_published"] += 1
    service.published.add(day)
    service.counts["left_out"] += len(planning["unserved"])
    left_out = {one["person"] for one in planning["unserved"]}
    shown = call(service.office, "GET", path).body["rounds"]
    trays = {one["person"]: one["trays"] for tour in shown for one in tour["doors"]}
    service.counts["doors"] += len(trays)
    service.counts["trays"] += sum(trays.values())
    _differ(service, day, trays, left_out)


def _differ(service: Service, day: date, trays: dict[int, int], left_out: set[int] | None = None) -> None:
    """Count the doors where the rounds are not what everybody believes they should be."""
    held = carried_on(service.held, day)
    believed = {service.numbers[one]: len(meals) for one, meals in held.items()}
    different = {one for one in {*believed, *trays} if believed.get(one) != trays.get(one)} - (
        left_out or set()
    )
    service.counts["doors_differ"] += len(different)


def _close_concerns(service: Service) -> None:
    answer = call(service.office, "GET", "/api/v1/meals/concerns")
    if answer.status != 200:
        return
    for one in answer.body["concerns"]:
        if one["closed_at"] is None:
            path = f"/api/v1/meals/concerns/{one['id']}/close"
            done = call(service.office, "POST", path, {"outcome": OUTCOME})
            service.counts["concerns_closed"] += done.status == 200
