"""Containers, readings and Hypothesis strategies the tests of fill share."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from fill.fold import first, fold
from fill.model import AlertClosed, AlertOpened, Calibration, Emptied, Event, Reading, State

# A busy machine must not fail a property: no deadline, and few enough examples to stay short.
unhurried = settings(deadline=None, max_examples=60)

# 15 mm a point, so that percents and distances convert by heart: 0 % at 1800 mm, 100 % at 300 mm.
COLUMN = Calibration(volume_l=3000, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=250)
START = datetime(2026, 11, 2, 6, tzinfo=UTC)
STEP_S = 14_400


def at(report: float) -> datetime:
    """The instant of the n-th report, four hours apart."""
    return START + timedelta(seconds=report * STEP_S)


def echo(report: float, percent: float | None = None, **others: Any) -> Reading:
    """A reading that shows `percent`, or nothing of the level."""
    distance = None if percent is None else round(1800 - 15 * percent)
    return Reading(measured_at=at(report), **{"distance_mm": distance, **others})


def play(
    readings: list[Reading], state: State | None = None, column: Calibration = COLUMN
) -> tuple[State, list[Event]]:
    """Fold them all; the last state and everything that happened."""
    state, events = state or first(column), list[Event]()
    for reading in readings:
        state, happened = fold(state, reading, column)
        events.extend(happened)
    return state, events


def levels(percents: list[float], start: int = 0) -> list[Reading]:
    """One report for each level."""
    return [echo(start + n, percent) for n, percent in enumerate(percents)]


def rising(first_percent: float, last_percent: float, count: int) -> list[float]:
    """`count` levels that rise evenly."""
    step = (last_percent - first_percent) / (count - 1)
    return [first_percent + step * n for n in range(count)]


def opened(events: list[Event], kind: str) -> list[AlertOpened]:
    """The openings of one kind."""
    return [event for event in events if isinstance(event, AlertOpened) and event.kind == kind]


def closed(events: list[Event], kind: str) -> list[AlertClosed]:
    """The closings of one kind."""
    return [event for event in events if isinstance(event, AlertClosed) and event.kind == kind]


def emptyings(events: list[Event]) -> list[Emptied]:
    """The emptyings."""
    return [event for event in events if isinstance(event, Emptied)]


def life(
    seed: int, days: int, noise: float = 1.0, lies: float = 0.0
) -> tuple[list[Reading], list[float], list[int]]:
    """A seeded column: readings, true levels, and the reports at which it had just been emptied."""
    rng = random.Random(seed)
    level, per_day = rng.uniform(0, 40), rng.uniform(2, 12)
    readings, truth, lifted = [], [], []
    for report in range(days * 6):
        share = per_day / 6
        level = min(100.0, level + max(0.0, rng.gauss(share, share**0.5)))
        if level > rng.uniform(75, 95) and rng.random() < 0.3:
            level = rng.uniform(0, 4)
            lifted.append(report)
        shown = rng.uniform(0, 100) if rng.random() < lies else level + rng.gauss(0, noise)
        readings.append(echo(report, min(120.0, shown)))
        truth.append(level)
    return readings, truth, lifted


calibrations = st.builds(
    lambda empty, depth, dead, plan, gap, interval: Calibration(
        volume_l=3000,
        empty_distance_mm=empty,
        full_distance_mm=max(0, empty - depth),
        dead_zone_mm=dead,
        plan_percent=plan,
        urgent_percent=min(100, plan + gap),
        report_interval_s=interval,
    ),
    st.integers(1, 6000),
    st.integers(1, 6000),
    st.integers(0, 600),
    st.integers(1, 98),
    st.integers(1, 60),
    st.integers(60, 86_400),
)

distances = st.one_of(st.integers(0, 2100), st.integers(0, 20_000), st.integers(240, 310))
instants = st.one_of(
    st.integers(0, 40 * STEP_S).map(lambda s: START + timedelta(seconds=s)),
    st.integers(0, 6_000_000_000).map(lambda s: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
)


@st.composite
def any_reading(draw: st.DrawFn) -> Reading:
    """Any reading the border lets through."""
    distance = draw(st.none() | distances)
    return Reading(
        measured_at=draw(instants),
        distance_mm=distance,
        echo_error=None if distance is not None else draw(st.sampled_from([None, "no_echo", "blind_zone"])),
        temperature_c=draw(st.none() | st.floats(-50, 200)),
        battery_percent=draw(st.none() | st.floats(0, 100)),
        tilt_deg=draw(st.none() | st.integers(0, 180)),
    )


GAPS_S = [0, 1, 60, STEP_S, STEP_S, STEP_S, 86_400, 20 * 86_400, -600]


@st.composite
def any_series(draw: st.DrawFn) -> list[Reading]:
    """Readings mostly in order, minutes to days apart, levels that wander and jump: the life of a fold."""
    when, percent, series = START, draw(st.floats(0, 100)), []
    for _ in range(draw(st.integers(1, 60))):
        when += timedelta(seconds=draw(st.sampled_from(GAPS_S)))
        move = draw(st.sampled_from(["rise", "rise", "rise", "same", "jump", "none", "any"]))
        if move == "any":
            series.append(draw(any_reading()))
            continue
        percent = draw(st.floats(-20, 120)) if move == "jump" else percent + (1.5 if move == "rise" else 0.0)
        error = draw(st.sampled_from(["no_echo", "blind_zone"])) if move == "none" else None
        distance = None if error else max(0, round(1800 - 15 * percent))
        tilt = draw(st.sampled_from([0, 2, 2, 45, 90]))
        heat = draw(st.sampled_from([10.0, 12.0, 61.0, 50.0]))
        charge = draw(st.sampled_from([90.0, 20.0, 14.0]))
        series.append(
            Reading(
                measured_at=when,
                distance_mm=distance,
                echo_error=error,
                tilt_deg=tilt,
                temperature_c=heat,
                battery_percent=charge,
            )
        )
    return series
