"""Who works for the meals' service and what they know; how they sign in and are told no.

Knows sessions and forms of the platform. A platform that is not there is waited for, and said once.
"""

import logging
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crew import TIMEOUT_S, Account, Answer, call
from meals_belief import Ask, Belief
from meals_road import Trip

Row = dict[str, Any]
log = logging.getLogger(__name__)

RETRY = timedelta(seconds=5)  # real


@dataclass(slots=True)
class Family:
    """Somebody with a code of their own on the family's page; `access` is learnt at the door."""

    reference: str
    code: str = field(repr=False)
    account: Account
    access: Any = None


@dataclass(slots=True)
class Driver:
    """A driver and the rounds of the day."""

    account: Account
    trips: dict[int, Trip] = field(default_factory=dict)
    day: date | None = None


@dataclass(slots=True, kw_only=True)
class Service:
    """Everybody, and what they know to be true. `numbers` are the platform's own of people, by reference."""

    office: Account
    drivers: list[Driver]
    families: dict[str, Family]
    numbers: dict[str, int]
    held: Belief
    seed: int
    asks_a_day: int
    plan_seconds: int
    began: datetime | None = None
    asks_day: date | None = None
    waiting: list[Ask] = field(default_factory=list)
    plannings: dict[date, int | None] = field(default_factory=dict)
    published: set[date] = field(default_factory=set)
    looked_at: datetime | None = None
    retry_at: dict[str, datetime] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    requests: dict[str, bool] = field(default_factory=dict)


def signed_in(service: Service, account: Account, real_now: datetime) -> bool:
    """Signed in, or now signing in; False while a refusal is waited out."""
    if account.signed_in:
        return True
    if waits(service, f"sign in {account.login}", real_now):
        return False
    wanted = {"login": account.login, "password": account.password}
    answer = call(account, "POST", "/api/v1/session", wanted)
    if answer.status in (200, 201) and isinstance(answer.body, dict):
        account.csrf_token, account.signed_in = str(answer.body.get("csrf_token", "")), True
        return True
    trouble(service, f"sign in {account.login}", account, answer, real_now)
    return False


def waits(service: Service, what: str, real_now: datetime) -> bool:
    """Whether this is to be tried later only."""
    return real_now < service.retry_at.get(what, real_now)


def trouble(service: Service, what: str, account: Account, answer: Answer, real_now: datetime) -> None:
    """Say it once, sign in again when the session ended, try later."""
    if answer.status == 401:
        account.signed_in, account.csrf_token = False, ""
    service.retry_at[what] = real_now + RETRY
    sentence = f"{what}: HTTP {answer.status}" if answer.status else f"{what}: no answer"
    if sentence not in service.said:
        service.said.add(sentence)
        log.warning("%s; trying again", sentence)


def send_form(account: Account, path: str, form: Row) -> int:
    """The status of a form as a browser sends it; 0 when nobody answers."""
    request = urllib.request.Request(  # noqa: S310 - the platform's own address
        account.base.rstrip("/") + path, urllib.parse.urlencode(form).encode(), method="POST"
    )
    try:
        with account.opener.open(request, timeout=TIMEOUT_S) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0
