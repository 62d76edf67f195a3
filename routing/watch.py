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
LISTEN_EVERY_SHARE = 0.15
JUDGE_EVERY_S = 0.2
"""A search improves hundreds of times in its first second: its last order is judged, not each."""
MENDING_SHARE = 0.03
"""Part of the budget kept back at least for mending and judging the last orders."""
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
    listen_at: float = 0.5
    """Part of the budget spent before ``hear`` is asked again. Searches that go on apart in the first half
    stay different; whether the half is the best moment was not measured."""
    judging_s: float = 0.0
    """How long judging took the last time."""

    def left(self) -> float:
        """Seconds to go."""
        return self.seconds - (monotonic() - self.began)

    def over(self) -> bool:
        """Whether to stop: no time left, or cancelled."""
        return self.left() <= 0 or (self.cancelled is not None and self.cancelled())

    def reserve(self) -> float:
        """What to keep back of the budget for judging the last orders."""
        return max(MENDING_SHARE * self.seconds, min(0.3 * self.seconds, 1.5 * self.judging_s))

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

    def consider(self, orders: Orders, engine: str) -> None:
        """Judge these orders as they are; keep them when accepted and better than the best."""
        if self.best is not None and price_of(self.book, orders) >= self.price:
            return
        left_out = unserved(self.book, orders, stop=self.over)
        plan = assemble(
            self.book, orders, left_out, engine=engine, seed=self.seed, bound_cents=self.bound_cents
        )
        if violations(self.book.problem, plan):
            return
        self.best, self.price = plan, price_of(self.book, orders)
        self.orders = {vehicle: list(stops) for vehicle, stops in orders.items()}
        if self.progress is not None:
            self.progress(min(1.0, 1 - self.left() / self.seconds), plan)

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

    def leave(self, orders: Orders) -> None:
        """A better order, for the search."""
        self.pending = orders

    def judge(self) -> None:
        """Judge the last order left, if any."""
        if self.pending is None:
            return
        orders, self.pending = self.pending, None
        began = monotonic()
        self.watch.mend_and_consider(orders, self.engine)
        self.judged = monotonic()
        self.watch.judging_s = self.judged - began

    def judge_now_and_then(self) -> None:
        """Judge when enough time has passed since the last time."""
        if self.pending is not None and monotonic() - self.judged > max(
            JUDGE_EVERY_S, self.watch.judging_s / JUDGING_SHARE
        ):
            self.judge()


def price_of(book: Book, orders: Orders) -> Price:
    """What orders are compared by."""
    missing, prizes = book.lost({stop for stops in orders.values() for stop in stops})
    cost = sum(timed(book, book.vehicles[one], stops).price_cents for one, stops in orders.items() if stops)
    return missing, cost + prizes
