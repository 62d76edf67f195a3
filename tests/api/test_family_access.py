"""Who gets in and what they see: links, cards, sessions, rights, accesses taken back."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.family.access import COOKIE, digest, new_code
from api.family.telling import purge
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.family_house import ALL, at, enter, give, link, opened, say, van_round
from tests.api.outbox import worker
from tests.api.test_meals_office import KEY, furnish

pytestmark = pytest.mark.db

# right -> the pages and API that need it, and words of today's page that it shows.
PARTS = (
    (
        "delivery",
        ("/famille/{}/livraison", "/api/v1/family/{}/delivery", "/api/v1/family/{}/live"),
        "Livraison du jour",
    ),
    ("menus", ("/api/v1/family/{}/menus",), "Les prochains repas"),
    ("bills", ("/famille/{}/factures", "/api/v1/family/{}/bills"), "/factures"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def house(territory: Database) -> Database:
    """Madeleine (r1) and Léon (r2), rules and menus."""
    furnish(territory.dsn)
    return territory


@pytest.fixture
def family(house: Database) -> Iterator[TestClient]:
    """A browser nobody is signed in with."""
    with TestClient(make_app(house.dsn), follow_redirects=False) as made:
        yield made


def asked(dsn: str) -> int:
    """How many messages wait for the worker."""
    with opened(dsn) as connection:
        row = connection.execute("SELECT count(*) AS n FROM people.family_message").fetchone()
    return int(row["n"]) if row else 0


def test_known_or_not_the_answer_is_the_same(family: TestClient, house: Database) -> None:
    """Nobody learns from the form who follows whose meals; a link is only sent to who is known."""
    give(house.dsn, "r1", email="Claire@Exemple.fr", phone="+33612345678")
    known = family.post("/famille/lien", data={"contact": " claire@exemple.FR "})
    unknown = family.post("/famille/lien", data={"contact": "voleur@exemple.fr"})
    phone = family.post("/famille/lien", data={"contact": "06 12 34 56 78"})
    revoked = give(house.dsn, "r1", email="parti@exemple.fr")
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.relative SET revoked_at = now() WHERE id = %s", [revoked])
    gone = family.post("/famille/lien", data={"contact": "parti@exemple.fr"})
    assert {one.status_code for one in (known, unknown, phone, gone)} == {200}
    assert len({one.text for one in (known, unknown, phone, gone)}) == 1
    assert "exemple" not in known.text
    assert asked(house.dsn) == 2
    assert family.post("/famille/lien", data={"contact": ""}).status_code == 422


def test_asking_is_counted(family: TestClient, house: Database) -> None:
    """Six links an hour to one address are too many, known or not; from another site none leaves."""
    give(house.dsn, "r1")
    for contact in ("claire@exemple.fr", "personne@exemple.fr"):
        statuses = [family.post("/famille/lien", data={"contact": contact}).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
    assert asked(house.dsn) == 5
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert family.post("/famille/lien", data={"contact": "a@b.fr"}, headers=elsewhere).status_code == 403


def test_a_link_opens_once(family: TestClient, house: Database) -> None:
    """Looking at its address uses nothing up (a mail scanner does); the button does; then it is over."""
    code = link(house.dsn, give(house.dsn, "r1"))
    for _ in range(3):
        looked = family.get("/famille/entrer")
        assert looked.status_code == 200
        assert looked.headers["referrer-policy"] == "same-origin"
    assert family.get("/famille/1").status_code == 303  # a page without session leads to the form
    answer = family.post("/famille/entrer", data={"code": f" {code.lower().replace('-', ' ')} "})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Max-Age={90 * 86_400}" in cookie
    family.cookies.clear()
    again = family.post("/famille/entrer", data={"code": code})
    assert again.status_code == 422
    assert "set-cookie" not in again.headers
    assert code not in again.text


def test_a_link_grows_old(family: TestClient, house: Database) -> None:
    """After twenty minutes it opens nothing, and the answer is that of a code nobody ever had."""
    code = link(house.dsn, give(house.dsn, "r1"))
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.family_key SET expires_at = now() - interval '1 second'")
    old = family.post("/famille/entrer", data={"code": code})
    wrong = family.post("/famille/entrer", data={"code": new_code(16)})
    assert (old.status_code, wrong.status_code) == (422, 422)
    assert old.text == wrong.text


def test_only_hashes_are_kept(family: TestClient, house: Database) -> None:
    """Neither the link's code nor the session's token can be read anywhere in the tables."""
    code = link(house.dsn, give(house.dsn, "r1"))
    family.post("/famille/entrer", data={"code": code})
    token = family.cookies[COOKIE]
    with opened(house.dsn) as connection:
        kept = [
            str(row)
            for table in ("family_key", "family_session", "family_message", "family_act")
            for row in connection.execute(f"SELECT * FROM people.{table}").fetchall()  # noqa: S608
        ]
    assert len(kept) == 2
    assert not any(code in one or code.replace("-", "") in one or token in one for one in kept)
    assert digest(code) == digest(code.replace("-", "").lower().replace("0", "o"))


@pytest.mark.parametrize(("right", "addresses", "words"), PARTS)
def test_each_right_opens_its_part(
    family: TestClient, house: Database, right: str, addresses: tuple[str, ...], words: str
) -> None:
    """With all the others: the part is not on the page, its addresses answer 403."""
    others = [one for one in ALL if one != right and (right != "menus" or one != "order")]
    access = give(house.dsn, "r1", rights=others)
    enter(family, house.dsn, access)
    shown = family.get(f"/famille/{access}")
    assert shown.status_code == 200
    assert words not in shown.text
    for address in addresses:
        refused = family.get(address.format(access))
        assert refused.status_code == 403, address
        assert "ne vous a pas ouvert" in refused.text
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.relative SET rights = %s WHERE id = %s", [list(ALL), access])
    assert words in family.get(f"/famille/{access}").text
    for address in addresses:
        if not address.endswith("/live"):
            assert family.get(address.format(access)).status_code == 200, address


def test_who_may_not_order_sees_no_button(family: TestClient, house: Database) -> None:
    """Menus without the right to order: no form; a request sent all the same is 403 and changes nothing."""
    access = give(house.dsn, "r1", rights=["menus"])
    enter(family, house.dsn, access)
    shown = family.get(f"/famille/{access}/menus").text
    assert "Semaine du" in shown
    assert "/commander" not in shown
    assert "/absence" not in shown
    body = {"kind": "order", "id": "6f0e5b4c-7d0c-4a53-9d1b-6a3a8f4f7a11", "day": "2027-01-01"}
    assert family.post(f"/api/v1/family/{access}/requests", json=body).status_code == 403
    for what in ("commander", "annuler", "absence", "semaine", "habitude"):
        form = {"demande": body["id"], "jour": "2027-01-01", "du": "2027-01-01", "au": "2027-01-02"}
        form["lundi"] = "2027-01-04"
        assert family.post(f"/famille/{access}/{what}", data=form).status_code == 403, what
    with opened(house.dsn) as connection:
        assert not connection.execute("SELECT FROM meals.request").fetchall()


def test_wellbeing_needs_its_right_and_is_logged(family: TestClient, house: Database) -> None:
    """Only for who has that right; each reading names the access; the driver's note is for nobody."""
    doors = van_round(house.dsn, ["r1"], at(-0.2))
    say(house.dsn, doors["r1"], "delivered", at(-0.1), wellbeing="worry")
    plain, trusted = (
        give(house.dsn, "r1", rights=["delivery"]),
        give(house.dsn, "r1", rights=["delivery", "wellbeing"]),
    )
    enter(family, house.dsn, plain, trusted)
    part = family.get(f"/famille/{plain}/livraison").text
    assert "Livré à" in part
    assert "inquiétude" not in part
    assert "inquiétude" in family.get(f"/famille/{trusted}/livraison").text
    everything = family.get(f"/famille/{trusted}").text + str(
        family.get(f"/api/v1/family/{trusted}/delivery").json()
    )
    assert "chute" not in everything
    with opened(house.dsn) as connection:
        rows = connection.execute(
            "SELECT relative_id, account_id, purpose FROM people.care_reading"
        ).fetchall()
    assert {(row["relative_id"], row["account_id"], row["purpose"]) for row in rows} == {
        (trusted, None, "family")
    }


def test_two_people_are_chosen_between(family: TestClient, house: Database) -> None:
    """One who follows two parents chooses; another's number is as unknown as one that is not."""
    madeleine, leon = give(house.dsn, "r1"), give(house.dsn, "r2", rights=["delivery"])
    stranger = give(house.dsn, "r2", email="autre@exemple.fr")
    enter(family, house.dsn, madeleine, leon)
    choice = family.get("/famille").text
    assert "Madeleine Carpentier" in choice
    assert "Léon Delattre" in choice
    assert family.get(f"/famille/{leon}/factures").status_code == 403
    assert family.get(f"/famille/{madeleine}/factures").status_code == 200
    for address in (f"/famille/{stranger}", "/famille/999999", f"/api/v1/family/{stranger}/delivery"):
        assert family.get(address).status_code == 404


def test_an_access_taken_back_is_over_at_once(family: TestClient, house: Database) -> None:
    """In the middle of a visit: pages lead out, the API says 401, links and cards of it open nothing."""
    access = give(house.dsn, "r1")
    unused = link(house.dsn, access)
    enter(family, house.dsn, access)
    assert family.get(f"/famille/{access}").status_code == 200
    with TestClient(make_app(house.dsn), follow_redirects=False) as office:
        sign_in(office, "portage")
        person = re.search(r"/portage/dossiers/(\d+)\">Madeleine", office.get("/portage/dossiers").text)
        assert person is not None
        base = f"/portage/dossiers/{person[1]}/proches"
        card = office.post(f"{base}/{access}/carte").text
        code = re.search(r'class="code">([0-9A-Z-]+)<', card)
        assert code is not None
        assert office.post(f"{base}/{access}/retirer").status_code == 303
    assert family.get(f"/famille/{access}").headers["location"] == "/famille"
    assert family.get(f"/api/v1/family/{access}/delivery").status_code == 401
    assert family.get(f"/famille/{access}/livraison", headers={"X-Fragment": "1"}).status_code == 401
    assert "Recevoir un lien" in family.get("/famille").text
    for one in (unused, code[1]):
        assert family.post("/famille/entrer", data={"code": one}).status_code == 422


def test_one_of_two_accesses_taken_back_leaves_the_other(family: TestClient, house: Database) -> None:
    """The session goes on for whom they may still follow."""
    madeleine, leon = give(house.dsn, "r1"), give(house.dsn, "r2")
    enter(family, house.dsn, madeleine, leon)
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.relative SET revoked_at = now() WHERE id = %s", [madeleine])
    assert family.get(f"/famille/{madeleine}").status_code == 404
    assert family.get(f"/famille/{leon}").status_code == 200
    assert family.get("/famille").headers["location"] == f"/famille/{leon}"


def test_staff_and_family_are_strangers(family: TestClient, house: Database) -> None:
    """A relative's session opens no page of staff's, and staff's opens none of a relative's."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    for address in ("/portage", "/portage/dossiers", "/api/v1/session", "/api/v1/live", "/"):
        assert family.get(address).status_code in (303, 401), address
    with TestClient(make_app(house.dsn), follow_redirects=False) as office:
        sign_in(office, "portage")
        assert office.get(f"/famille/{access}").headers["location"] == "/famille"
        assert office.get("/api/v1/family").status_code == 401


def test_a_change_needs_the_token_of_its_session(family: TestClient, house: Database) -> None:
    """Without it, or with another's, 403: no other site orders or signs out."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    del family.headers["X-CSRF-Token"]
    for address in (f"/famille/{access}/avis", "/famille/quitter", f"/famille/{access}/annuler"):
        assert family.post(address, data={"csrf_token": "faux"}).status_code == 403, address
    assert family.get(f"/famille/{access}").status_code == 200


def test_a_session_slides_and_ends(family: TestClient, house: Database) -> None:
    """Used after some days it is renewed, cookie and all; unused for ninety days it is swept away."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    assert "set-cookie" not in family.get(f"/famille/{access}").headers
    with opened(house.dsn) as connection:
        connection.execute("UPDATE people.family_session SET expires_at = now() + interval '40 days'")
        assert COOKIE in family.get(f"/famille/{access}").headers["set-cookie"]
        row = connection.execute("SELECT expires_at - now() AS left FROM people.family_session").fetchone()
        assert row is not None
        assert row["left"] > timedelta(days=89)
        connection.execute("UPDATE people.family_session SET expires_at = now() - interval '1 second'")
        assert family.get(f"/famille/{access}").status_code == 303
        with worker(house.dsn) as hand:
            assert purge(hand) == 1
        assert not connection.execute("SELECT FROM people.family_session").fetchall()


def test_leaving(family: TestClient, house: Database) -> None:
    """« Quitter » ends the session in the database, not only on the device."""
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    token = family.cookies[COOKIE]
    assert family.post("/famille/quitter").status_code == 303
    family.cookies.set(COOKIE, token)
    assert family.get(f"/famille/{access}").status_code == 303


def test_a_printed_card_opens_again_and_again(family: TestClient, house: Database) -> None:
    """The senior without mail: the office prints a code, which opens until another card is printed."""
    access = give(house.dsn, "r2", email="", themselves=True, large_print=True)
    with TestClient(make_app(house.dsn), follow_redirects=False) as office:
        sign_in(office, "portage")
        person = re.search(r"/portage/dossiers/(\d+)\">Léon", office.get("/portage/dossiers").text)
        assert person is not None
        address = f"/portage/dossiers/{person[1]}/proches/{access}/carte"
        cards = [re.search(r'class="code">([0-9A-Z-]{29})<', office.post(address).text) for _ in range(2)]
        old, new = (one[1] for one in cards if one is not None)
        assert "carte" in office.get(f"/portage/dossiers/{person[1]}").text
        assert new not in office.get(f"/portage/dossiers/{person[1]}").text
    assert family.post("/famille/entrer", data={"code": old}).status_code == 422
    for _ in range(2):
        family.cookies.clear()
        assert family.post("/famille/entrer", data={"code": new}).status_code == 303
    shown = family.get(f"/famille/{access}").text
    assert "Vos repas" in shown
    assert 'class="large-print"' in shown


def test_large_print_from_the_first_page(family: TestClient, house: Database) -> None:
    """Chosen before signing in, it stays: on the device, then with the relative."""
    assert 'class="large-print"' not in family.get("/famille").text
    answer = family.post("/famille/affichage", data={"gros": "true", "retour": "https://ailleurs.exemple"})
    assert answer.headers["location"] == "/famille"
    assert 'class="large-print"' in family.get("/famille").text
    access = give(house.dsn, "r1")
    enter(family, house.dsn, access)
    with opened(house.dsn) as connection:
        row = connection.execute("SELECT large_print FROM people.relative WHERE id = %s", [access]).fetchone()
    assert row == {"large_print": True}
    family.post("/famille/affichage", data={"gros": "false", "retour": f"/famille/{access}/avis"})
    assert 'class="large-print"' not in family.get(f"/famille/{access}").text


def test_the_office_gives_changes_and_is_held_to_it(house: Database) -> None:
    """On a person's file, by the CIAS alone; audited without a name; bad contacts are refused."""
    with TestClient(make_app(house.dsn), follow_redirects=False) as office:
        sign_in(office, "portage")
        person = re.search(r"/portage/dossiers/(\d+)\">Madeleine", office.get("/portage/dossiers").text)
        assert person is not None
        base = f"/portage/dossiers/{person[1]}/proches"
        good: dict[str, str | list[str]] = {
            "nom": "Claire Petit",
            "courriel": "Claire@Exemple.fr",
            "telephone": "06 12 34 56 78",
        }
        good |= {"droits": ["menus", "delivery"], "par": ["sms"]}
        for wrong in ({"courriel": "claire"}, {"telephone": "12"}, {"nom": " "}, {"droits": ["tout"]}):
            assert office.post(base, data=good | wrong).status_code == 422, wrong
        assert office.post("/portage/dossiers/99999/proches", data=good).status_code == 404
        assert office.post(base, data=good).headers["location"].endswith("#proches")
        with connect(house.dsn) as connection:
            row = connection.execute("SELECT * FROM people.relative").fetchone()
            assert row is not None
            assert (row["email"], row["phone"], row["rights"], row["told_by"]) == (
                "claire@exemple.fr", "+33612345678", ["delivery", "menus"], ["sms"],
            )  # fmt: skip
            wanted = {"droits": ["bills"], "par": ["email"], "gros": "true"}
            assert office.post(f"{base}/{row['id']}/changer", data=wanted).status_code == 303
            changed = connection.execute("SELECT * FROM people.relative").fetchone()
            assert changed is not None
            assert (changed["rights"], changed["large_print"]) == (["bills"], True)
            audit = connection.execute(
                "SELECT action, detail::text FROM people.audit WHERE action ~ 'family'"
            ).fetchall()
        assert {one["action"] for one in audit} == {"family.give", "family.change"}
        assert "Claire" not in str(audit)
        assert "Claire Petit" in office.get(f"/portage/dossiers/{person[1]}").text
        sign_in(office, "regulation")
        assert office.post(base, data=good).status_code == 403
