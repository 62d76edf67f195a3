"""What is heard or found is judged like anything else: when, and when it is mended first."""

from dataclasses import replace
from time import sleep

import pytest

from routing.book import open_book
from routing.schedule import Orders
from routing.watch import Bench, Watch, price_of
from tests.routing.days import line


def watch(heard: list[Orders], seconds: float) -> Watch:
    return Watch(open_book(line(8, 10)), seconds, 1, hear=lambda: heard.pop() if heard else None)


def test_nothing_is_taken_up_early() -> None:
    """In the first half of the budget nobody is asked."""
    heard: list[Orders] = [{"camion": ["t1", "t2", "quai"]}]
    assert not watch(heard, 600).listen()
    assert heard


def test_on_large_days_it_is_asked_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the budget spent is enough there."""
    part = 0.3
    monkeypatch.setattr("routing.watch.Watch.left", lambda self: (1 - part) * self.seconds)
    good: Orders = {"camion": ["t1", "t2", "quai"]}
    assert not watch([good], 600).listen()
    monkeypatch.setattr("routing.watch.MANY_TASKS", 1)
    assert watch([good], 600).listen()
    part = 0.2
    assert not watch([good], 600).listen()


def test_a_better_plan_is_taken_up_a_broken_one_is_not() -> None:
    """With the budget spent: a good order becomes the best; an overloaded one changes nothing."""
    good: Orders = {"camion": ["t1", "t2", "quai"]}
    late = watch([good], 0.001)
    sleep(0.01)
    assert late.listen()
    assert late.orders == {"camion": ["t1", "t2", "quai"]}
    broken = watch([{"camion": ["t1", "t2"]}], 0.001)
    sleep(0.01)
    assert not broken.listen()
    assert broken.best is None


def test_price_counts_what_is_left_out_first() -> None:
    """One required stop out is worse than any cents."""
    book = open_book(line(8, 10))
    assert price_of(book, {"camion": ["t1", "quai"]}) > price_of(book, {"camion": ["t1", "t2", "quai"]})


def test_on_the_way_a_good_order_is_told_as_it_is() -> None:
    """A stop that would pay stays out until the search ends; then it is put in. Nothing is judged twice."""
    problem = line(8, 10)
    paid = replace(problem.tasks[1], required=False, prize_cents=10_000)
    watch = Watch(open_book(replace(problem, tasks=(problem.tasks[0], paid))), 600, 1)
    told: list[int] = []
    watch.progress = lambda _, plan: told.append(len(plan.unserved))
    bench = Bench(watch, "essai", judged=0.0)
    bench.leave({"camion": ["t1", "quai"]})
    bench.judge_now_and_then()
    assert told == [1]
    bench.judged = 0.0
    bench.judge_now_and_then()
    assert told == [1]
    bench.judge()
    assert told == [1, 0]


def test_on_the_way_a_broken_order_is_mended() -> None:
    """Home without unloading: mended and told at once, and this engine's next order too."""
    watch = Watch(open_book(line(8, 10)), 600, 1)
    bench = Bench(watch, "essai", judged=0.0)
    bench.leave({"camion": ["t1", "t2"]})
    bench.judge_now_and_then()
    assert watch.orders == {"camion": ["t1", "t2", "quai"]}
    assert not bench.as_is


def test_judging_now_and_then_waits() -> None:
    """Right after a judgement nothing is judged, however good."""
    watch = Watch(open_book(line(8, 10)), 600, 1)
    bench = Bench(watch, "essai", took_s=60.0)
    bench.leave({"camion": ["t1", "t2", "quai"]})
    bench.judge_now_and_then()
    assert watch.best is None
