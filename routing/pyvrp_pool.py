"""The routes that a PyVRP search came by, and the cheapest plan that can be put together from the newest.

It knows how the library's routes become columns of ``partition``, and back; it refuses to search.
"""

from pyvrp import ActivityType, ProblemData, Route, Solution

from routing.partition import Column, combine

MAX_ROUTES = 10_000
STOPS, LEAST_STOPS = 100_000, 10_000
"""The newest routes are combined, as many as hold so many stops together: half of that each time that the
seconds were not enough, down to the lesser figure. Writing 100,000 down takes a third of a second."""


class RoutePool:
    """Made once for each search."""

    def __init__(self, data: ProblemData) -> None:
        self._data = data
        self._routes: dict[str, Route] = {}
        """Keyed by what tells them apart, the newest last."""
        self._stops = STOPS
        self._available = [one.num_available for one in data.vehicle_types()]
        self._required = [one.required for one in data.groups()]
        """By row: the groups, then the clients without one, then the shipments."""
        self._client_rows: list[int] = []
        for client in data.clients():
            if client.group is not None:
                self._client_rows.append(client.group)
                continue
            self._client_rows.append(len(self._required))
            self._required.append(client.required)
        self._first_shipment = len(self._required)
        self._required += [one.required for one in data.shipments()]

    def add(self, found: Solution) -> None:
        """The routes of a plan that the library accepts."""
        for route in found.routes():
            key = f"{route.vehicle_type()} {route}"
            self._routes.pop(key, None)
            self._routes[key] = route
        while len(self._routes) > MAX_ROUTES:
            del self._routes[next(iter(self._routes))]

    def combined(self, known: Solution, seconds: float) -> tuple[Solution, bool]:
        """The cheapest plan found of the newest routes and those of ``known``, which it may be itself.

        And whether the seconds were enough.
        """
        best: dict[tuple[int, frozenset[int]], tuple[Column, Route]] = {}
        mine = known.routes()
        stops = 0
        for route in (*mine, *reversed(self._routes.values())):
            column = self.column(route)
            same = column.kind, column.rows
            if same not in best:
                stops += len(column.rows)
            if same not in best or column.cost < best[same][0].cost:
                best[same] = column, route
            if stops > self._stops:
                break
        if not best:
            return known, True
        columns, routes = zip(*best.values(), strict=True)
        found = combine(columns, self._required, self._available, range(len(mine)), seconds)
        if not found.done:
            self._stops = max(LEAST_STOPS, self._stops // 2)
        return Solution(self._data, [routes[rank] for rank in found.ranks]), found.done

    def column(self, route: Route) -> Column:
        """What the route serves and costs: all prizes added, a plan's columns cost what the plan does."""
        rows = []
        for step in route:
            if step.type == ActivityType.CLIENT:
                rows.append(self._client_rows[step.idx])
            elif step.type == ActivityType.PICKUP:
                rows.append(self._first_shipment + step.idx)
        cost = route.distance_cost() + route.duration_cost() + route.fixed_vehicle_cost() - route.prizes()
        return Column(frozenset(rows), route.vehicle_type(), float(cost))
