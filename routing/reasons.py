"""Why a task stays out of these orders: a code for programs, a French sentence for people."""

from collections.abc import Callable

from routing.alone import never_served, not_alone
from routing.book import Book
from routing.construct import NEVER, pair_worth
from routing.insertion import detour_cents
from routing.model import Task, Unserved
from routing.schedule import Orders


def unserved(book: Book, orders: Orders, *, stop: Callable[[], bool] = NEVER) -> tuple[Unserved, ...]:
    """Every task in no order, with the reason that holds for these orders."""
    served = {one for stops in orders.values() for one in stops}
    return tuple(
        _reason(book, orders, task, served, stop) for task in book.problem.tasks if task.id not in served
    )


def _reason(book: Book, orders: Orders, task: Task, served: set[str], stop: Callable[[], bool]) -> Unserved:
    group = book.group_of.get(task.id)
    if group is not None and not served.isdisjoint(group.tasks):
        return Unserved(task=task.id, code="other_chosen", text="Un autre arrêt du même groupe est servi.")
    certain = never_served(book, task) or not_alone(book, task)
    if certain is not None:
        return Unserved(task=task.id, code=certain[0], text=certain[1])
    worth = pair_worth(book, task)
    cost = None if worth is None or stop() else detour_cents(book, orders, task, worth)
    if worth is not None and cost is not None and cost > worth:
        text = f"Facultatif : le détour coûterait {_euros(cost)} ; son intérêt : {_euros(worth)}."
        return Unserved(task=task.id, code="too_dear", text=text)
    if stop():
        text = "Le temps de calcul n'a pas suffi pour tout essayer."
        return Unserved(task=task.id, code="out_of_time", text=text)
    text = "Plus de place dans la journée à côté des autres arrêts."
    return Unserved(task=task.id, code="day_full", text=text)


def _euros(cents: int) -> str:
    return f"{cents / 100:.2f} €".replace(".", ",")
