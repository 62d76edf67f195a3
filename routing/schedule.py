"""Plan mode: the caller's own order, timed and priced; ``checker.violations`` then judges it.

It inserts no stop and moves none; only the pause is placed, since it is a time and not a stop.
"""

from collections.abc import Mapping, Sequence

from routing.book import Book, open_book
from routing.model import Plan, Problem, Reason, Refused, Unserved
from routing.timing import route
from routing.validate import refusals

Orders = Mapping[str, Sequence[str]]
"""For each vehicle that goes out, its tasks and unloading sites in order."""


def schedule(problem: Problem, orders: Orders) -> Plan | Refused:
    """Times, loads and cost of these orders; tasks in no order are unserved with code ``removed``.

    Refused when the problem is, or when an order names something the problem does not know.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    book = open_book(problem)
    reasons = tuple(_unknown(book, orders))
    if reasons:
        return Refused(reasons=reasons)
    served = {stop for stops in orders.values() for stop in stops}
    text = "Retiré de la tournée."
    unserved = tuple(
        Unserved(task=task.id, code="removed", text=text) for task in problem.tasks if task.id not in served
    )
    return assemble(book, orders, unserved, engine="manual", seed=0)


def assemble(
    book: Book,
    orders: Orders,
    unserved: Sequence[Unserved],
    *,
    engine: str,
    seed: int,
    bound_cents: int | None = None,
) -> Plan:
    """Routes in the order of the problem's vehicles, with the totals."""
    routes = tuple(
        route(book, vehicle, orders[vehicle.id])
        for vehicle in book.problem.vehicles
        if orders.get(vehicle.id)
    )
    served = {stop for vehicle in book.vehicles for stop in orders.get(vehicle, ())}
    missing, prizes = book.lost(served)
    return Plan(
        routes=routes,
        unserved=tuple(unserved),
        distance_m=sum(one.distance_m for one in routes),
        duration_s=sum(one.duration_s for one in routes),
        cost_cents=sum(one.cost_cents for one in routes),
        lost_prizes_cents=prizes,
        complete=not missing,
        engine=engine,
        seed=seed,
        habits_cents=sum(book.habits_cents(vehicle, stops) for vehicle, stops in orders.items()),
        bound_cents=bound_cents if not missing else None,
    )


def _unknown(book: Book, orders: Orders) -> list[Reason]:
    found = []
    for vehicle, stops in orders.items():
        if vehicle not in book.vehicles:
            text = f"Le camion « {vehicle} » n'est défini nulle part."
            found.append(Reason(code="unknown", field=f"orders.{vehicle}", text=text))
        for i, stop in enumerate(stops):
            if stop not in book.tasks and stop not in book.sites:
                text = f"L'arrêt « {stop} » n'est défini nulle part."
                found.append(Reason(code="unknown", field=f"orders.{vehicle}[{i}]", text=text))
    return found
