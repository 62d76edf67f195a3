"""The budget and the best plan so far, for the length of one call of ``solve``.

It knows what is left of the time and who is better; it refuses to propose anything. Whatever is
proposed is mended, timed and judged here before it may become the best.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from routing.book import Book
from routing.checker import violations
from routing.construct import mend
from routing.model import Plan
from routing.reasons import unserved
from routing.schedule import Orders, assemble
from routing.timing import timed

Progress = Callable[[float, Plan], None]
"""Called with the part of the budget spent (0 to 1) and the best plan, whenever that plan is new."""
Price = tuple[int, int]
"""Required tasks and groups left out, then cents: cost, prizes lost and habits broken."""
CONSTRUCTION_SHARE = 0.4
"""Part of the budget the construction may take before it stops where it is."""
MANY_TASKS, CONSTRUCTION_SHARE_MANY = 400, 0.15
"""On large days PyVRP's own beginning is quicker: 1 s for 1,000 stops, where ours takes 4 s."""
LISTEN_FROM_SHARE, LISTEN_FROM_SHARE_MANY, LISTEN_EVERY_SHARE = 0.5, 0.25, 0.15
"""Parts of the budget before what others found is asked for, on large days, and between two times. Searches
that go on apart at first stay different; on large days the better of two beginnings also ends better.
RC2_10_4, two cores, 60 s, seeds 12 to 14: 1.535, 0.668 and 0.548 % above the best known when both children
hear from a quarter on; 1.531, 0.946 and 0.627 when one never does and the other from the half on."""
JUDGE_EVERY_S = 0.2
"""A search improves hundreds of times in its first second: its last order is judged, not each."""
MENDING_SHARE, LEAST_RESERVE_S = 0.03, 0.2
"""Part of the budget kept back for mending and judging the last orders, while it is not known how long that
takes; and seconds at least, once it is."""
MENDING_TIMES = 3
"""Mending and judging is taken to last so many times what judging alone does, until it was done once."""
JUDGING_SHARE = 0.05
"""At most about this part of a search goes into judging."""


@dataclass(slots=True)
class Watch:
    """Made once for each call; every engine reports to it."""

    book: Book
    seconds: float
    seed: int
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    hear: Callable[[], Orders | None] | None = None
    """Orders found elsewhere since the last time it was asked; None when there are none."""
    bound_cents: int | None = None
    began: float = field(default_factory=monotonic)
    best: Plan | None = None
    price: Price = (0, 0)
    orders: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    """What went wrong on the way."""
    listen_at: float = field(init=False)
    """Part of the budget spent before ``hear`` is asked again."""
    judging_s: float = 0.0
    """How long judging took the last time, mending included."""

    def __post_init__(self) -> None:
        many = len(self.book.tasks) > MANY_TASKS
        self.listen_at = LISTEN_FROM_SHARE_MANY if many else LISTEN_FROM_SHARE

    def left(self) -> float:
        """Seconds to go."""
        return self.seconds - (monotonic() - self.began)

    def over(self) -> bool:
        """Whether to stop: no time left, or cancelled."""
        return self.left() <= 0 or (self.cancelled is not None and self.cancelled())

    def reserve(self) -> float:
        """What to keep back of the budget for judging the last orders."""
        known = self.judging_s > 0
        least = min(LEAST_RESERVE_S, MENDING_SHARE * self.seconds) if known else MENDING_SHARE * self.seconds
        return max(least, min(0.3 * self.seconds, 3 * self.judging_s))

    def constructed_enough(self) -> bool:
        """Whether the construction has had its part."""
        share = CONSTRUCTION_SHARE if len(self.book.tasks) <= MANY_TASKS else CONSTRUCTION_SHARE_MANY
        return self.over() or self.left() < (1 - share) * self.seconds

    def listen(self) -> bool:
        """Take up what was found elsewhere; True when it became the best."""
        spent = 1 - self.left() / self.seconds
        if self.hear is None or spent < self.listen_at:
            return False
        self.listen_at = spent + LISTEN_EVERY_SHARE
        heard = self.hear()
        if heard is None:
            return False
        before = self.best
        self.consider(heard, "portfolio")
        return self.best is not before

    def consider(self, orders: Orders, engine: str) -> bool:
        """Judge these orders as they are; keep them when accepted and better than the best.

        False when they break a rule.
        """
        if self.best is not None and price_of(self.book, orders) >= self.price:
            return True
        left_out = unserved(self.book, orders, stop=self.over)
        plan = assemble(
            self.book, orders, left_out, engine=engine, seed=self.seed, bound_cents=self.bound_cents
        )
        if violations(self.book.problem, plan):
            return False
        self.best, self.price = plan, price_of(self.book, orders)
        self.orders = {vehicle: list(stops) for vehicle, stops in orders.items()}
        if self.progress is not None:
            self.progress(min(1.0, 1 - self.left() / self.seconds), plan)
        return True

    def mend_and_consider(self, orders: Orders, engine: str) -> None:
        """Judge the proposal, once mended."""
        copy = {vehicle: list(stops) for vehicle, stops in orders.items()}
        self.consider(mend(self.book, copy, seed=self.seed, stop=self.over), engine)


@dataclass(slots=True)
class Bench:
    """Where one search leaves its orders until they are judged."""

    watch: Watch
    engine: str
    pending: Orders | None = None
    judged: float = field(default_factory=monotonic)
    took_s: float = 0.0
    """How long judging took the last time, mended or not."""
    shown: Orders | None = None
    """What was judged the last time."""
    as_is: bool = True
    """Whether this search's orders need no mending, as far as was seen."""

    def leave(self, orders: Orders) -> None:
        """A better order, for the search."""
        self.pending = orders

    def judge(self) -> None:
        """Mend and judge the last order left, if any."""
        if self.pending is None:
            return
        orders, self.pending = self.pending, None
        began = monotonic()
        self.watch.mend_and_consider(orders, self.engine)
        self.judged = monotonic()
        self.watch.judging_s = self.took_s = self.judged - began

    def judge_now_and_then(self) -> None:
        """Judge when enough time has passed since the last time: as it is, as long as that is accepted.

        What a search ends with is mended in any case. On the way that costs more than it brings: with 500 of
        1,000 optional stops out, judging one plan took 1.4 s, so that nothing was told for 28 s.
        """
        orders, began = self.pending, monotonic()
        soon = began - self.judged <= max(JUDGE_EVERY_S, self.took_s / JUDGING_SHARE)
        if orders is None or orders is self.shown or soon:
            return
        self.shown = orders
        if not self.as_is or price_of(self.watch.book, orders)[0] > 0:
            self.judge()
        elif self.watch.consider(orders, self.engine):
            self.judged = monotonic()
            self.took_s = self.judged - began
            self.watch.judging_s = max(self.watch.judging_s, MENDING_TIMES * self.took_s)
        else:
            self.as_is = False
            self.judge()


def price_of(book: Book, orders: Orders) -> Price:
    """What orders are compared by."""
    missing, prizes = book.lost({stop for stops in orders.values() for stop in stops})
    cost = sum(timed(book, book.vehicles[one], stops).price_cents for one, stops in orders.items() if stops)
    return missing, cost + prizes
