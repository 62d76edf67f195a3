"""The nouns of fill: what a probe said, what we believe, what happened. Knows what is possible, no rule.

Units: percent 0..100 of the container's useful volume, points are differences of percents, millimetres,
degrees Celsius, degrees from upright, percent of battery, seconds where a name ends in `_s`, days in rates.
Instants are timezone-aware. A value that cannot be is refused here with one sentence (`Refused`), so that
no rule has to check again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Literal

from fill.story import Doubt

Quality = Literal["ok", "noisy", "stuck", "silent", "implausible", "saturated", "drifting"]
Kind = Literal["plan", "urgent", "fire", "tilt", "low_battery", "silent", "implausible"]
EchoError = Literal["no_echo", "blind_zone"]
Source = Literal["level", "crane", "driver", "truck"]  # who says that a container was emptied
Shape = tuple[tuple[int, int], ...]

QUALITIES: tuple[Quality, ...] = (
    "ok",
    "noisy",
    "stuck",
    "silent",
    "implausible",
    "saturated",
    "drifting",
)
KINDS: tuple[Kind, ...] = ("plan", "urgent", "fire", "tilt", "low_battery", "silent", "implausible")

# Far enough on both sides for any probe, and near enough that adding ten years never leaves the calendar.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LARGEST = 2**31 - 1  # the database's integers
MOST_POINTS = 30  # of a shape


class Refused(ValueError):
    """A value or a document that fill will not take; the message is one sentence that says why."""


def check_instant(name: str, at: datetime) -> None:
    """Refuse an instant without a time zone, or outside the years we accept."""
    if at.utcoffset() is None:
        raise Refused(f"{name} has no time zone")
    if not EARLIEST <= at < LATEST:
        raise Refused(f"{name} is outside the years {EARLIEST.year} to {LATEST.year - 1}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a distance reads in one container, and its own thresholds. Constrained as in the database.

    `shape` are the points between empty and full of a column that is no prism: (height, volume), both in
    thousandths of the whole, both rising. Without any, volume goes as height.
    """

    volume_l: int
    empty_distance_mm: int
    full_distance_mm: int
    dead_zone_mm: int = 0
    plan_percent: int = 70  # Grenoble's threshold; 60 to 80 elsewhere
    urgent_percent: int = 90
    report_interval_s: int = 14_400
    shape: Shape = ()

    def __post_init__(self) -> None:
        if not 0 < self.volume_l <= LARGEST:
            raise Refused("volume_l must be positive and fit the database's integers")
        if not LARGEST >= self.empty_distance_mm > self.full_distance_mm >= 0:
            raise Refused("empty_distance_mm must exceed full_distance_mm, which must not be negative")
        if not 0 <= self.dead_zone_mm <= LARGEST:
            raise Refused("dead_zone_mm must not be negative nor exceed the database's integers")
        if not 0 < self.plan_percent < self.urgent_percent <= 100:
            raise Refused("thresholds must satisfy 0 < plan_percent < urgent_percent <= 100")
        if not 0 < self.report_interval_s <= LARGEST:
            raise Refused("report_interval_s must be positive and fit the database's integers")
        if self.shape:
            _check_shape(self.shape)


def _check_shape(shape: Shape) -> None:
    if len(shape) > MOST_POINTS:
        raise Refused(f"shape must not have more than {MOST_POINTS} points")
    height = volume = 0
    for point in shape:
        if not isinstance(point, tuple) or len(point) != 2 or not all(type(part) is int for part in point):
            raise Refused("shape must be pairs of integers: height and volume in thousandths")
        if not height < point[0] < 1000 or not volume < point[1] < 1000:
            raise Refused("shape must rise in height and in volume, between 0 and 1000 and without them")
        height, volume = point


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement: a distance, or why there is none, or neither (a message about something else).

    `fill_percent` is the level the probe computed itself; it counts only where there is no distance.
    `fire` is the probe's own alarm, None when it has none.
    """

    measured_at: datetime
    distance_mm: int | None = None
    temperature_c: float | None = None
    battery_percent: float | None = None
    tilt_deg: int | None = None
    echo_error: str | None = None
    fill_percent: float | None = None
    fire: bool | None = None

    @property
    def mute(self) -> bool:
        """Whether it says nothing of the level, for or against: a message about something else."""
        return self.distance_mm is None and self.echo_error is None and self.fill_percent is None

    def __post_init__(self) -> None:
        check_instant("measured_at", self.measured_at)
        if self.distance_mm is not None and not 0 <= self.distance_mm <= LARGEST:
            raise Refused("distance_mm must not be negative nor exceed the database's integers")
        if self.tilt_deg is not None and not -360 <= self.tilt_deg <= 360:
            raise Refused("tilt_deg must be an angle")
        if self.echo_error is not None:
            if self.echo_error not in ("no_echo", "blind_zone"):
                raise Refused("echo_error must be no_echo or blind_zone")
            if self.distance_mm is not None:
                raise Refused("a reading has a distance or an echo_error, not both")
        if self.temperature_c is not None and not isfinite(self.temperature_c):
            raise Refused("temperature_c must be a finite number")
        if self.battery_percent is not None and not isfinite(self.battery_percent):
            raise Refused("battery_percent must be a finite number")
        if self.fill_percent is not None and not 0 <= self.fill_percent <= 100:
            raise Refused("fill_percent must be between 0 and 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every threshold that is a choice. The same for all containers unless the caller says otherwise."""

    hysteresis_points: float = 5
    emptying_drop_points: float = 30
    fire_c: float = 60
    fire_clear_c: float = 45
    tilt_deg: int = 30
    tilt_clear_deg: int = 20
    tilt_lasting_s: int = 600  # a crane lift lasts a minute or two: a tilt must outlast it
    low_battery_percent: float = 15
    low_battery_clear_percent: float = 25
    silent_after_reports: int = 3
    implausible_after: int = 3  # readings in a row without a credible distance
    credible_again_after: int = 2  # readings in a row with one, to believe the probe again
    overreach_points: float = 10  # below empty by more than this: the calibration or the echo is wrong
    full_percent: float = 99  # a filtered level touches 100 only after hours
    noisy_points: float = 6  # standard deviation of one echo above which the probe is called noisy
    noisy_lies: float = 0.1  # share of far echoes never confirmed with the same effect
    doubtful_points: float = 3  # the same, above which a jump needs three witnesses instead of two
    doubtful_lies: float = 0.03  # the same: two in fifty
    weighed_points: float = 3.5  # noise above which each echo is weighed against what the last ones show
    gate_points: float = 10  # a change smaller than this is never suspect
    gate_cap_points: float = 25  # a change larger than this always is; below emptying_drop_points
    stuck_after: int = 12  # identical distances in a row: an echo always moves by some millimetres
    stuck_growth_points: float = 5  # that the usual rate should have added meanwhile
    stuck_days: float = 7  # without a usable rate, twice as many over this long
    drift_points: float = 6  # the bottom after emptyings moved by this: the probe drifts
    drift_corrected_points: float = (
        3  # the part beyond this is taken off levels: sound bottoms scatter by less
    )
    blind_after: int = 2  # readings in a row from the dead zone, to call a probe saturated
    missed_share: float = 0.35  # recent share of readings without a credible distance, to call it implausible
    trembling_points: float = 12  # noise above which the level is only an estimate
    partial_drop_points: float = (
        10  # a fall that counts as an emptying when the crane or a person tells it too
    )
    told_within_s: int = 172_800  # how long after somebody told an emptying the level may show it
    rate_memory_days: float = 10  # an increment this old weighs 1/e: a full week stays in view
    rate_known_days: float = 0.5  # of observed filling before a rate is told

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isfinite(value) or value <= 0:
                raise Refused(f"{name} must be a positive number")
        if not self.gate_points <= self.gate_cap_points < self.emptying_drop_points:
            raise Refused("gate_points <= gate_cap_points < emptying_drop_points must hold")
        if self.fire_clear_c >= self.fire_c:
            raise Refused("fire_clear_c must be below fire_c")
        if self.tilt_clear_deg >= self.tilt_deg:
            raise Refused("tilt_clear_deg must be below tilt_deg")
        if self.low_battery_clear_percent <= self.low_battery_percent:
            raise Refused("low_battery_clear_percent must be above low_battery_percent")


DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class Track:
    """The level we believe, how surely, and a level that waits for a second witness.

    `variance` is in points squared; `noise` is the standard deviation of one echo in points; `last` is the
    newest level seen, believed or not. `settled` says that two readings have agreed at least once. `lies`
    is the recent share of echoes that were far off and never confirmed. `doubt` is what is kept of a doubtful
    probe beside this.
    """

    level: float
    at: datetime
    variance: float
    noise: float
    settled: bool
    last: float
    pending_at: datetime | None = None
    pending_percent: float | None = None
    pending_count: int = 0
    lies: float = 0.0
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Exponentially weighted sums over time: points gained, days watched, squared surprises."""

    gained: float = 0.0
    days: float = 0.0
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class Echo:
    """How the probe behaves: readings in a row without and with a credible distance, and what it repeats.

    `blind` counts echoes of the dead zone in a row; `missed` is the recent share of readings without a
    credible distance.
    """

    bad: int = 0
    good: int = 0
    same_mm: int | None = None
    same_count: int = 0
    same_since: datetime | None = None
    blind: int = 0
    missed: float = 0.0


@dataclass(frozen=True, slots=True)
class Base:
    """Where the probe sees the bottom after emptyings, in points, below 0 if further: at first, and lately.

    `low` is the lowest seen since the last emptying, while `left` readings more are to be looked at.
    """

    first: float = 0.0
    recent: float = 0.0
    emptyings: int = 0
    low: float | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """All that must be remembered of one container between two readings. Its size does not grow."""

    track: Track | None = None
    rate: Rate = Rate()
    echo: Echo = Echo()
    tilted_since: datetime | None = None
    full_since: datetime | None = None
    silent_since: datetime | None = None
    awaited_since: datetime | None = None  # the first tick of a probe that has never spoken
    base: Base = Base()
    confirmed_at: datetime | None = None  # an emptying somebody told, which the level has not shown yet


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What we believe of one container after its newest reading.

    `fill_percent` is the level at `measured_at`: as measured, or when `estimated` the learned rate carried on
    from `believed_at`, the last credible level or the last emptying somebody told (which may be newer).
    """

    measured_at: datetime | None = None
    fill_percent: float | None = None
    distance_mm: int | None = None
    rate_percent_per_day: float | None = None
    full_at: datetime | None = None
    temperature_c: float | None = None
    battery_percent: float | None = None
    tilt_deg: int | None = None
    quality: Quality = "ok"
    estimated: bool = False
    believed_at: datetime | None = None
    last_emptied_at: datetime | None = None
    open_alerts: frozenset[str] = frozenset()
    memory: Memory = Memory()


@dataclass(frozen=True, slots=True)
class AlertOpened:
    """An alert begins. `sentence` says why, in French, with its figures."""

    kind: Kind
    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class AlertClosed:
    """An open alert ends. `because` is a French sentence."""

    kind: Kind
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """The container was emptied; `at` is the first low reading, so the truck came a little before.

    `since` is the last reading that was still high. `lifted_at` is when the crane tilted the container, if
    the probe said so. `source` is crane when the lift is all there is: the level could not be seen.
    """

    at: datetime
    before_percent: float
    after_percent: float
    since: datetime | None = None
    lifted_at: datetime | None = None
    source: Source = "level"


Event = AlertOpened | AlertClosed | Emptied
