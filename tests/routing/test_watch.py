"""What is heard from elsewhere is judged like anything else, and only in the second half of the budget."""

from time import sleep

from routing.book import open_book
from routing.schedule import Orders
from routing.watch import Watch, price_of
from tests.routing.days import line


def watch(heard: list[Orders], seconds: float) -> Watch:
    return Watch(open_book(line(8, 10)), seconds, 1, hear=lambda: heard.pop() if heard else None)


def test_nothing_is_taken_up_early() -> None:
    """In the first half of the budget nobody is asked."""
    heard: list[Orders] = [{"camion": ["t1", "t2", "quai"]}]
    assert not watch(heard, 600).listen()
    assert heard


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
