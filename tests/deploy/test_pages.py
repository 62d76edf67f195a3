"""The browser fixture catches what a person would meet, and the judgement of axe-core is really asked."""

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.page

GOOD = "<!doctype html><html lang=fr><title>Essai</title><main><h1>Essai</h1><p>Bonjour.</p></main></html>"
PAGES = {
    "/good": GOOD,
    "/console": GOOD + "<script>console.error('broken')</script>",
    "/throws": GOOD + "<script>setTimeout(() => { throw new Error('broken') })</script>",
    "/elsewhere": GOOD + "<img alt='' src='http://example.org/pixel.png'>",
    "/map": GOOD + "<img alt='' src='https://data.geopf.fr/tile.png'>",
    "/unreadable": GOOD + "<main><input></main>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path, "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        # As strict as our own pages: axe must work without a script allowance.
        self.send_header("Content-Security-Policy", "script-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A small site on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/console", "console: broken"),
        ("/throws", "uncaught: broken"),
        ("/elsewhere", "request to another host: http://example.org/pixel.png"),
    ],
)
def test_a_fault_is_recorded(page: Page, site: str, faults: list[str], path: str, fault: str) -> None:
    """Each kind of fault is seen; left in the list, it fails the test that did not clear it."""
    page.goto(site + path, wait_until="networkidle")
    assert any(one.startswith(fault) for one in faults), faults
    faults.clear()


@pytest.mark.parametrize("path", ["/good", "/map"])
def test_a_good_page_has_no_fault(
    page: Page, site: str, faults: list[str], axe: Callable[[Page], list[Any]], path: str
) -> None:
    """A missing map background is no fault, and axe finds nothing to say."""
    page.goto(site + path, wait_until="networkidle")
    assert (faults, axe(page)) == ([], [])


def test_axe_sees_a_field_without_a_name(page: Page, site: str, axe: Callable[[Page], list[Any]]) -> None:
    """The judgement is axe-core's own: a nameless field is critical."""
    page.goto(site + "/unreadable")
    assert [one["id"] for one in axe(page)] == ["label"]


@pytest.mark.parametrize("page", [(360, 740)], indirect=True)
def test_a_phone_s_width_can_be_asked(page: Page, site: str) -> None:
    """Parametrised indirectly, the page is as wide as the phone."""
    page.goto(site + "/good")
    assert page.evaluate("innerWidth") == 360


def test_asyncio_runs_after_a_page() -> None:
    """Playwright leaves no event loop behind that would break the next test of this process."""
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"
