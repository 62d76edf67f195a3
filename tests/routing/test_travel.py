"""Great circle × detour: right on known distances, whole, and named for what it is."""

import pytest

from routing.model import Place
from routing.travel import GreatCircle, TravelTimes, great_circle_m

LILLE = Place(id="lille", lat=50.6292, lon=3.0573)
PARIS = Place(id="paris", lat=48.8566, lon=2.3522)


def test_a_degree_of_latitude() -> None:
    """One degree along a meridian of the mean sphere is 111,195 m."""
    origin, north = Place(id="a", lat=0, lon=0), Place(id="b", lat=1, lon=0)
    assert great_circle_m(origin, north) == pytest.approx(111_195, abs=1)


def test_lille_paris() -> None:
    """About 204 km as the crow flies."""
    assert great_circle_m(LILLE, PARIS) == pytest.approx(204_000, rel=0.01)


def test_matrix_is_rounded_up_symmetric_and_zero_on_the_diagonal() -> None:
    """Detour and speed are applied, in whole metres and seconds."""
    travel: TravelTimes = GreatCircle(detour=2, speed_kmh=36)
    matrix = travel.matrix([LILLE, PARIS])
    metres, seconds = matrix.distance_m[0][1], matrix.duration_s[0][1]
    assert metres is not None
    assert metres - 1 < 2 * great_circle_m(LILLE, PARIS) <= metres
    assert seconds == -(-metres // 10)
    assert matrix.distance_m == ((0, metres), (metres, 0))


def test_the_name_says_it_is_not_a_road() -> None:
    """People read it beside the plan."""
    assert GreatCircle().name == "vol d'oiseau × 1,3 à 40 km/h"
    assert GreatCircle().matrix([LILLE]).source == GreatCircle().name
