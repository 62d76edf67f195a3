"""A claim goes from its opening to its letter: each step is kept, late ones come first."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.finance import claims
from api.finance.bill_settings import Billing
from api.finance.imports import Refusal
from api.finance.jobs import forget
from store.connection import connect
from tests.api.test_finance_pages import fill

pytestmark = pytest.mark.db

LISTED = "/finances/reclamations"


@pytest.fixture
def run(client: TestClient, territory: Database) -> int:
    """A computed draft of three accounts."""
    return fill(territory.dsn)


@pytest.fixture
def officer(run: int, as_person: Callable[[str], TestClient]) -> TestClient:
    """Lou, finance officer, signed in."""
    return as_person("finance")


def opened(officer: TestClient, run: int, **more: str) -> str:
    """Open a claim on C1's bill; its page."""
    given = {
        "foyer": "1",
        "calcul": str(run),
        "voie": "courrier",
        "objet": "trop de levées",
        "mots": "Absente en août",
    }
    answer = officer.post(LISTED, data={**given, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_claim_is_followed_to_its_answer(officer: TestClient, run: int) -> None:
    """Opened on a bill, examined, an event corrected for it, decided, answered; the letter is kept."""
    page = opened(officer, run)
    text = officer.get(page).text
    for wanted in ("trop de levées", "Absente en août", "courrier", "219,31", "reçue"):
        assert wanted in text
    assert officer.post(f"{page}/etat", data={"etat": "examen"}).status_code == 303
    number = page.rsplit("/", 1)[1]
    acts = {
        "evenement": "L9",
        "action": "annuler",
        "motif": "Bac du voisin",
        "reclamation": number,
        "retour": page,
    }
    assert officer.post("/finances/evenements", data=acts).headers["location"] == page
    early = officer.post(f"{page}/repondre", data={"lettre": "Bonjour"})
    assert early.status_code == 409
    assert "Il faut décider avant de répondre" in early.text
    said = {"decision": "en_partie", "motif": "La levée du 5 septembre n'est pas la vôtre."}
    assert officer.post(f"{page}/decider", data=said).status_code == 303
    draft = officer.get(f"{page}/lettre.txt")
    assert draft.headers["content-type"].startswith("text/plain")
    for wanted in (
        "Ève Durand",
        "en partie",
        "n'est pas la vôtre",
        "levee du 05/09/2024 à 06:00 : non facturé",
    ):
        assert wanted in draft.text
    letter = draft.text + "Lou Finance\n"
    assert officer.post(f"{page}/repondre", data={"lettre": letter}).status_code == 303
    assert officer.get(f"{page}/lettre.txt").text == letter.strip()
    text = officer.get(page).text
    for wanted in ("répondue", "Bac du voisin", "Décision", "Correction", "Réponse", "Lou Finance"):
        assert wanted in text
    again = officer.post(f"{page}/decider", data=said)
    assert again.status_code == 409
    assert officer.post(f"{page}/commenter", data={"mots": "Elle a remercié."}).status_code == 303


def test_a_claim_leads_to_a_rectification_by_two_persons(
    run: int, as_person: Callable[[str], TestClient]
) -> None:
    """Issued, an event given to another, rectified from the claim: a credit note, approved by another."""
    officer = as_person("finance")
    officer.post(f"/finances/calculs/{run}/controler")
    second = as_person("seconde")
    second.post(f"/finances/calculs/{run}/approuver")
    assert second.post(f"/finances/calculs/{run}/emettre").status_code == 303
    officer = as_person("finance")
    page = opened(officer, run)
    number = page.rsplit("/", 1)[1]
    bill = f"/finances/calculs/{run}/foyers/1"
    wish = {"motif": "Bac du voisin", "reclamation": number}
    early = officer.post(f"{bill}/rectifier", data=wish)
    assert early.status_code == 409
    assert "rien ne change" in early.text
    acts = {
        "evenement": "L9",
        "action": "annuler",
        "motif": "Bac du voisin",
        "reclamation": number,
        "retour": page,
    }
    officer.post("/finances/evenements", data=acts)
    assert officer.post(f"{bill}/rectifier", data=wish).headers["location"] == page
    text = officer.get(page).text
    assert "Avoir</strong> : \u22125,12" in text
    assert "rectifications/1/approuver" in text
    same = officer.post("/finances/rectifications/1/approuver")
    assert same.status_code == 409
    assert "Une autre personne" in same.text
    second = as_person("seconde")
    for step in ("approuver", "emettre"):
        assert second.post(f"/finances/rectifications/1/{step}").headers["location"] == bill
    assert second.get("/finances/rectifications/1.pdf").content[:5] == b"%PDF-"
    assert second.get("/finances/rectifications/2.pdf").status_code == 404
    assert second.post("/finances/rectifications/1/rien").status_code == 404
    text = second.get(bill).text
    assert "Avoir n° A" in text
    assert "219,31" in text  # the original stays as it was issued
    other = second.post(f"/finances/calculs/{run}/foyers/4/rectifier", data=wish)
    assert "celle d&#39;un autre foyer" in other.text


def test_late_claims_come_first_and_filters_hold(officer: TestClient, run: int, territory: Database) -> None:
    """One late, one not, one answered: the order, the counts, the channel, the commune."""
    now = datetime.now(UTC)
    with connect(territory.dsn, role="glaneur_api") as connection:
        for day, subject in ((90, "en retard"), (1, "récente")):
            claims.open_claim(
                connection, 1, None, "telephone", subject, "", "finance", now - timedelta(days=day)
            )
        done = claims.open_claim(connection, 4, run, "courriel", "finie", "", "finance", now)
        claims.settle(connection, done, "rejetee", "finance", now, "Rien à redire.")
        claims.answer(connection, done, "Madame", "finance", now)
    text = officer.get(LISTED).text
    assert text.index("en retard</a>") < text.index("récente</a>")
    assert "finie</a>" not in text
    assert "Ouvertes (2)" in text
    assert "En retard (1)" in text
    late = officer.get(f"{LISTED}?etat=retard").text
    assert "en retard</a>" in late
    assert "récente</a>" not in late
    everything = officer.get(f"{LISTED}?etat=&voie=courriel&commune=Embry").text
    assert "finie</a>" in everything
    assert "récente</a>" not in everything


def test_what_makes_no_sense_is_refused(officer: TestClient, run: int) -> None:
    """No subject, a bill that is not the household's, a state that does not follow, no reason."""
    given = {"foyer": "1", "voie": "courrier", "objet": " "}
    wrong = officer.post(LISTED, data=given)
    assert wrong.status_code == 409
    assert "ce qui est contesté" in wrong.text
    assert "pas de facture" in officer.post(LISTED, data={**given, "objet": "x", "calcul": "999"}).text
    assert officer.post(LISTED, data={**given, "objet": "x", "foyer": "999"}).status_code == 404
    page = opened(officer, run)
    assert officer.post(f"{page}/etat", data={"etat": "repondue"}).status_code == 409
    assert officer.post(f"{page}/decider", data={"decision": "acceptee", "motif": " "}).status_code == 409
    assert officer.post(f"{page}/echeance", data={"echeance": "2027-03-01", "motif": " "}).status_code == 409
    moved = officer.post(f"{page}/echeance", data={"echeance": "2027-03-01", "motif": "En vacances"})
    assert moved.status_code == 303
    assert "01/03/2027 : En vacances" in officer.get(page).text
    assert officer.get(f"{LISTED}/999").status_code == 404
    acts = {"evenement": "L9", "action": "annuler", "motif": "x", "reclamation": "999"}
    assert officer.post("/finances/evenements", data=acts).status_code == 409


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 23), 2, date(2027, 1, 23)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 30), 2, date(2028, 2, 29)),
    ],
)
def test_two_months_later(day: date, months: int, then: date) -> None:
    """The same day, or the last one of a shorter month."""
    assert claims.months_later(day, months) == then


def test_a_claim_of_nobody_takes_no_step(territory: Database) -> None:
    """A number that is not one is a refusal, not a fault."""
    with connect(territory.dsn, role="glaneur_api") as connection, pytest.raises(Refusal):
        claims.add_step(connection, 999, "commentaire", "x", datetime.now(UTC), "y")


def test_who_is_forgotten_is_forgotten_in_claims_too(run: int, territory: Database) -> None:
    """C2 left in June 2024: when its time is over, what was written goes, the claim stays counted."""
    now = datetime.now(UTC)
    with connect(territory.dsn, role="glaneur_api") as connection:
        number = claims.open_claim(connection, 3, run, "courrier", "Jean Petit", "Jean dit", "finance", now)
    with connect(territory.dsn, role="glaneur_worker") as connection:
        assert forget(connection, datetime(2024, 7, 2, tzinfo=UTC), Billing()) == 0
    with connect(territory.dsn) as connection:
        assert claims.read(connection, number)["subject"] == "Jean Petit"
    with connect(territory.dsn, role="glaneur_worker") as connection:
        assert forget(connection, datetime(2030, 1, 1, tzinfo=UTC), Billing()) == 1
    with connect(territory.dsn) as connection:
        assert claims.read(connection, number)["subject"] == "oubliée"
        steps = connection.execute(claims.SQL["steps"], {"claim": number}).fetchall()
    assert [one["body"] for one in steps] == [""]
