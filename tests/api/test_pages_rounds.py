"""The pages of rounds in a real Chromium: form, progress, adjusting, publishing, following live."""

import json
import re
import threading
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from services import Database

from api.dispatch import requests
from api.dispatch.round_models import NewPlanning
from api.dispatch.solving import run_planning
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import now
from tests.api.rounds_territory import driver_id, run, seed_more, tomorrow

pytestmark = [pytest.mark.db, pytest.mark.page]

PHONE = pytest.mark.parametrize("page", [(360, 740)], indirect=True)
BOTH = pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True)


@pytest.fixture
def office(site: Site) -> Site:
    """The served application with the grown territory."""
    seed_more(site.database.dsn)
    return site


def add_planning(database: Database, budget_s: int = 2) -> int:
    """A glass planning of tomorrow, queued without its job: the test plays the worker."""
    with connect(database.dsn) as connection:
        return requests.add_planning(
            connection, NewPlanning(day=tomorrow(), stream="verre", budget_s=1), now(), 1
        )


def planned(office: Site) -> int:
    """A planning that is done."""
    number = add_planning(office.database)
    assert run(office.database.dsn, number).status == "done"
    return number


def no_sideways_scroll(page: Page) -> bool:
    """Whether the page fits its width."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@BOTH
def test_pages_are_accessible_and_fit(office: Site, page: Page, axe: Any) -> None:
    """Days, planning under way and result: no serious fault for axe-core, no sideways scroll."""
    office.sign_in(page, then="/tournees")
    assert (axe(page), no_sideways_scroll(page)) == ([], True)

    number = add_planning(office.database)
    page.goto(f"{office.url}/tournees/{number}")
    expect(page.get_by_role("heading", name="En attente du planificateur")).to_be_visible()
    assert (axe(page), no_sideways_scroll(page)) == ([], True)

    run(office.database.dsn, number)
    expect(page.locator(".round").first).to_be_visible()
    page.locator("#autres summary").click()
    expect(page.locator("#carte")).to_have_attribute("data-ready", "yes")
    assert (axe(page), no_sideways_scroll(page)) == ([], True)


@BOTH
def test_the_dial_shows_what_each_level_costs(office: Site, page: Page, axe: Any) -> None:
    """On request, a chart and its figures; the level chosen is the one that is planned with."""
    office.sign_in(page, then="/tournees")
    page.get_by_label("Verre").check()
    page.get_by_role("button", name="Voir ce que coûte chaque niveau").click()
    expect(page.locator(".dial tbody tr")).to_have_count(5)
    expect(page.locator(".dial")).to_contain_text("vol d'oiseau")
    assert (axe(page), no_sideways_scroll(page)) == ([], True)

    page.get_by_role("combobox", name="Niveau de service").select_option("98.0")
    page.get_by_role("button", name="Planifier").click()
    expect(page.get_by_role("heading", name="En attente du planificateur")).to_be_visible()
    with connect(office.database.dsn) as connection:
        row = connection.execute("SELECT service_percent FROM planning").fetchone()
    assert row == {"service_percent": 98.0}


def test_form_offers_the_trucks_of_the_stream(office: Site, page: Page) -> None:
    """Choosing a stream renews the trucks; planning leads to the planning's page, cancelling ends it."""
    office.sign_in(page, then="/tournees")
    page.get_by_label("Emballages").check()
    expect(page.get_by_text("Aucun camion ne collecte ce flux.")).to_be_visible()
    page.get_by_label("Verre").check()
    expect(page.get_by_label("Camion grue 2")).to_be_checked()

    page.get_by_label("Camion grue 2").uncheck()
    page.get_by_label("Jour").fill(tomorrow().isoformat())
    page.get_by_role("button", name="Planifier").click()
    expect(page.get_by_role("heading", name="En attente du planificateur")).to_be_visible()
    page.get_by_role("button", name="Annuler le calcul").click()
    expect(page.get_by_text("Calcul annulé.")).to_be_visible()
    with connect(office.database.dsn) as connection:
        row = connection.execute(
            "SELECT ARRAY(SELECT code FROM vehicle WHERE id = ANY(vehicle_ids)) AS codes, day FROM planning"
        ).fetchone()
    assert row == {"codes": ["GRUE-1"], "day": tomorrow()}


def test_form_says_what_is_wrong(office: Site, page: Page, faults: list[str]) -> None:
    """A request without a truck comes back with a sentence and what was filled in."""
    office.sign_in(page, then="/tournees")
    page.get_by_label("Verre").check()
    expect(page.get_by_label("Camion grue 1")).to_be_checked()
    for truck in ("Camion grue 1", "Camion grue 2"):
        page.get_by_label(truck).uncheck()
    page.get_by_role("button", name="Planifier").click()

    expect(page.get_by_role("alert")).to_have_text("Choisissez au moins un camion.")
    expect(page.get_by_label("Verre")).to_be_checked()
    faults.clear()  # Chromium reports the 422 of the page itself


def test_choices_made_before_the_scripts_came_count(office: Site, page: Page) -> None:
    """On a slow phone the form is used before its scripts come: the trucks follow the stream chosen."""
    office.sign_in(page, then="/")
    late: list[Route] = []
    came = False
    page.route(re.compile(r"\.js(\?|$)"), lambda one: one.continue_() if came else late.append(one))
    page.goto(f"{office.url}/tournees", wait_until="commit")
    page.get_by_label("Verre").check()
    expect(page.locator("#camions")).to_contain_text("Aucun camion")  # carries packaging, still
    came = True
    for script in late:
        script.continue_()
    expect(page.get_by_label("Camion grue 1")).to_be_checked()


def test_progress_is_live(office: Site, page: Page) -> None:
    """The bar moves while the planner works, and the rounds replace it without reloading."""
    number = add_planning(office.database, budget_s=6)
    office.sign_in(page, then=f"/tournees/{number}")
    planner = threading.Thread(target=run_planning, args=(office.database.dsn, number))
    planner.start()

    expect(page.get_by_role("heading", name="Calcul en cours")).to_be_visible(timeout=20_000)
    expect(page.locator("#barre")).not_to_have_js_property("value", 0, timeout=20_000)
    expect(page.locator("#message")).not_to_be_empty()
    expect(page.locator(".round").first).to_be_visible(timeout=60_000)
    planner.join()


def test_adjusting_by_keyboard(office: Site, page: Page) -> None:
    """A stop moves down by the keyboard; focus stays on it, the effect is said, and can be taken back."""
    office.sign_in(page, then=f"/tournees/{planned(office)}")
    stops = page.locator(".stop.collect")
    order = stops.evaluate_all("all => all.map(one => one.id)")
    button = stops.first.get_by_role("button", name="Reculer")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_label("Effet du changement")).to_contain_text("km")
    expect(stops.nth(1)).to_have_attribute("id", order[0])
    assert page.evaluate("document.activeElement.id") == f"descendre-{order[0].removeprefix('arret-')}"

    page.get_by_role("button", name="Annuler ce changement").click()
    expect(stops.first).to_have_attribute("id", order[0])


def test_lock_drop_and_add(office: Site, page: Page) -> None:
    """The menu of a stop locks and drops it; what is left out can be added to a truck."""
    office.sign_in(page, then=f"/tournees/{planned(office)}")
    first = page.locator(".stop.collect").first
    identity = first.get_attribute("id")
    stop = page.locator(f"#{identity}")
    stop.get_by_label("Autres changements").click()
    stop.get_by_role("button", name="Verrouiller sur ce camion").click()
    expect(stop.get_by_text("verrouillé")).to_be_visible()

    stop.get_by_label("Autres changements").click()
    stop.get_by_role("button", name="Retirer de la tournée").click()
    expect(stop).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("reste sans tournée")

    count = page.locator(".stop.collect").count()
    page.locator("#laissees").get_by_role("button", name="Ajouter").first.click()
    expect(page.locator(".stop.collect")).to_have_count(count + 1)


def test_broken_rule_is_shown_and_publishing_closed(office: Site, page: Page) -> None:
    """A round without unloading says so and its button to publish is closed."""
    office.sign_in(page, then=f"/tournees/{planned(office)}")
    unload = page.locator(".stop.unload").last
    unload.get_by_label("Autres changements").click()
    unload.get_by_role("button", name="Retirer de la tournée").click()

    broken = page.locator(".round", has_text="À corriger avant de publier")
    expect(broken).to_contain_text("Le camion rentre sans avoir vidé.")
    expect(broken.get_by_role("button", name="Publier")).to_be_disabled()


def test_two_dispatchers_on_one_page(office: Site, page: Page, faults: list[str]) -> None:
    """Somebody else's change appears by itself; a change on an old version is refused with a sentence."""
    number = planned(office)
    office.sign_in(page, then=f"/tournees/{number}")
    expect(page.locator("#carte")).to_have_attribute("data-ready", "yes")
    page.evaluate("document.getElementById('etat').dataset.versions = '{}'")
    page.locator(".stop.collect").first.get_by_role("button", name="Reculer").click()
    expect(page.locator("#toasts")).to_contain_text("Une autre personne")
    faults.clear()  # the refusal itself is in the console

    with connect(office.database.dsn) as connection:
        connection.execute("UPDATE stop SET locked = true WHERE kind = 'collect'")
        connection.execute("UPDATE round SET version = version + 1")
        connection.execute(
            "SELECT pg_notify('glaneur_live', %s)",
            (json.dumps({"topic": "planning", "planning": number}),),
        )
    expect(page.locator(".stop.collect").first.get_by_text("verrouillé")).to_be_visible()


def test_publish_follow_withdraw(office: Site, page: Page) -> None:
    """A published round is followed live as the driver works, and before that can be withdrawn."""
    number = planned(office)
    office.sign_in(page, then=f"/tournees/{number}")
    round_ = page.locator(".round").first
    round_.get_by_label("Chauffeur").select_option(label="Dominique Chauffeur")
    round_.get_by_role("button", name="Publier").click()
    expect(round_.get_by_text("Publiée pour")).to_be_visible()

    page.once("dialog", lambda dialog: dialog.accept())
    round_.get_by_role("button", name="Retirer pour modifier").click()
    round_.get_by_role("button", name="Publier").click()
    expect(round_.get_by_text("Publiée pour")).to_be_visible()

    with connect(office.database.dsn) as connection:
        row = connection.execute(
            "SELECT s.id, r.id AS round FROM stop s JOIN round r ON r.id = s.round_id"
            " WHERE r.status = 'published' AND s.kind = 'collect' AND r.driver_id = %s ORDER BY s.position",
            (driver_id(connection),),
        ).fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO stop_event (event_id, stop_id, kind, reason, happened_at)"
            " VALUES (gen_random_uuid(), %s, 'not_done', 'Stationnement gênant', now())",
            (row["id"],),
        )
        connection.execute(
            "SELECT pg_notify('glaneur_live', %s)",
            (json.dumps({"topic": "round", "round": row["round"]}),),
        )
    expect(page.locator(f"#arret-{row['id']}")).to_contain_text("Non fait")
    expect(page.locator(f"#arret-{row['id']}")).to_contain_text("Stationnement gênant")
    expect(round_.get_by_role("button", name="Retirer pour modifier")).to_have_count(0)


@PHONE
def test_adjusting_on_a_phone(office: Site, page: Page) -> None:
    """The same works at 360 pixels: targets of 44 pixels, menu within the screen."""
    office.sign_in(page, then=f"/tournees/{planned(office)}")
    stop = page.locator(".stop.collect").first
    more = stop.get_by_label("Autres changements")
    box = more.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    more.click()
    menu = stop.locator(".more-menu").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 360


def test_days_page_lists_and_renews(office: Site, page: Page) -> None:
    """The days' page is empty at first, and shows a planning as soon as there is one."""
    office.sign_in(page, then="/tournees")
    expect(page.get_by_text("Aucun plan à partir de la semaine passée")).to_be_visible()
    number = add_planning(office.database)
    run(office.database.dsn, number)

    link = page.get_by_role("link", name=f"Verre – plan n° {number}")
    expect(link).to_be_visible()
    expect(page.locator("#jours")).to_contain_text("Camion grue")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Verre")
