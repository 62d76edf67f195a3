"""Columns become stops by the policy: facts first, then risks, each in a sentence; and the dial's chart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from api.dispatch import choosing, dial
from api.dispatch.planning import Site, Truck
from api.dispatch.selection import Column, Selection
from routing.curve import Point

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
DAY = date(2026, 11, 24)
TRUCK = Truck(
    id=1, code="GRUE-1", name="Grue 1", capacity_l=30_000, capacity_kg=10_000, shift_start_s=21_600,
    shift_s=25_200, break_after_s=21_600, break_s=1200, depot_id=1, depot_code="D", depot_name="Dépôt",
    lat=50.5128, lon=2.1235,
)  # fmt: skip
SITE = Site(
    id=1, code="Q", name="Quai", lat=50.5128, lon=2.1235, opens_s=18_000, closes_s=68_400, service_s=1200
)


def column(number: int, percent: float | None, rate: float | None = 3.0, **changes: object) -> Column:
    """A glass column some kilometres east of the site, a hundred metres from its neighbour in number."""
    known: dict[str, object] = {
        "id": number, "code": f"V{number}", "point_code": f"PAV-{number}", "point_name": "Lavoir",
        "commune": "Fruges", "lat": 50.5128 + number / 1000, "lon": 2.22, "volume_l": 4000,
        "density_kg_m3": 330, "plan_percent": 70, "fill_percent": percent, "measured_at": NOW,
        "rate_percent_per_day": rate, "full_at": None, "quality": "ok", "due": False, "planned": None,
    }  # fmt: skip
    return Column(**(known | changes))  # type: ignore[arg-type]


def select(*columns: Column, service: float = 0.995, kept: frozenset[int] = frozenset()) -> Selection:
    asked = choosing.ask(columns, [TRUCK], [SITE], DAY, NOW)
    return choosing.select(columns, asked, NOW, service, kept)


def whys(found: Selection) -> dict[str, tuple[str, str]]:
    """What was decided for each column, by code, with the sentence."""
    planned: dict[str, tuple[str, str]] = {
        lift.code: (lift.need, lift.why) for stop in found.stops for lift in stop.lifts
    }
    return planned | {one.code: ("left", one.why) for one in found.left_alone}


def test_facts_come_before_risks() -> None:
    """Planned already, never heard, full already: the policy is not asked."""
    full = column(3, 100.0, due=True, full_at=NOW - timedelta(hours=20))
    found = whys(select(column(1, 95.0, planned="tournée de Grue 2"), column(2, None, None), full))
    assert found["V1"] == ("left", "Déjà prévue : tournée de Grue 2.")
    assert found["V2"][0] == "left"
    assert found["V2"][1].startswith("Niveau inconnu")
    assert found["V3"][0] == "required"
    assert found["V3"][1].startswith("Pleine depuis hier")


def test_the_risky_one_is_required_and_its_neighbour_comes_along() -> None:
    """A sentence says the risk; the neighbour is optional, at a prize that beats the detour."""
    found = select(column(1, 97.0, 5.0), column(2, 65.0))
    said = whys(found)
    assert said["V1"][0] == "required"
    assert "de risque de déborder d'ici mercredi 25 novembre" in said["V1"][1]
    assert said["V2"][0] == "optional"
    assert "regroupée avec 1 autre" in said["V2"][1]
    stops = {stop.point_code: stop for stop in found.stops}
    assert stops["PAV-1"].required
    assert stops["PAV-2"].prize_cents > 150


def test_people_may_keep_a_column_the_policy_leaves() -> None:
    """What a dispatcher locked is required, and says so."""
    found = whys(select(column(1, 20.0, 1.0), kept=frozenset({1})))
    assert found["V1"][0] == "required"
    assert found["V1"][1].endswith("gardée à la demande.")


def test_a_kept_column_taken_elsewhere_is_not_taken_twice() -> None:
    """A lock does not win over another published round."""
    found = select(column(1, 95.0, planned="tournée de Grue 2"), kept=frozenset({1}))
    assert found.stops == ()


def test_the_columns_of_one_point_are_one_stop() -> None:
    """Its load is theirs together, at the level expected on the day, the fullest first."""
    here = {"point_code": "PAV-1"}
    found = select(column(1, 97.0, 4.0, **here), column(2, 60.0, 4.0, **here), column(3, 2.0, 0.5, **here))
    (stop,) = found.stops
    assert stop.required
    assert [lift.code for lift in stop.lifts][:2] == ["V1", "V2"]
    assert stop.load == {
        "l": sum(lift.load_l for lift in stop.lifts),
        "kg": sum(lift.load_kg for lift in stop.lifts),
    }
    assert 6_000 < stop.load["l"] < 7_000


def test_a_doubtful_probe_is_riskier_than_a_sound_one() -> None:
    """The same level is less sure when the probe is silent: the prize of passing is higher."""
    sound, silent = (select(column(1, 85.0, 3.0, quality=quality)) for quality in ("ok", "silent"))
    assert silent.stops[0].prize_cents > sound.stops[0].prize_cents


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.63, "63\u00a0%"), (0.004, "0,4\u00a0%"), (0.00001, "moins de 0,1\u00a0%"), (1.0, "100\u00a0%")],
)
def test_probabilities_in_words(probability: float, words: str) -> None:
    assert choosing.percent(probability) == words


def test_the_forecast_of_the_worker_is_followed_where_there_is_one() -> None:
    """A forecast that fills by Wednesday makes due what the last rate would leave."""
    ends = [datetime(2026, 11, 24, 23, tzinfo=UTC) + timedelta(days=k) for k in range(14)]
    told = {"ends": ends, "mean": [90.0 + 15 * k for k in range(14)], "sd": [4.0 + k for k in range(14)]}
    found = whys(select(column(1, 70.0, 1.0, **told), column(2, 70.0, 1.0, lat=50.6)))
    assert found["V1"][0] == "required"
    assert found["V2"][0] != "required"
    last = choosing.ask([column(1, 70.0, 1.0, **told)], [TRUCK], [SITE], DAY + timedelta(days=5), NOW)
    levels = last.horizon.columns[0].mean
    assert list(levels) == sorted(levels), "the days after the forecast go on from it"


def test_no_truck_and_no_column_fail_nothing() -> None:
    """The form may be open before there is anything to plan."""
    assert choosing.ask([], [], [], DAY, NOW).horizon.columns == ()
    assert choosing.expected(choosing.ask([], [TRUCK], [SITE], DAY, NOW))[0].metres == 0


def test_more_service_is_expected_to_cost_no_less() -> None:
    """Along the dial the expected service does not fall: what the chart is for."""
    columns = [column(n, 30.0 + 5 * n, 2.0 + n / 4) for n in range(1, 12)]
    points = choosing.expected(choosing.ask(columns, [TRUCK], [SITE], DAY, NOW), (0.95, 0.999))
    assert points[0].expected <= points[1].expected + 1e-3
    assert all(point.metres > 0 and 0.5 < point.expected <= 1 for point in points)


def test_the_chart_holds_its_marks() -> None:
    """Marks lie inside the drawing, the dearest highest, zero at the floor."""
    point = Point(asked=0.95, expected=0.96, metres=140_000, emptyings=12, days=14)
    points = (point, replace(point, asked=0.999, metres=280_000), replace(point, metres=0))
    shown = dial.drawn(points, "vol d'oiseau")
    assert [round(mark.km_week) for mark in shown.marks] == [70, 140, 0]
    assert shown.marks[1].y < shown.marks[0].y < shown.marks[2].y == shown.floor
    assert all(shown.left < mark.x < shown.width for mark in shown.marks)
