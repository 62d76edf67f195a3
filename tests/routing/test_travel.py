"""Great circle × detour: right on known distances, whole, and named for what it is."""

import pytest

from routing.model import Matrix, Place
from routing.travel import (
    ANY_RIG,
    GreatCircle,
    Rig,
    Travel,
    TravelTimes,
    extended,
    great_circle_m,
    widest,
)

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
    found = travel.travel([LILLE, PARIS])
    matrix = found.matrix
    assert found.off_road_m == (None, None)
    assert travel.ways([LILLE, PARIS, LILLE]) == (None, None)
    metres, seconds = matrix.distance_m[0][1], matrix.duration_s[0][1]
    assert metres is not None
    assert metres - 1 < 2 * great_circle_m(LILLE, PARIS) <= metres
    assert seconds == -(-metres // 10)
    assert matrix.distance_m == ((0, metres), (metres, 0))


def test_the_name_says_it_is_not_a_road() -> None:
    """People read it beside the plan."""
    assert GreatCircle().name == "vol d'oiseau × 1,3 à 40 km/h"
    assert GreatCircle().matrix([LILLE]).source == GreatCircle().name


def test_the_widest_rig_passes_where_all_do() -> None:
    """A plan has one matrix: the tallest and the heaviest decide; what nobody told stays unknown."""
    low, high = Rig(height_mm=2500, weight_kg=3500), Rig(height_mm=3900)
    assert widest([low, high]) == Rig(height_mm=3900, weight_kg=3500)
    assert widest([]) == ANY_RIG


def test_unreachable_pairs_are_named() -> None:
    """Both directions are told apart."""
    matrix = Matrix(distance_m=((0, None), (5, 0)), duration_s=((0, None), (1, 0)))
    assert Travel(matrix=matrix, off_road_m=(0, 0)).unreachable([LILLE, PARIS]) == (("lille", "paris"),)


def test_a_new_place_leaves_the_others_alone() -> None:
    """What a plan was made with does not move; a row and a column come from whoever knows them now."""
    old = Matrix(distance_m=((0, 7), (8, 0)), duration_s=((0, 1), (2, 0)), source="route, par OSRM (driving)")
    third = Place(id="point/P-3", lat=50.0, lon=2.9)
    places = [LILLE, PARIS, third]
    grown = extended(old, places, GreatCircle().travel(places))
    assert [row[:2] for row in grown.distance_m[:2]] == [(0, 7), (8, 0)]
    flown = GreatCircle().matrix(places)
    assert grown.distance_m[2] == flown.distance_m[2]
    assert [row[2] for row in grown.duration_s] == [row[2] for row in flown.duration_s]
    assert grown.source == ("route, par OSRM (driving) ; pour P-3, vol d'oiseau × 1,3 à 40 km/h")
    again = extended(grown, [*places, LILLE], GreatCircle().travel([*places, LILLE]))
    assert again.source == grown.source
