"""What a probe says of a column: right within its noise, and wrong in the four ways we ask for."""

import random
import statistics
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from equipment import Equipment, read_equipment
from hypothesis import given, settings
from hypothesis import strategies as st
from probe import KINDS, Fault, Incident, Kind, Probe, faults, incidents, measure, probe, silent
from territory_plan import territory
from wire import Message

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
HISTORY = timedelta(days=21)
ONE = Equipment(
    container="PAV-001-V1", stream="verre", density_kg_m3=330, volume_l=3000, empty_distance_mm=1650,
    full_distance_mm=350, dead_zone_mm=280, serial="GLN-0001", report_interval_s=14400,
    mounted_at=datetime(2025, 10, 1, tzinfo=UTC), litres_per_day=60.0,
)  # fmt: skip


def reports(state: Probe, fills: list[float]) -> list[Message]:
    """One report every 4 hours."""
    return [measure(state, START + timedelta(hours=4 * n), fill) for n, fill in enumerate(fills)]


def healthy(seed: int = 1) -> Probe:
    """A probe without a fault."""
    return probe(ONE, None, seed, boot=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_about_16_percent_misbehave_in_four_ways(seed: int) -> None:
    """29 of 180 probes, 7 or 8 of each kind; the same for the same seed."""
    equipment = read_equipment(territory(seed))
    wrong = faults(equipment, seed, START, HISTORY)
    assert 0.14 <= len(wrong) / len(equipment) <= 0.18
    kinds = [fault.kind for fault in wrong.values()]
    assert all(kinds.count(kind) in (7, 8) for kind in KINDS)
    assert wrong == faults(equipment, seed, START, HISTORY)
    fallen = [fault.since < START for fault in wrong.values() if fault.kind == "silent"]
    assert True in fallen
    assert False in fallen


@settings(max_examples=50, deadline=None)
@given(fill=st.floats(0, 1), seed=st.integers(0, 10_000))
def test_a_healthy_probe_is_right_but_for_its_noise(fill: float, seed: int) -> None:
    """The median of ten reports is within 7 points of the truth: echo noise, and the heap."""
    seen = [m.distance_mm for m in reports(healthy(seed), [fill] * 10) if m.distance_mm is not None]
    believed = (ONE.empty_distance_mm - statistics.median(seen)) / (
        ONE.empty_distance_mm - ONE.full_distance_mm
    )
    assert believed == pytest.approx(fill, abs=0.07)


def test_stuck_probe_repeats_itself_from_its_date() -> None:
    """Right before, the last value for ever after."""
    since = START + timedelta(days=2)
    state = probe(ONE, Fault("stuck", since), 1, boot=1)
    told = reports(state, [n / 60 for n in range(60)])
    after = {m.distance_mm for m in told if m.at >= since and m.distance_error is None}
    before = {m.distance_mm for m in told if m.at < since and m.distance_error is None}
    assert len(after) == 1
    assert len(before) > 5


def _spread(kind: Kind | None) -> float:
    fault = None if kind is None else Fault(kind, ONE.mounted_at)
    told = reports(probe(ONE, fault, 1, boot=1), [0.5] * 200)
    return statistics.stdev(m.distance_mm for m in told if m.distance_mm is not None)


def test_noisy_probe_is_ten_times_noisier() -> None:
    """Its spread is unmistakable beside a healthy one's."""
    assert _spread("noisy") > 150 > 5 * 8


def test_blind_zone_echo_shows_a_false_full_column() -> None:
    """Half-full column, yet most reports are an error or an echo nearer than the dead zone."""
    told = reports(probe(ONE, Fault("blind_zone", ONE.mounted_at), 1, boot=1), [0.5] * 200)
    near = [m for m in told if m.distance_mm is not None and m.distance_mm < ONE.dead_zone_mm]
    errors = [m for m in told if m.distance_error == "blind_zone"]
    assert len(near) > 40
    assert len(errors) > 40


def test_silent_probe_stops_at_its_date() -> None:
    """Silence begins exactly at the fault's date, and only for that kind."""
    state = probe(ONE, Fault("silent", START), 1, boot=1)
    assert not silent(state, START - timedelta(seconds=1))
    assert silent(state, START)
    assert not silent(probe(ONE, Fault("noisy", ONE.mounted_at), 1, boot=1), START)


def test_numbers_identify_messages() -> None:
    """(boot, seq) never repeats; a restart raises boot and begins seq again; the given boot is the first."""
    state = probe(ONE, None, 5, boot=7)
    told = [(m.boot, m.seq) for m in reports(state, [0.2] * 6000)]
    assert len(set(told)) == len(told)
    assert told == sorted(told)
    assert told[0][0] == 7
    assert told[-1][0] > 7


def test_battery_only_wears_out() -> None:
    """Over a warm year the charge falls and never rises."""
    state = healthy()
    told = [
        measure(state, datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(days=n), 0.1).battery_percent
        for n in range(120)
    ]
    assert told == sorted(told, reverse=True)
    assert 0 < told[-1] < told[0] <= 100


def test_fire_heats_and_a_pushed_column_tilts() -> None:
    """Incidents show in the values while they last, and are over afterwards."""
    fire = Incident(kind="fire", at=START, until=START + timedelta(hours=2), value=120)
    state = healthy()
    state.incident = fire
    assert measure(state, START, 0.5).temperature_c > 100
    assert measure(state, START + timedelta(hours=2), 0.5).temperature_c < 40
    state.incident = Incident(kind="toppled", at=START, until=START + timedelta(hours=9), value=70)
    assert measure(state, START + timedelta(hours=3), 0.5).tilt_deg == 70
    assert measure(state, START + timedelta(hours=9), 0.5).tilt_deg < 10


def test_incidents_are_rare_and_do_not_overlap() -> None:
    """Less than one per column in two years: an alert stays news."""
    stories = [incidents(f"GLN-{n:04d}", 1, START) for n in range(180)]
    assert 100 < sum(map(len, stories)) < 180  # 180 columns x 730 days x (1/2500 + 1/1500) = 140
    for story in stories:
        assert all(a.until < b.at for a, b in pairwise(story))


def test_crane_tilts_without_an_incident() -> None:
    """Hanging on the crane is a tilt and no echo; standing again is neither."""
    state = healthy()
    hanging = measure(state, START, 0.0, lift_deg=50)
    assert (hanging.tilt_deg, hanging.distance_error) == (50, "no_echo")
    assert measure(state, START + timedelta(minutes=5), 0.0).tilt_deg < 10


def test_traits_do_not_depend_on_other_draws() -> None:
    """Python's global generator is neither read nor moved."""
    random.seed(1)
    first = [m.distance_mm for m in reports(healthy(), [0.3] * 5)]
    random.seed(2)
    expected = random.getstate()
    assert [m.distance_mm for m in reports(healthy(), [0.3] * 5)] == first
    assert random.getstate() == expected
