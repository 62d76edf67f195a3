"""Paying a bill on line, from its public link to its state « paid ». Recorded once, however often it is told.

Whoever holds the link sees an amount and a number, no name. The e-mail address that PayFiP wants goes to it
and is not kept. What became of a payment is asked from PayFiP itself, never believed from a browser.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance import payfip
from api.finance.bill_settings import Billing, read_letterhead
from api.finance.credit import balance
from api.finance.imports import Refusal
from store.queries import named_queries

SQL = named_queries("api.finance", "payments.sql")
VALID = timedelta(minutes=15)
LOST = timedelta(minutes=120)
"""After this long without a result there will be none: the operation was left on PayFiP's page."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Owed:
    """A bill behind a public link."""

    row: DictRow
    due: Decimal
    paid: Decimal

    @property
    def cents(self) -> int:
        """What is asked, in cents."""
        return int(self.due * 100)


def owed(connection: Connection[DictRow], token: str) -> Owed | None:
    """The bill of a link; None when there is no such link."""
    row = connection.execute(SQL["payable"], {"token": token}).fetchone()
    if row is None:
        return None
    return Owed(row, balance(connection, row["run_id"], row["account_id"]), Decimal(row["paid"]))


def start(connection: Connection[DictRow], billing: Billing, token: str, mail: str, now: datetime) -> str:
    """Open a payment of all that is due; where to send the payer. Errors: `Refusal`."""
    found = owed(connection, token)
    if found is None:
        raise Refusal("Ce lien n'est pas celui d'une facture.")
    if not billing.pays_online:
        raise Refusal("Cette collectivité ne propose pas encore le paiement en ligne.")
    if found.due <= 0:
        raise Refusal("Il n'y a rien à payer sur cette facture.")
    if said := payfip.wrong(found.cents, found.row["reference"], mail):
        raise Refusal(said)
    base = billing.public_url.rstrip("/")
    subject = f"{read_letterhead(billing.bill_letterhead).subject} {found.row['number']}"
    try:
        id_op = payfip.create(
            billing,
            exercise=found.row["exercise"],
            reference=found.row["reference"],
            subject=subject,
            cents=found.cents,
            mail=mail,
            notify=f"{base}/payfip/notification",
            back=f"{billing.link(token)}/retour",
        )
    except payfip.Away as why:
        _log.error("PayFiP is away: %s", why)
        raise Refusal("Le service de paiement ne répond pas : réessayez dans quelques minutes.") from why
    except payfip.Fault as why:
        _log.error("PayFiP refused a payment: %s", why)
        raise Refusal(f"Le service de paiement a refusé cette demande (code {why.code}).") from why
    keys = {name: found.row[name] for name in ("run_id", "account_id")}
    connection.execute(SQL["payment_opened"], {**keys, "id_op": id_op, "cents": found.cents, "now": now})
    connection.commit()
    return payfip.page(billing, id_op)


def settle(connection: Connection[DictRow], billing: Billing, id_op: str, now: datetime) -> str | None:
    """Ask what became of a payment of ours and write it down; its status, None when it is not ours.

    Told twice, it is recorded once. Without an answer it stays pending, and is asked again later.
    """
    row = connection.execute(SQL["payment"], {"id_op": id_op}).fetchone()
    connection.commit()  # nothing is held while PayFiP thinks
    if row is None or row["status"] != "pending":
        return row["status"] if row else None
    age = now - row["created_at"]
    try:
        found = payfip.detail(billing, id_op)
    except payfip.Away as why:
        _log.warning("PayFiP is away: %s", why)
        return "pending"
    except payfip.Fault as why:
        gone = (why.code == payfip.NOT_YET and age > LOST) or (why.code == payfip.UNKNOWN and age > VALID)
        if not gone:
            return "pending"
        return _record(
            connection, id_op, {"status": "lost", "result": None, "receipt": "", "cents": None}, now
        )
    if (found.reference, found.mode) != (row["reference"], billing.payfip_mode):
        _log.error("PayFiP answers for another bill or another mode: the payment stays pending")
        return "pending"
    told = {"status": found.status, "result": found.result, "receipt": found.receipt, "cents": found.cents}
    return _record(connection, id_op, told, now)


def _record(connection: Connection[DictRow], id_op: str, told: dict[str, object], now: datetime) -> str:
    row = connection.execute(SQL["payment_settled"], {**told, "id_op": id_op, "now": now}).fetchone()
    if row is None:  # someone else was told first
        row = connection.execute(SQL["payment"], {"id_op": id_op}).fetchone()
    connection.commit()
    assert row  # noqa: S101 - payments are never deleted
    return str(row["status"])


def settle_bill(connection: Connection[DictRow], billing: Billing, token: str, now: datetime) -> None:
    """Ask about the pending payments of one bill."""
    for row in connection.execute(SQL["pending_of_link"], {"token": token}).fetchall():
        settle(connection, billing, row["id_op"], now)


def settle_all(connection: Connection[DictRow], billing: Billing, now: datetime) -> int:
    """Ask about every pending payment; how many are settled."""
    if not billing.payfip_client:
        return 0
    rows = connection.execute(SQL["pending"]).fetchall()
    return sum(settle(connection, billing, row["id_op"], now) != "pending" for row in rows)
