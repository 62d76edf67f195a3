"""The column's page after a pass of the worker: the fan, the hour in words, and what is estimated."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from api.dispatch.forecasting import learn_and_foresee
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import now
from tests.api.test_forecasting import live, set_quality

pytestmark = [pytest.mark.db, pytest.mark.page]


def test_the_page_says_when_and_between_when(site: Site, page: Page) -> None:
    """A trusted probe: a fan and a sentence; the same column once silent is marked estimated."""
    with connect(site.database.dsn) as connection:
        live(connection, "V3", now(), 20, 3.0, 5.0)
    with connect(site.database.dsn, role="glaneur_worker") as connection:
        assert learn_and_foresee(connection, now()) is not None
    site.sign_in(page, then="/colonnes/V3")
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.locator(".facts dd").first).to_contain_text("Pleine vers")
    expect(page.locator(".facts dd").first).to_contain_text("(entre ")
    expect(page.locator("#chart-note")).to_have_text("")
    with connect(site.database.dsn) as connection:
        set_quality(connection, "V3", "silent")
    page.reload()
    expect(page.locator("#chart-note")).to_contain_text("Prévision estimée")
    expect(page.locator(".facts dd").first).to_contain_text("estimé")
    api = page.request.get(f"{site.url}/api/v1/containers/V3/series?days=28").json()
    assert api["estimated"]
    assert len(api["forecast"]) == 169
    assert api["forecast"][-1]["at"] > (now() + timedelta(days=6)).isoformat()
