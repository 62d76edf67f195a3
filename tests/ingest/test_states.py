"""Events become rows: each alert opened once, closed once, however batches cut the time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from fill.model import AlertClosed, AlertOpened, Emptied, Event
from ingest.states import alert_rows, emptying_id

T0 = datetime(2026, 11, 22, tzinfo=UTC)
Kind = Literal["plan", "urgent"]


def opened(hour: int, kind: Kind = "plan") -> AlertOpened:
    return AlertOpened(kind, T0 + timedelta(hours=hour), f"opened at {hour}")


def closed(hour: int, kind: Kind = "plan") -> AlertClosed:
    return AlertClosed(kind, T0 + timedelta(hours=hour), f"closed at {hour}")


def test_open_then_close_is_one_closed_row() -> None:
    """What begins and ends within a batch arrives closed."""
    _, added = alert_rows([(1, opened(1)), (1, Emptied(T0, 80.0, 5.0)), (1, closed(2))])
    assert added == [
        {
            "container_id": 1,
            "kind": "plan",
            "opened_at": T0 + timedelta(hours=1),
            "sentence": "opened at 1",
            "closed_at": T0 + timedelta(hours=2),
            "closed_because": "closed at 2",
        }
    ]


def test_a_close_without_its_open_ends_an_earlier_alert() -> None:
    """An alert of an earlier batch is closed in the database, then another may open."""
    closings, added = alert_rows([(1, closed(1)), (1, opened(2))])
    assert [(row["container_id"], row["kind"], row["because"]) for row in closings] == [
        (1, "plan", "closed at 1")
    ]
    assert [row["closed_at"] for row in added] == [None]


class Table:
    """The rules of the table `alert`, on a list."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def write(self, events: list[tuple[int, Event]]) -> None:
        closings, added = alert_rows(events)
        for closing in closings:
            for row in self.rows:
                key = (row["container_id"], row["kind"])
                if key == (closing["container_id"], closing["kind"]) and row["closed_at"] is None:
                    row["closed_at"] = max(row["opened_at"], closing["at"])
                    row["closed_because"] = closing["because"]
        for row in added:
            key = (row["container_id"], row["kind"])
            taken = any((r["container_id"], r["kind"]) == key and r["closed_at"] is None for r in self.rows)
            if row["closed_at"] is not None or not taken:
                self.rows.append(dict(row))


@given(
    steps=st.lists(st.tuples(st.integers(1, 2), st.sampled_from(["plan", "urgent"])), max_size=20),
    cuts=st.sets(st.integers(0, 20)),
)
def test_cutting_the_time_into_batches_changes_nothing(steps: list[tuple[int, Kind]], cuts: set[int]) -> None:
    """The same alternating events give the same rows in one batch or in many."""
    open_now: set[tuple[int, Kind]] = set()
    events: list[tuple[int, Event]] = []
    for hour, key in enumerate(steps):
        events.append((key[0], closed(hour, key[1]) if key in open_now else opened(hour, key[1])))
        open_now ^= {key}
    whole, pieces = Table(), Table()
    whole.write(events)
    borders = sorted({0, len(events)} | {cut for cut in cuts if cut < len(events)})
    for start, end in pairwise(borders):
        pieces.write(events[start:end])
    assert sorted(map(repr, pieces.rows)) == sorted(map(repr, whole.rows))
    assert {(r["container_id"], r["kind"]) for r in whole.rows if r["closed_at"] is None} == open_now


def test_an_emptying_is_known_by_what_where_and_when() -> None:
    """The identity is the same in any zone, and differs by container, instant and source."""
    paris = T0.astimezone(tz=None)
    assert emptying_id("level", 1, T0) == emptying_id("level", 1, paris)
    others = {
        emptying_id("level", 2, T0),
        emptying_id("crane", 1, T0),
        emptying_id("level", 1, T0 + timedelta(microseconds=1)),
    }
    assert len(others | {emptying_id("level", 1, T0)}) == 4
