"""The yardsticks of the meals' bench: what counts as keeping one's hour, and a fair round by hand."""

from api.cias.rounds import Day, Door, Van, places_of
from bench.meals import kept
from bench.meals_peers import by_hand, by_hand_again
from routing.model import Place
from routing.travel import GreatCircle

KITCHEN = Place(id="cuisine", lat=50.5, lon=2.1)


def day(*doors: str) -> Day:
    """Doors eastward every kilometre or so, in the order of their letters; one van."""
    return Day(
        cold_room=KITCHEN,
        doors=tuple(
            Door(id=one, lat=50.5, lon=2.1 + 0.02 * (1 + ord(one) - ord("a")), trays=1) for one in doors
        ),
        vans=(Van(id="blanc", trays=9, starts_s=8 * 3600, ends_s=12 * 3600),),
    )


def test_keeping_a_driver_an_hour_or_both() -> None:
    """A quarter of an hour either way is still the half hour; only who was served both days counts."""
    before = {"a": ("v1", 30_000), "b": ("v1", 31_000), "c": ("v2", 32_000), "gone": ("v2", 1)}
    after = {"a": ("v1", 30_900), "b": ("v1", 31_901), "c": ("v1", 32_000), "new": ("v2", 1)}
    assert kept(before, after) == (66.7, 66.7, 33.3)


def test_by_hand_goes_to_the_nearest_door_and_the_day_after_keeps_the_sheet() -> None:
    """Who is gone is struck out, who is new comes after the nearest door; nobody is lost."""
    first = day("c", "a", "e")
    sums = by_hand(first, GreatCircle().matrix(places_of(first)))
    assert sorted(sums.served, key=lambda one: sums.served[one][1]) == ["a", "c", "e"]
    assert sums.late_people == 0
    after = day("c", "e", "d")
    again = by_hand_again(after, GreatCircle().matrix(places_of(after)), sums.served)
    assert sorted(again.served, key=lambda one: again.served[one][1])[0] == "c"
    assert set(again.served) == {"c", "d", "e"}
    late = Day(cold_room=KITCHEN, doors=first.doors, vans=(Van(id="v", trays=9, starts_s=0, ends_s=60),))
    assert by_hand(late, GreatCircle().matrix(places_of(late))).late_people == 3
