"""Trips over the coming days: nothing twice, no truck over its room or shift; full trips still improve."""

from dataclasses import replace
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.campaign import campaign
from routing.exchange import exchange
from routing.trips import Fleet, Ground, Search, Visits, build, put

DAYS = 3


def line(spots: int) -> Ground:
    """Spots on a line, ten cents and sixty seconds apart, the hub at its end."""
    ways = range(spots + 1)
    return Ground(
        cents=tuple(tuple(10.0 * abs(a - b) for b in ways) for a in ways),
        seconds=tuple(tuple(60 * abs(a - b) for b in ways) for a in ways),
        near=tuple(tuple(b for b in sorted(ways, key=lambda b: abs(a - b)) if b not in (0, a)) for a in ways),
    )


FLEET = Fleet(seconds=(7200,) * DAYS, shift_s=3600, unload_s=600, trip_cents=50.0, outing_cents=100.0)
cents = st.floats(-500, 500)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(cents, min_size=DAYS, max_size=DAYS), st.floats(0, 2000), st.floats(0.05, 0.7)),
        min_size=1,
        max_size=10,
    )
)
def test_trips_hold_each_visit_once_and_fit(rows: list[tuple[list[float], float, float]]) -> None:
    """Whatever the prices: a visit is in one trip at most, in a truck with room for it that day."""
    visits = Visits(
        spot=tuple(range(1, len(rows) + 1)),
        prices=tuple(tuple(prices) for prices, _, _ in rows),
        later=tuple(later for _, later, _ in rows),
        share=tuple(tuple(share * (1 + day / 10) for day in range(DAYS)) for _, _, share in rows),
        service_s=60,
    )
    trips = campaign(visits, line(len(rows)), FLEET)
    stops = [one for trip in trips for one in trip.stops]
    assert len(stops) == len(set(stops))
    for trip in trips:
        assert len(trip.stops) == 1 or sum(visits.share[one][trip.day] for one in trip.stops) <= 1.0 + 1e-9
        assert trip.seconds <= FLEET.shift_s


def test_a_pressing_visit_takes_the_place_of_one_that_can_wait() -> None:
    """Two full trucks: moving alone finds no room, changing places spares what waiting costs."""
    visits = Visits(
        spot=(1, 2, 3, 4),
        prices=((0.0, 900.0), (0.0, 0.0), (0.0, 900.0), (0.0, 0.0)),
        later=(5000.0,) * 4,
        share=((0.5, 0.5),) * 4,
        service_s=60,
    )
    fleet = Fleet(seconds=(3600, 3600), shift_s=3600, unload_s=600, trip_cents=50.0, outing_cents=0.0)
    search = Search(visits, line(4), fleet)
    for stops in ([0, 1], [2, 3]):
        trip = build(search, stops)
        assert trip is not None
        put(search, trip)
    search.near = {one: [other for other in range(4) if other != one] for one in range(4)}
    search.trips[1].sums[0] = inf  # the day has no room for the second truck
    search.trips[1].day = 1
    assert exchange(search, 2) > 0
    assert sorted(search.trip_of) == [0, 1, 2, 3]
    assert search.trip_of[2] is search.trip_of[0]


def test_a_truck_is_filled_by_the_levels_of_its_day() -> None:
    """Three columns at 0.3 of a truck today, 0.4 tomorrow: together today, never together tomorrow."""
    visits = Visits(
        spot=(1, 2, 3), prices=((10.0, 0.0),) * 3, later=(5000.0,) * 3, share=((0.3, 0.4),) * 3, service_s=60
    )
    fleet = Fleet(seconds=(3600, 3600), shift_s=3600, unload_s=600, trip_cents=500.0, outing_cents=0.0)
    trip = build(Search(visits, line(3), fleet), [0, 1, 2])
    assert trip is not None
    assert (trip.day, trip.sums[1]) == (0, inf)
    too_full = replace(visits, share=((0.4, 0.4),) * 3)
    assert build(Search(too_full, line(3), fleet), [0, 1, 2]) is None
