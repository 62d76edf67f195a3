"""The technician's day: who is on the list, with which spare, and in an order that is a round."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from services import Database

from api.devices.tour import Place, by_commune, metres, round_trip
from store.connection import connect
from tests.api.little_territory import open_alert, set_state

PLACES = st.lists(st.tuples(st.floats(50.3, 50.7), st.floats(1.8, 2.3)), max_size=9)
DEPOT = (50.5, 2.1)


def length(places: list[Place]) -> float:
    """Metres of a round from the depot and back."""
    return sum(metres(here, there) for here, there in pairwise([DEPOT, *places, DEPOT]))


@settings(max_examples=60, deadline=None)
@given(places=PLACES)
def test_the_round_visits_each_once_and_does_not_cross_itself(places: list[Place]) -> None:
    """A permutation that no stretch turned around makes shorter: a road that crosses itself does."""
    order = round_trip(DEPOT, places)
    assert sorted(order) == list(range(len(places)))
    went = [places[one] for one in order]
    for first in range(len(went)):
        for last in range(first + 1, len(went)):
            turned = [*went[:first], *went[first : last + 1][::-1], *went[last + 1 :]]
            assert length(turned) > length(went) - 1.5


def test_a_known_round() -> None:
    """Eight villages on a circle come in the order of the circle, whatever the order they are given in."""
    circle = [
        (50.6, 2.1),
        (50.57, 2.2),
        (50.5, 2.25),
        (50.43, 2.2),
        (50.4, 2.1),
        (50.43, 2.0),
        (50.5, 1.95),
        (50.57, 2.0),
    ]
    mixed = [circle[one] for one in (3, 0, 6, 1, 5, 2, 7, 4)]
    found = [circle.index(mixed[one]) for one in round_trip(DEPOT, mixed)]
    steps = Counter((later - earlier) % 8 for earlier, later in pairwise(found))
    assert steps in (Counter({1: 7}), Counter({7: 7}))


def test_a_distance_that_is_known() -> None:
    """One degree of latitude is 111.2 km on this sphere."""
    assert round(metres((50, 2), (51, 2))) == 111_195


@settings(max_examples=40, deadline=None)
@given(places=PLACES)
def test_communes_are_not_mixed(places: list[Place]) -> None:
    """Every commune is one group, and nobody is left out."""
    visits = [(number % 3, place) for number, place in enumerate(places)]
    groups = by_commune(DEPOT, visits, lambda one: one[0], lambda one: one[1])
    assert sorted(visit for group in groups for visit in group) == sorted(visits)
    assert [len({commune for commune, _ in group}) for group in groups] == [1] * len({c for c, _ in visits})


def tour(client: TestClient, query: str = "") -> list[dict[str, Any]]:
    """The list by JSON."""
    answer = client.get(f"/api/v1/devices-to-maintain{query}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.db
def test_the_list_says_what_why_and_with_what(dispatcher: TestClient, territory: Database) -> None:
    """Alerts of probes and bad qualities, one line a probe with every reason.

    Urgent columns are not its business.
    """
    with connect(territory.dsn) as connection:
        open_alert(connection, "V2", "low_battery", "Batterie de la sonde à 12 %.", hours_ago=3)
        open_alert(connection, "V2", "tilt", "Inclinée de 41°.", hours_ago=2)
        set_state(connection, "V3", quality="stuck")
        set_state(connection, "E1", quality="noisy")
    found = {visit["container"]: visit for one in tour(dispatcher) for visit in one["visits"]}
    assert set(found) == {"P1", "V2", "V3"}
    assert found["V2"]["reasons"] == ["Pile faible", "Basculée"]
    assert found["V2"]["sentences"] == ["Batterie de la sonde à 12 %.", "Inclinée de 41°."]
    assert found["V2"]["spares"] == ["pile", "fixation", "outils de levage"]
    assert (found["V3"]["reasons"], found["V3"]["since"]) == (["Bloquée"], None)
    assert found["P1"]["spares"] == ["pile", "sonde de rechange"]
    html = dispatcher.get("/sondes-a-entretenir").text
    assert "<strong>2</strong> × pile" in html
    assert "Marche arrière" in html


@pytest.mark.db
def test_one_commune_and_none(dispatcher: TestClient, territory: Database) -> None:
    """Filtered, empty, and what is put to sleep is not visited."""
    assert [one["commune"] for one in tour(dispatcher, "?insee=62364")] == ["Fruges"]
    assert tour(dispatcher, "?insee=62463") == []
    assert "Aucune sonde de cette commune" in dispatcher.get("/sondes-a-entretenir?commune=62463").text
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE alert SET snoozed_until = now() + INTERVAL '1 day'")
    assert tour(dispatcher) == []
    assert "Aucune sonde ne demande d'entretien." in dispatcher.get("/sondes-a-entretenir").text
