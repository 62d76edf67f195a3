"""PayFiP's web service: ask for a payment, learn what became of it. Knows the protocol; keeps nothing.

Operations, fields and limits as recorded from the service itself (WSDL `…/services/securite?wsdl`): a payment
is created (`creerPaiementSecurise`), paid on PayFiP's own page, and told (`recupererDetailPaiementSecurise`).
An operation lives 15 minutes; its result is kept until the next day. No card number ever passes here.
"""

import http.client
import re
import unicodedata
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from api.finance.bill_settings import Billing

NAMESPACE = (
    "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/"
    "PaiementSecuriseService"
)
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
LEAST, MOST = 100, 10_000_000
"""Cents: 1 € to 100,000 €."""
RESULTS = {"P": "paid", "V": "paid", "R": "refused", "Z": "refused", "A": "cancelled"}
"""P card, V direct debit; R card refused, Z direct debit refused; A given up by the payer."""
UNKNOWN, NOT_YET = "P1", "P5"
MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_SECONDS = 15
_MOST_BYTES = 100_000


class Fault(Exception):
    """PayFiP refused; `code` as it documents them (R3, A2, P1, P5…)."""

    def __init__(self, code: str, label: str) -> None:
        super().__init__(f"{code} {label}")
        self.code = code


class Away(Exception):
    """PayFiP did not answer, or not in its language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a payment. `status` is one of ours; `receipt` what the payer may quote."""

    status: str
    result: str
    cents: int
    reference: str
    mode: str
    receipt: str


def wrong(cents: int, reference: str, mail: str) -> str | None:
    """Why PayFiP would refuse this payment, as a French sentence; None when it would not."""
    if not LEAST <= cents <= MOST:
        return "Le paiement en ligne va de 1 € à 100 000 €."
    if not re.fullmatch(r"[A-Za-z0-9]{6,30}", reference):
        return "La référence de cette facture ne se paie pas en ligne."
    if not 6 <= len(mail) <= 80 or not MAIL.fullmatch(mail):
        return "Cette adresse électronique n'est pas valable."
    return None


def create(
    billing: Billing,
    *,
    exercise: int,
    reference: str,
    subject: str,
    cents: int,
    mail: str,
    notify: str,
    back: str,
) -> str:
    """Ask for a payment; the identifier of the operation. Errors: `Fault`, `Away`."""
    fields = {
        "exer": str(exercise),
        "mel": mail,
        "montant": str(cents),
        "numcli": billing.payfip_client,
        "objet": plain(subject),
        "refdet": reference,
        "saisie": billing.payfip_mode,
        "urlnotif": notify,
        "urlredirect": back,
    }
    found = _call(billing, "creerPaiementSecurise", fields)
    if not re.fullmatch(r"[A-Za-z0-9-]{8,64}", found.get("idOp", "")):
        raise Away("no identifier in the answer")
    return found["idOp"]


def detail(billing: Billing, id_op: str) -> Outcome:
    """What became of an operation. Errors: `Fault` (P5: nothing yet; P1: unknown or forgotten), `Away`."""
    found = _call(billing, "recupererDetailPaiementSecurise", {"idOp": id_op})
    result = found.get("resultrans", "")
    if result not in RESULTS or not found.get("montant", "").isdigit():
        raise Away("no result in the answer")
    told = (found.get("numauto", ""), found.get("dattrans", ""), found.get("heurtrans", ""))
    return Outcome(
        status=RESULTS[result],
        result=result,
        cents=int(found["montant"]),
        reference=found.get("refdet", ""),
        mode=found.get("saisie", ""),
        receipt=" ".join(filter(None, told))[:100],
    )


def page(billing: Billing, id_op: str) -> str:
    """Where the payer is sent."""
    return f"{billing.payfip_url.rstrip('/')}/paiementws.web?{urlencode({'idop': id_op})}"


def plain(subject: str) -> str:
    """A subject of the letters PayFiP takes: no accent, 100 at most."""
    letters = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^A-Za-z0-9 ]", " ", letters).split())[:100]


def _call(billing: Billing, operation: str, fields: dict[str, str]) -> dict[str, str]:
    envelope = ElementTree.Element(f"{{{SOAP}}}Envelope")
    body = ElementTree.SubElement(envelope, f"{{{SOAP}}}Body")
    argument = ElementTree.SubElement(ElementTree.SubElement(body, f"{{{NAMESPACE}}}{operation}"), "arg0")
    for name, value in sorted(fields.items()):
        ElementTree.SubElement(argument, name).text = value
    request = urllib.request.Request(  # noqa: S310 - the installation's own setting
        f"{billing.payfip_url.rstrip('/')}/services/securite",
        data=ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            content = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as why:  # SOAP says its faults with status 500
        content = why.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException) as why:
        raise Away(type(why).__name__) from why
    return _read(content)


def _read(content: bytes) -> dict[str, str]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Away("not an answer of the service")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type gets here
    except ElementTree.ParseError as why:
        raise Away("not XML") from why
    found = {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in root.iter()}
    if "Fault" in found:
        raise Fault(found.get("code", "?")[:10], found.get("libelle", found.get("faultstring", ""))[:200])
    return found
