"""What cannot be is refused when it is made, with one sentence, so that no rule meets it."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from math import inf, nan

import pytest

from fill.model import Calibration, Reading, Refused, Rules, check_instant
from tests.fill.cases import COLUMN, START


class NoOffset(tzinfo):
    """A zone that does not know its offset: Python calls such an instant naive."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"measured_at": datetime(2026, 11, 2)}, "measured_at has no time zone"),  # noqa: DTZ001
        ({"measured_at": datetime(2026, 11, 2, tzinfo=NoOffset())}, "measured_at has no time zone"),
        (
            {"measured_at": datetime(1999, 12, 31, tzinfo=UTC)},
            "measured_at is outside the years 2000 to 2199",
        ),
        ({"measured_at": datetime(2200, 1, 1, tzinfo=UTC)}, "measured_at is outside the years 2000 to 2199"),
        ({"distance_mm": -1}, "distance_mm must not be negative nor exceed the database's integers"),
        ({"distance_mm": 2**31}, "distance_mm must not be negative nor exceed the database's integers"),
        ({"tilt_deg": 361}, "tilt_deg must be an angle"),
        ({"echo_error": "shy"}, "echo_error must be no_echo or blind_zone"),
        ({"distance_mm": 5, "echo_error": "no_echo"}, "a reading has a distance or an echo_error, not both"),
        ({"temperature_c": nan}, "temperature_c must be a finite number"),
        ({"temperature_c": inf}, "temperature_c must be a finite number"),
        ({"battery_percent": -inf}, "battery_percent must be a finite number"),
    ],
)
def test_reading_refuses(fields: dict[str, object], sentence: str) -> None:
    """Each impossible reading names its own reason."""
    with pytest.raises(Refused) as refusal:
        Reading(**{"measured_at": START, **fields})  # type: ignore[arg-type]
    assert str(refusal.value) == sentence


def test_years_are_judged_in_utc() -> None:
    """The last hour of 1999 in UTC is refused even where it is already 2000."""
    with pytest.raises(Refused):
        check_instant("now", datetime(2000, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))))
    check_instant("now", datetime(2000, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1))))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"volume_l": 0}, "volume_l must be positive"),
        ({"empty_distance_mm": 300}, "empty_distance_mm must exceed"),
        ({"full_distance_mm": -1}, "empty_distance_mm must exceed"),
        ({"dead_zone_mm": -1}, "dead_zone_mm must not be negative"),
        ({"plan_percent": 0}, "thresholds must satisfy"),
        ({"plan_percent": 90}, "thresholds must satisfy"),
        ({"urgent_percent": 101}, "thresholds must satisfy"),
        ({"report_interval_s": 0}, "report_interval_s must be positive"),
        ({"report_interval_s": 2**31}, "report_interval_s must be positive"),
    ],
)
def test_calibration_refuses(fields: dict[str, int], sentence: str) -> None:
    """The constraints of the container table hold here too."""
    given = {name: getattr(COLUMN, name) for name in Calibration.__slots__}
    with pytest.raises(Refused, match=sentence):
        Calibration(**{**given, **fields})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"hysteresis_points": nan}, "hysteresis_points must be a positive number"),
        ({"stuck_after": 0}, "stuck_after must be a positive number"),
        ({"gate_cap_points": 30}, "gate_points <= gate_cap_points < emptying_drop_points must hold"),
        ({"fire_clear_c": 60}, "fire_clear_c must be below fire_c"),
        ({"tilt_clear_deg": 30}, "tilt_clear_deg must be below tilt_deg"),
        ({"low_battery_clear_percent": 15}, "low_battery_clear_percent must be above low_battery_percent"),
    ],
)
def test_rules_refuse(fields: dict[str, float], sentence: str) -> None:
    """Rules that contradict each other would make an alert open and close at once."""
    with pytest.raises(Refused) as refusal:
        Rules(**fields)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence
