"""What a driver's thumb does on the page, and what the page then shows; for the page tests."""

import re

from playwright.sync_api import Page, expect

from tests.api.conftest import Site
from tests.api.little_round import stored_events

NAMES = (
    "Place du Lavoir",
    "Rue des Tilleuls",
    "Pause",
    "Parking du Stade",
    "Déchargement : Fruges",
    "Retour : Fruges",
)
THREE = [(1, "done", ""), (2, "not_done", "Stationnement gênant"), (3, "done", "")]


def heading(page: Page, name: str) -> None:
    """Wait until the large card shows this stop."""
    expect(page.locator("#stop-name")).to_have_text(name)


def tap(page: Page, button: str, then: str) -> None:
    """Tap a button of the card once it may be tapped, and wait for the stop that follows."""
    expect(page.locator("#driver")).not_to_have_class(re.compile("busy"))
    page.locator("#card").get_by_role("button", name=button, exact=True).click()
    heading(page, then)


def waiting(page: Page, count: int) -> None:
    """Wait until that many taps are shown as not sent yet."""
    if count:
        expect(page.locator("#state")).to_contain_text(f"en attente d'envoi : {count}")
    else:
        expect(page.locator("#state")).to_contain_text("tout est envoyé", timeout=20_000)


def tap_three(page: Page) -> None:
    """« Fait », « Pas fait » with a reason, and the break."""
    heading(page, NAMES[0])
    tap(page, "Fait", NAMES[1])
    tap(page, "Pas fait", NAMES[1])
    tap(page, "Stationnement gênant", NAMES[2])
    tap(page, "Pause prise", NAMES[3])


def stored(site: Site) -> list[tuple[int, str, str]]:
    """What the server has: (position, kind, reason) of each event."""
    return [(row["position"], row["kind"], row["reason"]) for row in stored_events(site.database.dsn)]
