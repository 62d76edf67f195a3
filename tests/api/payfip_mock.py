"""PayFiP on this machine: the web service's operations, checks and faults as documented; no bank.

Operations, fields, limits and faults are those recorded from the real service by eopayment 3.15 (its
`payfip_ws.py` and recorded exchanges); the envelopes are written here. `pay(id_op, result)` plays the payer.
"""

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from api.finance.payfip import NAMESPACE

FIELDS = {"exer", "mel", "montant", "numcli", "objet", "refdet", "saisie", "urlnotif", "urlredirect"}
RULES = {
    "exer": (r"[0-9]{4}", "E1"),
    "mel": (r"[^@\s]+@[^@\s]+\.[a-z]{2,}", "A2"),
    "montant": (r"[1-9][0-9]{2,7}", "M1"),
    "numcli": (r"[0-9]{6}", "C1"),
    "objet": (r"[A-Za-z0-9 ]{1,100}", "O1"),
    "refdet": (r"[A-Za-z0-9]{6,30}", "R3"),
    "saisie": (r"[TXW]", "S1"),
}
ENVELOPE = (
    '<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>{}</S:Body>'
    "</S:Envelope>"
)


@dataclass
class PayFiP:
    """What the service knows: operations by identifier, and results of those that ended."""

    url: str = ""
    operations: dict[str, dict[str, str]] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    broken: bytes | None = None

    def pay(self, id_op: str, result: str) -> None:
        """The payer ends on PayFiP's page: P, V, R, Z or A."""
        self.results[id_op] = result

    def answer(self, content: bytes) -> tuple[int, str]:
        """Status and body for a request's body."""
        self.calls += 1
        operation = ElementTree.fromstring(content)[0][0]  # noqa: S314 - our own client's
        given = {one.tag: one.text or "" for one in operation[0]}
        if operation.tag == f"{{{NAMESPACE}}}creerPaiementSecurise":
            return self._create(given)
        if operation.tag == f"{{{NAMESPACE}}}recupererDetailPaiementSecurise":
            return self._detail(given.get("idOp", ""))
        return _fault("X0", "Operation inconnue")

    def _create(self, given: dict[str, str]) -> tuple[int, str]:
        if set(given) != FIELDS:
            return _fault("X1", "Champs")
        for name, (rule, code) in RULES.items():
            if not re.fullmatch(rule, given[name]):
                return _fault(code, f"{name} incorrect")
        id_op = str(uuid.uuid4())
        self.operations[id_op] = given
        return 200, ENVELOPE.format(
            f'<r:creerPaiementSecuriseResponse xmlns:r="{NAMESPACE}"><return><idOp>{id_op}</idOp></return>'
            "</r:creerPaiementSecuriseResponse>"
        )

    def _detail(self, id_op: str) -> tuple[int, str]:
        if id_op not in self.operations:
            return _fault("P1", "IdOp incorrect.")
        if id_op not in self.results:
            return _fault("P5", "Résultat de la transaction non connu.")
        given = self.operations[id_op]
        shown = {
            name: given[name] for name in ("exer", "mel", "montant", "numcli", "objet", "refdet", "saisie")
        }
        shown |= {"dattrans": "10032025", "heurtrans": "1405", "idOp": id_op, "numauto": "112233",
                  "resultrans": self.results[id_op]}  # fmt: skip
        body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in sorted(shown.items()))
        return 200, ENVELOPE.format(
            f'<r:recupererDetailPaiementSecuriseResponse xmlns:r="{NAMESPACE}"><return>{body}</return>'
            "</r:recupererDetailPaiementSecuriseResponse>"
        )


def _fault(code: str, label: str) -> tuple[int, str]:
    return 500, ENVELOPE.format(
        "<S:Fault><faultcode>S:Server</faultcode><faultstring>FonctionnelleErreur</faultstring><detail>"
        f'<r:FonctionnelleErreur xmlns:r="{NAMESPACE}"><code>{code}</code><descriptif/>'
        f"<libelle>{label}</libelle><severite>2</severite></r:FonctionnelleErreur></detail></S:Fault>"
    )


@contextmanager
def payfip_mock() -> Iterator[PayFiP]:
    """The service on a free port, until the block ends."""
    service = PayFiP()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = service.answer(content)
            data = service.broken if service.broken is not None else body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml;charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
