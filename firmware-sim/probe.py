"""A probe without its radio: its state and a clock in, messages out.

Knows how a sensor sees a surface, how sensors go wrong, and how batteries age. Refuses to know the
network and the litres: it is shown how full the column is. All draws come from the probe's own seed.

About 16 % of the probes misbehave, as in Grenoble (report of the Senate 2016-509: 16 % of 498 probes
regularly broken or badly set). Other figures are assumptions, chosen to be seen within a few weeks.
"""

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from equipment import Equipment
from waste_model import PARIS
from wire import Message

Kind = Literal["stuck", "noisy", "silent", "blind_zone"]
KINDS: tuple[Kind, ...] = ("stuck", "noisy", "silent", "blind_zone")
MISBEHAVING_SHARE = 0.16

ECHO_NOISE_MM = 8
HEAP_MM = 60  # waste piles up under the hatch: the probe sees the top of the heap
LOST_ECHO, WILD_ECHO = 0.008, 0.004  # a healthy probe's bad echoes
WAKES_ON_LIFT = 0.4  # share of the models whose accelerometer reports a lift
REBOOT_PER_DAY = 1 / 200
FIRE_PER_DAY, TOPPLED_PER_DAY = 1 / 2500, 1 / 1500


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a probe, and since when."""

    kind: Kind
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A fire (value = hottest temperature, C) or a column pushed over (value = angle, degrees)."""

    kind: Literal["fire", "toppled"]
    at: datetime
    until: datetime
    value: int


@dataclass(slots=True, kw_only=True)
class Probe:
    """One probe's memory between two measurements. Changed only by `measure`."""

    equipment: Equipment
    rng: random.Random
    seed: int
    fault: Fault | None
    wakes_on_lift: bool
    phase_s: float
    boot: int
    seq: int = 0
    battery_new: float
    battery_per_day: float
    rssi_dbm: float
    last_mm: int | None = None
    incident: Incident | None = None


def probe(equipment: Equipment, fault: Fault | None, seed: int, boot: int) -> Probe:
    """A probe as it was mounted; its traits are drawn from the seed and its serial."""
    rng = random.Random(f"probe/{seed}/{equipment.serial}")
    tired = rng.random() < 0.04
    return Probe(
        equipment=equipment,
        rng=rng,
        seed=seed,
        fault=fault,
        wakes_on_lift=rng.random() < WAKES_ON_LIFT,
        phase_s=rng.uniform(0, equipment.report_interval_s),
        boot=boot,
        battery_new=rng.uniform(24, 36) if tired else rng.uniform(86, 100),
        battery_per_day=rng.uniform(0.02, 0.07),
        rssi_dbm=rng.gauss(-98, 8),
    )


def faults(
    equipment: tuple[Equipment, ...], seed: int, start: datetime, history: timedelta
) -> dict[str, Fault]:
    """Who misbehaves: serial to fault. The four kinds share the 16 % evenly.

    Stuck probes got stuck during the history. Half of the silent ones fell silent in it, half will in
    the first days of live time. The others were badly mounted from the first day.
    """
    rng = random.Random(f"faults/{seed}")
    serials = sorted(e.serial for e in equipment)
    chosen = rng.sample(serials, round(MISBEHAVING_SHARE * len(serials)))
    mounted = {e.serial: e.mounted_at for e in equipment}
    found: dict[str, Fault] = {}
    for number, serial in enumerate(chosen):
        kind = KINDS[number % len(KINDS)]
        since = mounted[serial]
        if kind == "stuck":
            since = start - history * rng.uniform(0.1, 0.8)
        elif kind == "silent":
            past = number // len(KINDS) % 2 == 0
            since = (
                start - history * rng.uniform(0.1, 0.5)
                if past
                else start + timedelta(days=rng.uniform(0.3, 4))
            )
        found[serial] = Fault(kind, since)
    return found


def incidents(serial: str, seed: int, since: datetime) -> list[Incident]:
    """The incidents of a column within two years of `since`, in order, never overlapping."""
    rng = random.Random(f"incidents/{seed}/{serial}")
    at = since
    found: list[Incident] = []
    while True:
        at += timedelta(days=rng.expovariate(FIRE_PER_DAY + TOPPLED_PER_DAY))
        if at > since + timedelta(days=730):
            return found
        fire = rng.random() < FIRE_PER_DAY / (FIRE_PER_DAY + TOPPLED_PER_DAY)
        lasts = timedelta(hours=rng.uniform(1, 3) if fire else rng.uniform(4, 30))
        value = rng.randrange(78, 140) if fire else rng.randrange(38, 90)
        found.append(Incident(kind="fire" if fire else "toppled", at=at, until=at + lasts, value=value))
        at += lasts


def silent(state: Probe, at: datetime) -> bool:
    """Whether the probe has stopped for good."""
    return state.fault is not None and state.fault.kind == "silent" and at >= state.fault.since


def measure(state: Probe, at: datetime, fill: float, *, lift_deg: int | None = None) -> Message:
    """One measurement at `at` of a column `fill` full (0 to 1); `lift_deg` when it hangs on the crane."""
    equipment, rng = state.equipment, state.rng
    if rng.random() < REBOOT_PER_DAY * equipment.report_interval_s / 86400:
        state.boot, state.seq = state.boot + 1, 0
    else:
        state.seq += 1
    if state.incident is not None and at >= state.incident.until:
        state.incident = None
    tilt_deg = _tilt(state, lift_deg)
    distance_mm, error = _echo(state, at, fill, lying=tilt_deg > 30)
    if error is None:
        state.last_mm = distance_mm
    air_c = air_temperature(at, state.seed)
    rssi_dbm = max(-130.0, min(-55.0, state.rssi_dbm + rng.gauss(0, 3)))
    return Message(
        serial=equipment.serial,
        boot=state.boot,
        seq=state.seq,
        at=at,
        distance_mm=None if error else distance_mm,
        distance_error=error,
        temperature_c=round(_temperature(state, at, air_c), 1),
        battery_percent=_battery(state, at, air_c),
        tilt_deg=tilt_deg,
        rssi_dbm=round(rssi_dbm),
        snr_db=max(-18.0, min(11.0, round((rssi_dbm + 112) / 3 * 2) / 2)),
    )


def _tilt(state: Probe, lift_deg: int | None) -> int:
    if lift_deg is not None:
        return lift_deg
    if state.incident is not None and state.incident.kind == "toppled":
        return state.incident.value
    return state.rng.choice((0, 1, 1, 2, 2, 3))


def _echo(state: Probe, at: datetime, fill: float, *, lying: bool) -> tuple[int, str | None]:
    """Distance in mm, and the sensor's own error if it has one."""
    e, rng = state.equipment, state.rng
    span_mm = e.empty_distance_mm - e.full_distance_mm
    heap_mm = HEAP_MM * min(1.0, 3 * fill) * (0.6 if e.stream == "verre" else 0.3)
    seen_mm = e.empty_distance_mm - span_mm * fill - heap_mm + rng.gauss(0, ECHO_NOISE_MM)
    luck = rng.random()
    if lying or luck < LOST_ECHO:
        return 0, "no_echo"
    kind = state.fault.kind if state.fault is not None and at >= state.fault.since else None
    if kind == "stuck" and state.last_mm is not None:
        return state.last_mm, None
    if kind == "noisy":
        if luck < 0.1:
            return 0, "no_echo"
        seen_mm += rng.gauss(0, 0.18 * span_mm)
    elif kind == "blind_zone" and luck < 0.6:
        if luck < 0.3:
            return 0, "blind_zone"
        return rng.randrange(20, e.dead_zone_mm), None  # the echo of its own bracket: a false 100 %
    elif luck > 1 - WILD_ECHO:
        seen_mm = rng.uniform(e.full_distance_mm, e.empty_distance_mm)
    if kind is None and seen_mm < e.dead_zone_mm:
        return 0, "blind_zone"
    return max(0, round(seen_mm)), None


def _temperature(state: Probe, at: datetime, air_c: float) -> float:
    inside_c = air_c + state.rng.gauss(0.8, 0.3)
    if state.incident is None or state.incident.kind != "fire":
        return inside_c
    left = (state.incident.until - at) / (state.incident.until - state.incident.at)
    return inside_c + (state.incident.value - inside_c) * max(0.0, min(1.0, left))


def _battery(state: Probe, at: datetime, air_c: float) -> int:
    days = (at - state.equipment.mounted_at) / timedelta(days=1)
    cold = 3 if air_c < 0 else 0  # a cold cell gives less, for a while
    return max(1, min(100, round(state.battery_new - state.battery_per_day * days) - cold))


def air_temperature(at: datetime, seed: int) -> float:
    """Air over the whole territory, C: a mild northern climate, warmest in late July at 15 h."""
    local = at.astimezone(PARIS)
    season = 10.5 + 7.0 * math.cos(2 * math.pi * (local.timetuple().tm_yday - 205) / 365)
    day = 3.5 * math.cos(2 * math.pi * (local.hour + local.minute / 60 - 15) / 24)
    # The weather turns with each day, and slides from one to the next instead of jumping at midnight.
    today, passed = divmod(at.timestamp() / 86400, 1)
    weather_c = _weather(seed, int(today)) * (1 - passed) + _weather(seed, int(today) + 1) * passed
    return season + day + weather_c


@lru_cache(maxsize=1024)
def _weather(seed: int, day: int) -> float:
    """How much warmer than the season a day is, C; drawn once for all probes."""
    return random.Random(f"weather/{seed}/{day}").gauss(0, 2.5)
