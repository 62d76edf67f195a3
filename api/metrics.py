"""What the api and the worker count for Prometheus, and whether they are ready.

Labels are few and fixed: a route's template and never its address, a task's name and never its arguments.
"""

import time
from typing import Any

import psycopg
from fastapi import FastAPI
from procrastinate import JobContext
from procrastinate.middleware import AsyncCallNext
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from store.connection import connect

REQUESTS = Counter("glaneur_http_requests", "Answers, by route and status.", ["method", "route", "status"])
REQUEST_S = Histogram(
    "glaneur_http_request_seconds",
    "From a request to the start of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
UNDER_WAY = Gauge("glaneur_http_requests_under_way", "Requests being answered, live streams included.")
JOBS = Counter("glaneur_jobs", "Jobs that ended, by task and outcome.", ["task", "outcome"])
JOB_S = Histogram(
    "glaneur_job_seconds",
    "How long jobs took.",
    ["task"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PATIENCE_S = 3


class Measured:
    """Count requests, as plain ASGI so that streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_and_count(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # The exemplar tells which status a slow answer had.
                REQUEST_S.labels(route_of(scope)).observe(
                    time.perf_counter() - began, {"status": str(status)}
                )
            await send(message)

        with UNDER_WAY.track_inprogress():
            try:
                await self._app(scope, receive, send_and_count)
            finally:
                method = scope["method"] if scope["method"] in METHODS else "other"
                REQUESTS.labels(method, route_of(scope), str(status)).inc()


def route_of(scope: Scope) -> str:
    """Return the template of the route that took the request; one word for whatever none took."""
    path = getattr(scope.get("route"), "path", None)
    if path is not None:
        return str(path)
    return "assets" if scope["path"].startswith("/assets/") else "none"


async def measured(call_next: AsyncCallNext, context: JobContext, worker: Any) -> Any:
    """Count a job of the worker and how long it took."""
    task = context.job.task_name if context.job is not None else "none"
    began, outcome = time.perf_counter(), "failed"
    try:
        result = await call_next()
        outcome = "done"
        return result
    finally:
        JOBS.labels(task, outcome).inc()
        JOB_S.labels(task).observe(time.perf_counter() - began)


def api_problems(app: FastAPI) -> list[str]:
    """Return what keeps pages from being served now: the database does not answer."""
    if not hasattr(app.state, "live"):
        return ["the application is starting"]
    try:
        with app.state.pool.connection(timeout=PATIENCE_S) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:  # PoolTimeout is one
        return ["the database does not answer"]
    return []


def worker_problems(dsn: str) -> list[str]:
    """Return what keeps the worker from working now."""
    try:
        with connect(dsn, role="glaneur_worker", application="glaneur-health") as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM jobs.procrastinate_workers"
                " WHERE last_heartbeat > now() - INTERVAL '1 minute') AS alive"
            ).fetchone()
    except psycopg.Error:
        return ["the database does not answer"]
    return [] if row is not None and row["alive"] else ["no heartbeat of a worker for a minute"]
