"""A bill paid on line from its printed link: recorded once, however often told; PayFiP alone is believed."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database

from api.finance import credit, payfip, payfip_pay
from api.finance.bill_settings import Billing
from api.finance.imports import Refusal
from store.connection import connect
from tests.api.conftest import make_app
from tests.api.finance_village import NOW, issued, village
from tests.api.payfip_mock import PayFiP, payfip_mock

pytestmark = pytest.mark.db
MAIL = "eve@exemple.fr"
SOON = NOW + timedelta(minutes=20)
LATE = NOW + timedelta(hours=3)


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three bills, issued."""
    with village(plain_database.dsn) as opened:
        issued(opened)
        yield opened


@pytest.fixture
def service() -> Iterator[PayFiP]:
    """PayFiP, on this machine."""
    with payfip_mock() as made:
        yield made


def billing(service: PayFiP) -> Billing:
    """An installation that pays on line, in test mode."""
    return Billing(public_url="https://dechets.exemple.fr", payfip_client="123456", payfip_url=service.url)


def token_of(connection: Connection[DictRow], account: str) -> str:
    """The secret printed on an account's bill."""
    row = connection.execute(
        "SELECT token FROM finance.payable JOIN finance.account a ON a.id = account_id"
        " WHERE a.reference = %s",
        (account,),
    ).fetchone()
    assert row
    return str(row["token"])


def statuses(connection: Connection[DictRow]) -> list[tuple[str, str | None, int]]:
    """Every payment: state, PayFiP's letter, cents."""
    rows = connection.execute("SELECT status, result, cents FROM finance.payment ORDER BY created_at, id_op")
    return [(row["status"], row["result"], row["cents"]) for row in rows]


def test_from_the_link_to_paid(connection: Connection[DictRow], service: PayFiP) -> None:
    """What is asked of PayFiP is what its documents say; paid is written once; then nothing is due."""
    token = token_of(connection, "C1")
    address = payfip_pay.start(connection, billing(service), token, MAIL, NOW)
    ((id_op, asked),) = service.operations.items()
    assert address == f"{service.url}/paiementws.web?idop={id_op}"
    assert asked == {
        "exer": "2025", "mel": MAIL, "montant": "21931", "numcli": "123456",
        "refdet": "2025000001", "saisie": "T", "objet": "Redevance incitative 2025 000001",
        "urlnotif": "https://dechets.exemple.fr/payfip/notification",
        "urlredirect": f"https://dechets.exemple.fr/f/{token}/retour",
    }  # fmt: skip
    assert payfip_pay.settle(connection, billing(service), id_op, NOW) == "pending"
    service.pay(id_op, "P")
    for _ in range(3):
        assert payfip_pay.settle(connection, billing(service), id_op, SOON) == "paid"
    assert service.calls == 3  # created, asked twice; once settled nobody is asked
    assert statuses(connection) == [("paid", "P", 21931)]
    found = payfip_pay.owed(connection, token)
    assert found
    assert (found.due, found.paid) == (Decimal(0), Decimal("219.31"))
    with pytest.raises(Refusal, match="rien à payer"):
        payfip_pay.start(connection, billing(service), token, MAIL, SOON)


def test_refused_given_up_and_lost_payments_leave_the_bill_due(
    connection: Connection[DictRow], service: PayFiP
) -> None:
    """R and A are told; no answer for two hours, or a forgotten operation, is lost."""
    token, chosen = token_of(connection, "C1"), billing(service)
    for result in ("R", "A", "", "gone"):
        payfip_pay.start(connection, chosen, token, MAIL, NOW)
        id_op = list(service.operations)[-1]
        if result == "gone":
            del service.operations[id_op]
        elif result:
            service.pay(id_op, result)
    assert payfip_pay.settle_all(connection, chosen, SOON) == 3
    assert payfip_pay.settle_all(connection, chosen, LATE) == 1
    assert sorted(one[0] for one in statuses(connection)) == ["cancelled", "lost", "lost", "refused"]
    found = payfip_pay.owed(connection, token)
    assert found
    assert found.due == Decimal("219.31")


def test_a_double_payment_is_kept_and_a_rectified_bill_asks_for_what_is_left(
    connection: Connection[DictRow], service: PayFiP
) -> None:
    """Two successes are two rows: the second is owed back. A credit note lowers what is asked."""
    token, chosen = token_of(connection, "C1"), billing(service)
    values = {"id": "k", "at": NOW, "event": "L8", "action": "annuler", "author": "c", "reason": "voisin"}
    connection.execute(credit_sql(), values)
    number = credit.rectify(connection, 1, "C1", reason="voisin", by="camille")
    credit.approve(connection, number, "dominique")
    credit.issue(connection, number, NOW)
    for _ in range(2):
        payfip_pay.start(connection, chosen, token, MAIL, NOW)
    assert {one["montant"] for one in service.operations.values()} == {"21419"}
    for id_op in service.operations:
        service.pay(id_op, "V")
        payfip_pay.settle(connection, chosen, id_op, SOON)
    assert statuses(connection) == [("paid", "V", 21419)] * 2
    found = payfip_pay.owed(connection, token)
    assert found
    assert found.due == Decimal("-214.19")


def credit_sql() -> bytes:
    """The correction of an event, as the office writes it."""
    from api.finance.imports import SQL

    return SQL["correction_added"]


def test_what_payfip_would_refuse_is_not_asked(connection: Connection[DictRow], service: PayFiP) -> None:
    """A wrong address, an amount out of bounds, an unknown link: a sentence, and nobody is called."""
    token, chosen = token_of(connection, "C1"), billing(service)
    for wrong in ("", "eve", "eve@exemple", "a b@exemple.fr", "é" * 90):
        with pytest.raises(Refusal, match="adresse électronique"):
            payfip_pay.start(connection, chosen, token, wrong, NOW)
    with pytest.raises(Refusal, match="pas celui d'une facture"):
        payfip_pay.start(connection, chosen, "0" * 32, MAIL, NOW)
    with pytest.raises(Refusal, match="pas encore le paiement en ligne"):
        payfip_pay.start(connection, Billing(), token, MAIL, NOW)
    assert payfip.wrong(99, "2025000001", MAIL) == "Le paiement en ligne va de 1 € à 100 000 €."
    assert payfip.plain("Redevance n° 2 – été ’25") == "Redevance n 2 ete 25"
    assert service.calls == 0


def test_a_strange_answer_changes_nothing(connection: Connection[DictRow], service: PayFiP) -> None:
    """What is not the service's language is an absent service: said, and the bill stays as it was."""
    token, chosen = token_of(connection, "C1"), billing(service)
    gone = chosen.model_copy(update={"payfip_url": "http://127.0.0.1:1"})
    entity = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    for answer in (b"", b"<html>", entity, b"<a><idOp>x y</idOp></a>", None):
        service.broken = answer
        with pytest.raises(Refusal, match="ne répond pas"):
            payfip_pay.start(connection, gone if answer is None else chosen, token, MAIL, NOW)
    assert statuses(connection) == []


def test_an_answer_for_another_bill_is_not_taken(connection: Connection[DictRow], service: PayFiP) -> None:
    """Reference and mode must be those that were asked: otherwise the payment stays pending."""
    token, chosen = token_of(connection, "C1"), billing(service)
    payfip_pay.start(connection, chosen, token, MAIL, NOW)
    (id_op,) = service.operations
    service.pay(id_op, "P")
    for name, other in (("refdet", "2025000002"), ("saisie", "W")):
        kept = service.operations[id_op][name]
        service.operations[id_op][name] = other
        assert payfip_pay.settle(connection, chosen, id_op, SOON) == "pending"
        service.operations[id_op][name] = kept
    with connect(str(connection.info.dsn), role="glaneur_worker") as worker:
        assert payfip_pay.settle_all(worker, chosen, SOON) == 1


def test_the_public_page_names_nobody(
    connection: Connection[DictRow],
    service: PayFiP,
    plain_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The link shows amount and number, sends to PayFiP, and believes PayFiP alone on the way back."""
    monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://dechets.exemple.fr")
    monkeypatch.setenv("GLANEUR_PAYFIP_CLIENT", "123456")
    monkeypatch.setenv("GLANEUR_PAYFIP_URL", service.url)
    token = token_of(connection, "C1")
    with TestClient(make_app(plain_database.dsn), follow_redirects=False) as client:
        shown = client.get(f"/f/{token}")
        assert shown.status_code == 200
        assert "219,31" in shown.text
        assert "Durand" not in shown.text
        assert f"form-action 'self' {service.url}" in shown.headers["content-security-policy"]
        assert client.get(f"/f/{'0' * 32}").status_code == 404
        assert client.get("/f/1").status_code == 422
        foreign = {"sec-fetch-site": "cross-site"}
        assert client.post(f"/f/{token}/payer", data={"mail": MAIL}, headers=foreign).status_code == 403
        refused = client.post(f"/f/{token}/payer", data={"mail": "eve"})
        assert (refused.status_code, "adresse électronique" in refused.text) == (409, True)
        sent = client.post(f"/f/{token}/payer", data={"mail": MAIL})
        (id_op,) = service.operations
        assert (sent.status_code, sent.headers["location"]) == (
            303,
            f"{service.url}/paiementws.web?idop={id_op}",
        )
        assert client.get(f"/f/{token}/retour?resultrans=P").headers["location"] == f"/f/{token}"
        assert "en cours" in client.get(f"/f/{token}").text
        service.pay(id_op, "P")
        for known in ("inconnu-inconnu", id_op, id_op, "<script>"):
            assert client.post("/payfip/notification", data={"idop": known}).status_code == 204
        assert "Payée" in client.get(f"/f/{token}").text
    assert statuses(connection) == [("paid", "P", 21931)]
    kept = connection.execute("SELECT y::text AS all FROM finance.payment y").fetchall()
    assert "eve" not in str(kept)


def test_settings_are_checked() -> None:
    """A client number that is not PayFiP's stops the process at its start."""
    with pytest.raises(ValueError, match="6 digits"):
        Billing(payfip_client="12")
