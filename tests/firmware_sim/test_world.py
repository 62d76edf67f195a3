"""The territory in motion: one order of time, the same bytes for the same seed, truth that can be told."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from equipment import read_equipment
from territory_plan import territory
from truth import truth
from waste_model import advance, fill
from wire import Message, encode
from world import Emptied, Happening, Silence, World, due, lift_container, world

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def stage(seed: int = 1, *, history: timedelta = 21 * DAY, calendar_goes_on: bool = False) -> World:
    """The whole territory before its history."""
    equipment = read_equipment(territory(seed))
    return world(equipment, seed=seed, start=START, history=history, calendar_goes_on=calendar_goes_on)


def digest(happenings: list[Happening]) -> str:
    """One fingerprint of every byte that would be published, in order."""
    told = hashlib.sha256()
    for one in happenings:
        if isinstance(one, Message):
            told.update(one.serial.encode() + encode(one) + b"\n")
    return told.hexdigest()


@pytest.fixture(scope="module")
def history() -> list[Happening]:
    """Three weeks up to the start."""
    return list(due(stage(), START))


def test_same_seed_same_bytes() -> None:
    """However often the clock is looked at in between, and not for another seed."""
    often, looks = stage(history=5 * DAY), []
    for hours in range(5 * 24 + 1):
        looks += list(due(often, START - 5 * DAY + timedelta(hours=hours)))
    once, other = (list(due(stage(seed, history=5 * DAY), START)) for seed in (1, 2))
    assert len(looks) > 5000
    assert digest(looks) == digest(once)
    assert digest(other) != digest(once)


def test_messages_come_in_order_and_none_twice(history: list[Happening]) -> None:
    """Past-dated, never after the start, in order; (serial, boot, seq) is an identity."""
    told = [one for one in history if isinstance(one, Message)]
    instants = [one.at for one in told]
    assert instants == sorted(instants)
    assert instants[0] >= START - 21 * DAY
    assert instants[-1] <= START
    assert len({(one.serial, one.boot, one.seq) for one in told}) == len(told)


def test_probes_report_every_four_hours(history: list[Happening]) -> None:
    """6 a day each; a probe that fell silent says so once and never speaks again."""
    by_serial: dict[str, list[datetime]] = {}
    for one in history:
        if isinstance(one, Message):
            by_serial.setdefault(one.serial, []).append(one.at)
    gone = {one.serial: one.at for one in history if isinstance(one, Silence)}
    assert gone
    assert len(gone) == sum(isinstance(one, Silence) for one in history)
    for serial, instants in by_serial.items():
        if serial in gone:
            assert instants[-1] < gone[serial]
        else:
            assert len(instants) >= 21 * 6 - 1
            gaps = [(b - a).total_seconds() for a, b in pairwise(instants)]
            assert max(gaps) <= 14400 + 91
    assert len({instants[0] for instants in by_serial.values()}) > 150  # not all at once


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fills_are_spread_when_live_time_begins(seed: int) -> None:
    """15 to 25 % of the columns above 70 %, a few above 90 %, none forgotten: a first round has a sense."""
    it = stage(seed)
    lifts = sum(isinstance(one, Emptied) for one in due(it, START))
    for column in it.columns:
        advance(column, START)
    fills = [fill(column) for column in it.columns]
    assert 0.15 <= sum(f > 0.7 for f in fills) / len(fills) <= 0.25
    assert 5 <= sum(f > 0.9 for f in fills) <= 20
    assert sum(f < 0.3 for f in fills) > 30
    assert lifts > 100


def test_history_emptyings_show_in_the_readings(history: list[Happening]) -> None:
    """After most lifts of a column well filled, its probe's next echo is far deeper than the one before."""
    serials = {e.container: e.serial for e in read_equipment(territory(1))}
    last: dict[str, int] = {}
    awaited: dict[str, int] = {}
    seen = deeper = 0
    for one in history:
        if isinstance(one, Emptied) and one.lift.litres > 1500 and serials[one.container] in last:
            awaited[serials[one.container]] = last[serials[one.container]]
        elif isinstance(one, Message) and one.distance_mm is not None:
            if one.serial in awaited:
                seen += 1
                deeper += one.distance_mm > awaited.pop(one.serial) + 300
            last[one.serial] = one.distance_mm
    assert seen > 50
    assert deeper / seen > 0.8


def test_calendar_ends_when_the_platform_takes_over() -> None:
    """With a platform nobody empties by the calendar after the start; without one the habit goes on."""
    for goes_on in (False, True):
        it = stage(calendar_goes_on=goes_on)
        later = [one for one in due(it, START + 14 * DAY) if isinstance(one, Emptied) and one.lift.at > START]
        assert bool(later) == goes_on


def test_a_driver_s_emptying_empties_the_column() -> None:
    """Told from outside, the lift is physical: litres leave, and the readings show it."""
    it = stage()
    list(due(it, START))
    index = max(range(180), key=lambda n: fill(it.columns[n]) if it.probes[n].fault is None else 0)
    column, serial = it.columns[index], it.probes[index].equipment.serial
    done = lift_container(it, column.code, START)
    assert done is not None
    assert done.litres > 0.9 * column.volume_l
    told = [
        m
        for m in due(it, START + DAY)
        if isinstance(m, Message) and m.serial == serial and not m.tilt_deg > 30
    ]
    e = it.probes[index].equipment
    assert told[0].distance_mm is None or told[0].distance_mm > e.empty_distance_mm - 200
    assert lift_container(it, "no such container", START) is None


def test_a_woken_probe_reports_the_lift_and_that_it_stands_again() -> None:
    """Where the model has an accelerometer: a tilt at the lift, upright five minutes later."""
    it = stage()
    list(due(it, START))
    index = next(n for n, p in enumerate(it.probes) if p.wakes_on_lift and p.fault is None)
    lift_container(it, it.columns[index].code, START)
    serial = it.probes[index].equipment.serial
    told = [m for m in due(it, START + timedelta(minutes=6)) if isinstance(m, Message) and m.serial == serial]
    tilts = [m.tilt_deg for m in told]
    assert max(tilts) > 30
    assert tilts[-1] < 10


def test_truth_tells_faults_lifts_and_levels() -> None:
    """The document adds up: litres in = out + present + overflow, one level an instant, 16 % misbehave."""
    told: dict[str, Any] = truth(stage(history=10 * DAY), START + DAY, timedelta(hours=6))
    assert 0.14 < sum(d["fault"] is not None for d in told["devices"]) / 180 < 0.18
    assert told["instants"][-1] == "2026-11-23T07:00:00Z"
    for container in told["containers"]:
        out = (
            sum(one["litres"] for one in container["lifts"])
            + container["present_l"]
            + container["overflow_l"]
        )
        assert out == pytest.approx(container["brought_l"], abs=0.1 * (3 + len(container["lifts"])))
        assert len(container["levels"]) == len(told["instants"])
        assert all(0 <= level <= 100 for level in container["levels"])
