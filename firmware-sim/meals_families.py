"""Families of a simulated meals' service: they order, cancel, come too late, send a form twice.

Those with a code use the family's JSON API, the others telephone the office, which fills in its form.
"""

from datetime import datetime
from typing import Any

from crew import call
from meals_belief import PARIS, Ask, asks_of, grant
from meals_staff import RETRY, Family, Service, send_form

Row = dict[str, Any]

PHONED = {"order": "commander", "cancel": "annuler", "absence": "absence"}


def families(service: Service, now: datetime, real_now: datetime) -> None:
    """Whatever families wanted to ask by now is asked."""
    day = now.astimezone(PARIS).date()
    if service.asks_day != day:
        began = service.began or now
        drawn = asks_of(service.held, service.seed, day, service.asks_a_day)
        service.waiting += [one for one in drawn if one.at >= began]
        service.asks_day = day
    while service.waiting and service.waiting[0].at <= now:
        ask = service.waiting[0]
        given = _say(service, ask)
        if given is None:  # nobody answered: the same form again, later
            service.retry_at["families"] = real_now + RETRY
            service.counts["asked_again"] += 1
            return
        service.waiting.pop(0)
        _note(service, ask, given)
        if ask.twice:
            service.counts["sent_twice"] += 1
            service.counts["answers_changed"] += _say(service, ask) not in (given, None)


def _note(service: Service, ask: Ask, given: bool) -> None:
    service.requests[str(ask.id)] = given
    service.counts["granted" if given else "refused"] += 1
    service.counts[f"{ask.sort}_{'granted' if given else 'refused'}"] += 1
    if given:
        grant(service.held, ask)


def _say(service: Service, ask: Ask) -> bool | None:
    """Ask on the family's page, or by telephone to the office; None when there is no answer."""
    family = service.families.get(ask.reference)
    if family is not None:
        return _on_the_page(service, family, ask)
    form = {"demande": str(ask.id), "jour": ask.day.isoformat(), "csrf_token": service.office.csrf_token}
    if ask.kind == "order":
        form |= {"repas": ask.moment, "choix": ask.choice}
    elif ask.kind == "cancel":
        form |= {"repas": ask.moment, "motif": "hospital"}
    else:
        form |= {"retour": ask.until.isoformat(), "motif": "absence"}
    path = f"/portage/dossiers/{service.numbers[ask.reference]}/{PHONED[ask.kind]}"
    status = send_form(service.office, path, form)
    service.counts["phoned"] += status in (200, 409)
    return {200: True, 409: False}.get(status)


def _on_the_page(service: Service, family: Family, ask: Ask) -> bool | None:
    account = family.account
    if not account.signed_in and not _enter(family):
        return None
    words: Row = {"kind": ask.kind, "id": str(ask.id)}
    if ask.kind == "absence":
        words |= {"first": ask.day.isoformat(), "last": ask.until.isoformat()}
    else:
        words |= {"day": ask.day.isoformat(), "moment": ask.moment}
        words |= {"choice": ask.choice} if ask.kind == "order" else {}
    answer = call(account, "POST", f"/api/v1/family/{family.access}/requests", words)
    if answer.status == 200:
        service.counts["on_the_page"] += 1
        return bool(answer.body["granted"])
    account.signed_in = False
    return None


def _enter(family: Family) -> bool:
    """With the printed card's code; the session stays."""
    account = family.account
    if send_form(account, "/famille/entrer", {"code": family.code}) not in (200, 303):
        return False
    answer = call(account, "GET", "/api/v1/family")
    if answer.status != 200 or not answer.body["accesses"]:
        return False
    account.csrf_token, account.signed_in = answer.body["csrf_token"], True
    family.access = answer.body["accesses"][0]["access"]
    return True
