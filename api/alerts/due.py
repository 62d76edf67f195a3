"""Who must be told of which alerts now, and on which occasion. Pure: everything it looks at is given to it.

A storm becomes a digest in two ways: one pass makes at most one message a subscription, with all that is
due; and after a message the next alerts of its kinds are gathered for the kind's `gather_s`. Nothing is
queued for quiet hours: what is still open when they end is due then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.alerts.kinds import Setting, setting_of
from api.french import PARIS

OPENED, ESCALATED = "opened", "escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to be told of what; empty sets mean all. Quiet minutes count from midnight in Paris."""

    id: int
    channel: str
    kinds: frozenset[str] = frozenset()
    communes: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    escalated_only: bool = False
    quiet_from_min: int | None = None
    quiet_until_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An open alert, as far as telling people is concerned."""

    id: int
    kind: str
    insee: str
    stream: str
    opened_at: datetime
    acknowledged: bool = False
    snoozed_until: datetime | None = None
    escalated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was told before: when, by (subscription, alert) and occasion.

    And the last time, by (subscription, kind).
    """

    occasions: Mapping[tuple[int, int], Mapping[str, datetime]] = field(default_factory=dict)
    latest: Mapping[tuple[int, str], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message to make: to whom, and the alerts it tells of, each with its occasion."""

    subscription: Subscription
    alerts: tuple[tuple[Standing, str], ...]


def is_quiet(subscription: Subscription, now: datetime) -> bool:
    """Say whether `now` is in the subscription's quiet hours, which may pass midnight."""
    start, end = subscription.quiet_from_min, subscription.quiet_until_min
    if start is None or end is None:
        return False
    local = now.astimezone(PARIS)
    minute = local.hour * 60 + local.minute
    return start <= minute < end if start <= end else minute >= start or minute < end


def wants(subscription: Subscription, alert: Standing) -> bool:
    """Say whether an alert is one of those the subscription follows."""
    return (
        (not subscription.kinds or alert.kind in subscription.kinds)
        and (not subscription.communes or alert.insee in subscription.communes)
        and (not subscription.streams or alert.stream in subscription.streams)
        and (not subscription.escalated_only or alert.escalated_at is not None)
    )


def occasion(
    alert: Standing, setting: Setting, told: Mapping[str, datetime], now: datetime, *, patient: bool = True
) -> str | None:
    """Return on which occasion this alert is due, or None.

    `patient` waits until it has been open long enough.
    """
    if not setting.tells or alert.acknowledged:
        return None
    if alert.snoozed_until is not None and now < alert.snoozed_until:
        return None
    if alert.escalated_at is not None and ESCALATED not in told:
        return ESCALATED
    if not told:
        waited = not patient or now - alert.opened_at >= timedelta(seconds=setting.wait_s)
        return OPENED if waited else None
    if alert.snoozed_until is not None:
        woken = f"woken {alert.snoozed_until.isoformat()}"
        if woken not in told and max(told.values()) < alert.snoozed_until:
            return woken
    if setting.repeat_s is not None and now - max(told.values()) >= timedelta(seconds=setting.repeat_s):
        return f"repeat {sum(one.startswith('repeat') for one in told) + 1}"
    return None


def due(
    now: datetime,
    settings: Mapping[str, Setting],
    subscriptions: Iterable[Subscription],
    alerts: Iterable[Standing],
    told: Told,
) -> list[Bundle]:
    """Return the messages to make now, at most one a subscription, its alerts in the order given."""
    standing = list(alerts)
    bundles = []
    for subscription in subscriptions:
        found = _due_to(now, settings, subscription, standing, told)
        if found:
            bundles.append(Bundle(subscription, tuple(found)))
    return bundles


def _due_to(
    now: datetime,
    settings: Mapping[str, Setting],
    subscription: Subscription,
    alerts: list[Standing],
    told: Told,
) -> list[tuple[Standing, str]]:
    quiet = is_quiet(subscription, now)
    mine = []
    for alert in alerts:
        setting = setting_of(settings, alert.kind)
        if wants(subscription, alert) and (setting.rings or not quiet):
            mine.append((alert, setting, told.occasions.get((subscription.id, alert.id), {})))
    released = set()
    for alert, setting, before in mine:
        why = occasion(alert, setting, before, now)
        if why is not None and (why == ESCALATED or not _gathering(now, setting, subscription, told)):
            released.add(alert.kind)
    # Once a kind is told, all of it that is open goes along, also what has not waited its time yet.
    found = []
    for alert, setting, before in mine:
        if alert.kind in released:
            why = occasion(alert, setting, before, now, patient=False)
            if why is not None:
                found.append((alert, why))
    return found


def _gathering(now: datetime, setting: Setting, subscription: Subscription, told: Told) -> bool:
    last = told.latest.get((subscription.id, setting.kind))
    return last is not None and now - last < timedelta(seconds=setting.gather_s)
