"""What the api and the worker count: routes by template, tasks by name, never an address or a person."""

import asyncio

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY, generate_latest
from services import Database

from api.jobs import worker_app
from api.metrics import measured, worker_problems
from store.connection import connect
from store.queue import defer

pytestmark = pytest.mark.db


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_a_request_is_counted_under_its_template(dispatcher: TestClient) -> None:
    """An address with a code in it counts for its route; one that is nowhere, for none; no code is told."""
    labels = {"method": "GET", "route": "/colonnes/{code}", "status": "200"}
    before = value("glaneur_http_requests_total", **labels)
    for code in ("V1", "V2"):
        assert dispatcher.get(f"/colonnes/{code}").status_code == 200
    assert dispatcher.get("/nulle/part/secret-4711").status_code == 404
    assert dispatcher.request("INVENTED", "/").status_code == 405
    assert value("glaneur_http_requests_total", **labels) == before + 2
    assert value("glaneur_http_requests_total", method="GET", route="none", status="404") >= 1
    assert value("glaneur_http_request_seconds_count", route="/colonnes/{code}") >= 2
    text = generate_latest().decode()
    assert "secret-4711" not in text
    assert "INVENTED" not in text
    assert 'code="' not in text
    assert "regulation" not in text


def test_the_api_says_whether_it_is_ready(dispatcher: TestClient) -> None:
    """Anybody may ask, and learns no more than yes or no."""
    assert (dispatcher.get("/healthz").text, dispatcher.get("/readyz").text) == ("ok\n", "ready\n")
    app = dispatcher.app
    assert isinstance(app, FastAPI)
    app.state.pool.close()
    answer = dispatcher.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")
    assert dispatcher.get("/healthz").status_code == 200


def test_a_job_is_counted_with_its_outcome(plain_database: Database) -> None:
    """The worker's jobs are counted by task; a worker that never was is not ready."""
    before = value("glaneur_jobs_total", task="sample_platform", outcome="done")
    assert worker_problems(plain_database.dsn) == ["no heartbeat of a worker for a minute"]
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        defer(connection, "sample_platform", timestamp=0)

    async def work() -> None:
        async with worker_app(plain_database.dsn).open_async() as app:
            await app.run_worker_async(
                wait=False, worker_middleware=[measured], install_signal_handlers=False
            )

    asyncio.run(work())
    assert (
        value("glaneur_jobs_total", task="sample_platform", outcome="done") >= before + 1
    )  # the periodic one may come too
    assert value("glaneur_job_seconds_count", task="sample_platform") >= 1
    with connect(plain_database.dsn, autocommit=True) as connection:
        sampled = connection.execute("SELECT count(*) AS n FROM board_platform").fetchone()
    assert sampled is not None
    assert sampled["n"] >= 1
    assert worker_problems("postgresql://127.0.0.1:1/none") == ["the database does not answer"]
