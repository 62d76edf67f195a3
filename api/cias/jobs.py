"""What the worker does for meals: plan one day at a time; every minute, give up what nobody finishes."""

import logging

from procrastinate import App

from api.cias.lateness import notice_late_vans
from api.cias.solving import give_up, run_planning
from routing.travel import TravelTimes
from store.clock import read_clock
from store.connection import connect

PLANNING = "plan_meals"
_log = logging.getLogger(__name__)


def add_meal_tasks(app: App, dsn: str, travel: TravelTimes, public_url: str = "") -> None:
    """Give the worker's application its tasks about meals."""

    # One at a time: each takes every core there is.
    @app.task(name=PLANNING, lock=PLANNING)
    def plan_meals(planning_id: int) -> None:
        _log.info("meal planning %s: %s", planning_id, run_planning(dsn, planning_id, travel))

    @app.periodic(cron="* * * * *")
    @app.task(name="watch_meals", queueing_lock="watch_meals")
    def watch_meals(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            give_up(connection)
            late = notice_late_vans(connection, public_url, read_clock(connection).now())
        if late:
            _log.info("meals: %d van(s) late", late)
