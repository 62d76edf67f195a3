"""The worker's part of the boards: count the days that changed, the radio, the uses; sample the platform."""

from procrastinate import App

from store.boards import refresh_days, refresh_hour, refresh_meals, sample_platform
from store.connection import connect

ROLE, APPLICATION = "glaneur_worker", "glaneur-worker"


def add_board_tasks(app: App, dsn: str) -> None:
    """Register the periodic tasks of the boards on the queue's application."""

    @app.periodic(cron="* * * * *")
    @app.task(name="count_board_days", queueing_lock="count_board_days")
    def count_days(timestamp: int) -> None:
        with connect(dsn, role=ROLE, autocommit=True, application=APPLICATION) as connection:
            refresh_days(connection)
            refresh_meals(connection)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="sample_platform", queueing_lock="sample_platform")
    def sample(timestamp: int) -> None:
        with connect(dsn, role=ROLE, autocommit=True, application=APPLICATION) as connection:
            sample_platform(connection)

    @app.periodic(cron="23 * * * *")
    @app.task(name="count_board_hour", queueing_lock="count_board_hour")
    def count_hour(timestamp: int) -> None:
        with connect(dsn, role=ROLE, autocommit=True, application=APPLICATION) as connection:
            refresh_hour(connection)
