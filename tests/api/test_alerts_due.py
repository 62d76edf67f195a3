"""Who is told of what, and when: tables for each rule, and properties over drawn days of alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.alerts.due import Standing, Subscription, Told, due, is_quiet, occasion
from api.alerts.kinds import DEFAULTS, Setting

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # noon in Paris, in winter
HOUR = timedelta(hours=1)
EVERYTHING = Subscription(id=1, channel="email")


def alert(number: int = 1, kind: str = "urgent", ago: timedelta = HOUR, **more: object) -> Standing:
    """An open alert."""
    base = Standing(id=number, kind=kind, insee="62364", stream="verre", opened_at=NOON - ago)
    return replace(base, **more)  # type: ignore[arg-type]


def told_of(alerts: list[Standing], **occasions: timedelta) -> Told:
    """That subscription 1 was told of these alerts, so long ago, on these occasions."""
    marks = {name.replace("_", " "): NOON - ago for name, ago in occasions.items()}
    latest = {(1, one.kind): max(marks.values()) for one in alerts}
    return Told({(1, one.id): marks for one in alerts}, latest)


SETTING = Setting(kind="urgent", wait_s=600, repeat_s=7200, gather_s=3600)


@pytest.mark.parametrize(
    ("changes", "told", "expected"),
    [
        ({}, {}, "opened"),
        ({"opened_at": NOON - timedelta(minutes=9)}, {}, None),
        ({"acknowledged": True}, {}, None),
        ({"snoozed_until": NOON + HOUR}, {}, None),
        ({}, {"opened": HOUR}, None),
        ({}, {"opened": 2 * HOUR}, "repeat 1"),
        ({}, {"opened": 9 * HOUR, "repeat 1": 2 * HOUR}, "repeat 2"),
        ({}, {"opened": 9 * HOUR, "repeat 1": HOUR}, None),
        ({"escalated_at": NOON}, {"opened": HOUR}, "escalated"),
        ({"escalated_at": NOON}, {"opened": HOUR, "escalated": HOUR}, None),
        ({"escalated_at": NOON, "acknowledged": True}, {"opened": HOUR}, None),
        ({"snoozed_until": NOON - HOUR / 2}, {"opened": HOUR}, f"woken {(NOON - HOUR / 2).isoformat()}"),
        ({"snoozed_until": NOON - HOUR}, {"opened": HOUR / 2}, None),
    ],
)
def test_the_occasion(changes: dict[str, object], told: dict[str, timedelta], expected: str | None) -> None:
    """One alert alone: its wait, its repeats, its escalation, its sleep."""
    marks = {name: NOON - ago for name, ago in told.items()}
    assert occasion(alert(**changes), SETTING, marks, NOON) == expected  # type: ignore[arg-type]
    silenced = replace(SETTING, tells=False)
    assert occasion(alert(**changes), silenced, marks, NOON) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "at", "quiet"),
    [
        ("22:00", "07:00", "23:30", True),
        ("22:00", "07:00", "06:59", True),
        ("22:00", "07:00", "07:00", False),
        ("22:00", "07:00", "12:00", False),
        ("12:00", "14:00", "13:00", True),
        ("12:00", "14:00", "14:00", False),
        ("12:00", "12:00", "12:00", False),
    ],
)
def test_quiet_hours_are_in_paris_and_pass_midnight(start: str, end: str, at: str, quiet: bool) -> None:
    """Winter and summer, the hour on the wall of the town hall counts."""
    of = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    who = replace(EVERYTHING, quiet_from_min=of[0], quiet_until_min=of[1])
    for day, offset in ((datetime(2026, 1, 15, tzinfo=UTC), 1), (datetime(2026, 7, 15, tzinfo=UTC), 2)):
        local = timedelta(hours=int(at[:2]), minutes=int(at[3:]))
        assert is_quiet(who, day + local - timedelta(hours=offset)) is quiet


def test_a_fire_rings_at_night_and_the_rest_waits_for_the_morning() -> None:
    """Nothing is kept for later: at the end of the night what is still open is due, in one message."""
    who = replace(EVERYTHING, quiet_from_min=22 * 60, quiet_until_min=7 * 60)
    night = NOON + 12 * HOUR
    alerts = [alert(1, "urgent"), alert(2, "fire"), alert(3, "silent")]
    rung = due(night, DEFAULTS, [who], alerts, Told())
    assert [[one.id for one, _ in bundle.alerts] for bundle in rung] == [[2]]
    told = Told({(1, 2): {"opened": night}}, {(1, "fire"): night})
    morning = due(night + 8 * HOUR, DEFAULTS, [who], [alerts[0], alerts[2]], told)
    assert [[one.id for one, _ in bundle.alerts] for bundle in morning] == [[1, 3]]


def test_each_gets_what_they_follow() -> None:
    """Kinds, communes, streams, and escalations for those who want only these."""
    alerts = [
        alert(1, "urgent"),
        alert(2, "silent", insee="62463"),
        alert(3, "urgent", stream="papier", escalated_at=NOON),
    ]
    people = [
        Subscription(id=1, channel="email", kinds=frozenset({"silent"})),
        Subscription(id=2, channel="email", communes=frozenset({"62364"}), streams=frozenset({"verre"})),
        Subscription(id=3, channel="sms", escalated_only=True),
        Subscription(id=4, channel="sms", kinds=frozenset({"fire"})),
    ]
    found = due(NOON, DEFAULTS, people, alerts, Told())
    assert {b.subscription.id: [(one.id, why) for one, why in b.alerts] for b in found} == {
        1: [(2, "opened")],
        2: [(1, "opened")],
        3: [(3, "escalated")],
    }


def test_a_storm_is_one_message_then_gathered() -> None:
    """180 silent probes make one message; those that follow within the gathering time wait for it to end."""
    storm = [alert(number, "silent") for number in range(180)]
    first = due(NOON, DEFAULTS, [EVERYTHING], storm, Told())
    assert [len(bundle.alerts) for bundle in first] == [180]
    told = told_of(storm, opened=timedelta())
    late = [alert(number, "silent", ago=timedelta()) for number in range(180, 220)]
    assert due(NOON + HOUR, DEFAULTS, [EVERYTHING], storm + late, told) == []
    gathered = due(NOON + 6 * HOUR, DEFAULTS, [EVERYTHING], storm + late, told)
    assert [len(bundle.alerts) for bundle in gathered] == [40]


def test_a_digest_takes_along_what_has_not_waited_its_time() -> None:
    """One mail at the first half hour, not a second one for the probe that fell silent a minute later."""
    alerts = [
        alert(1, "silent"),
        alert(2, "silent", ago=timedelta(minutes=1)),
        alert(3, "implausible", ago=HOUR / 2),
    ]
    (bundle,) = due(NOON, DEFAULTS, [EVERYTHING], alerts, Told())
    assert [one.id for one, _ in bundle.alerts] == [1, 2]


def test_an_escalation_is_not_gathered() -> None:
    """Whoever follows escalations hears of it although the kind was told a moment ago."""
    (one,) = alerts = [alert(1, "tilt", escalated_at=NOON)]
    told = Told({(1, 1): {"opened": NOON - HOUR / 6}}, {(1, "tilt"): NOON - HOUR / 6})
    (bundle,) = due(NOON, DEFAULTS, [EVERYTHING], alerts, told)
    assert bundle.alerts == ((one, "escalated"),)


DRAWN = st.builds(
    lambda number, kind, minutes, taken: alert(number, kind, timedelta(minutes=minutes), acknowledged=taken),
    st.integers(1, 40),
    st.sampled_from([*DEFAULTS, "of_tomorrow"]),
    st.integers(0, 3000),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(alerts=st.lists(DRAWN, max_size=25, unique_by=lambda one: one.id), steps=st.integers(1, 30))
def test_nobody_is_told_twice_nor_forgotten(alerts: list[Standing], steps: int) -> None:
    """However long the passes go on.

    No occasion twice, nothing of what is taken, everything that tells in the end.
    """
    occasions: dict[tuple[int, int], dict[str, datetime]] = {}
    latest: dict[tuple[int, str], datetime] = {}
    last = NOON
    for step in range(steps):
        last = NOON + step * 4 * HOUR
        bundles = due(last, DEFAULTS, [EVERYTHING], alerts, Told(occasions, latest))
        assert len(bundles) <= 1
        for one, why in (pair for bundle in bundles for pair in bundle.alerts):
            marks = occasions.setdefault((1, one.id), {})
            assert why not in marks
            assert not one.acknowledged
            marks[why] = last
            latest[1, one.kind] = last
    if last - NOON >= timedelta(days=1, hours=1):
        known = [DEFAULTS.get(one.kind, Setting(kind=one.kind)) for one in alerts]
        wanted = {
            (1, one.id)
            for one, kind in zip(alerts, known, strict=True)
            if kind.tells and not one.acknowledged
        }
        assert set(occasions) == wanted
