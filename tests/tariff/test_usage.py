"""Implausible events wait for a person instead of being billed; the last correction decides."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tariff.model import Event
from tariff.usage import Correction, Doubt, Reading, Rules, mark, metres, review, settle

START = datetime(2024, 3, 4, 6, tzinfo=UTC)
HOME = (50.5128, 2.1235)


def read(
    name: str, seconds: int, bin_id: str | None = "B1", signal: int | None = None,
    place: tuple[float, float] | None = HOME,
    kind: str = "levee", device: str | None = "benne-1", badge: str | None = None,
) -> Reading:  # fmt: skip
    event = Event(
        id=name, at=START + timedelta(seconds=seconds), kind=kind, bin=bin_id, device=device, badge=badge
    )
    lat, lon = place or (None, None)
    return Reading(event=event, lat=lat, lon=lon, signal_dbm=signal)


def rules_of(doubts: list[Doubt]) -> list[tuple[str, str]]:
    return [(one.event, one.rule) for one in doubts]


def test_the_same_bin_again_soon_and_near_is_one_lift() -> None:
    """Five minutes later at the same place: doubtful. The next round, or ten kilometres away: not."""
    again = [read("a", 0), read("b", 300), read("c", 400), read("d", 90_000)]
    assert rules_of(review(again, Rules())) == [("b", "double"), ("c", "double")]
    assert rules_of(review([read("a", 0), read("b", 300, place=(50.6, 2.0))], Rules())) == []
    assert rules_of(review([read("a", 0), read("b", 300, place=None)], Rules())) == [("b", "double")]


def test_two_bins_in_one_cycle_are_a_neighbour_read_by_the_antenna() -> None:
    """The weaker signal is doubted; without signals both wait; another truck's lift is another's."""
    near = [read("a", 0, signal=-40), read("b", 3, bin_id="B2", signal=-70)]
    assert rules_of(review(near, Rules())) == [("b", "voisin")]
    blind = [read("a", 0), read("b", 3, bin_id="B2")]
    assert rules_of(review(blind, Rules())) == [("a", "voisin"), ("b", "voisin")]
    assert review([read("a", 0), read("b", 3, bin_id="B2", device="benne-2")], Rules()) == []
    assert review([read("a", 0), read("b", 60, bin_id="B2")], Rules()) == []


def test_a_bin_read_far_from_home_and_an_impossible_rate() -> None:
    """Places and daily limits are the collectivity's; an unknown place raises no doubt."""
    far = [read("a", 0, place=(50.52, 2.1235))]
    assert rules_of(review(far, Rules(), homes={"B1": HOME})) == [("a", "loin")]
    assert review(far, Rules(), homes={}) == []
    opened = [read(f"o{i}", i * 3600, bin_id=None, badge="k", kind="ouverture", place=None) for i in range(6)]
    found = review(opened, Rules(most_per_day={"ouverture": 4}))
    assert rules_of(found) == [("o4", "cadence"), ("o5", "cadence")]
    assert "au plus 4 sont plausibles" in found[0].sentence


def test_distance_is_in_metres() -> None:
    """A hundredth of a degree of latitude is 1,112 m."""
    assert round(metres((50.0, 2.0), (50.01, 2.0))) == 1112


def test_doubt_then_corrections() -> None:
    """Marked, then kept or cancelled by someone; the last correction decides, whatever order they come in."""
    events = [one.event for one in (read("a", 0), read("b", 300))]
    marked = mark(events, review([read("a", 0), read("b", 300)], Rules()))
    assert [one.aside for one in marked] == [None, "à vérifier : lu deux fois en 300 s (a)"]
    keep = Correction(
        id="c1", at=START, event="b", action="retenir", author="agent-1", reason="deux bacs pleins"
    )
    cancel = Correction(
        id="c2", at=START + timedelta(1), event="b", action="annuler", author="agent-2", reason="erreur"
    )
    lost = Correction(id="c3", at=START, event="z", action="annuler", author="agent-2", reason="?")
    assert settle(marked, [keep])[0][1].aside is None
    settled, unknown = settle(marked, [cancel, lost, keep])
    assert settled[1].aside == "annulé par la correction c2 : erreur"
    assert unknown == ["c3"]


@given(st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(("B1", "B2"))), max_size=12), st.randoms())
def test_the_order_of_readings_does_not_matter(given_reads: list[tuple[int, str]], random: object) -> None:
    """At most one doubt an event, and the same ones however the day arrives."""
    readings = [read(f"e{i}", s, bin_id=name) for i, (s, name) in enumerate(given_reads)]
    first = review(readings, Rules())
    random.shuffle(readings)  # type: ignore[attr-defined]
    assert review(readings, Rules()) == first
    assert len({one.event for one in first}) == len(first)
