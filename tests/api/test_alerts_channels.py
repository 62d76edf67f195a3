"""The roads messages leave by: SMS gateways, webhooks, mail over TLS, a folder."""

import hashlib
import hmac
import json
import ssl
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from services import Database

from api.alerts.messaging import Messaging
from store.connection import connect
from tests.api.outbox import at_once, outbox, run, subscribe
from tests.api.outside_world import mail_server, web_server

pytestmark = pytest.mark.db


@pytest.mark.parametrize("form", ["json", "form"])
def test_the_sms_gateway_gets_its_own_words(territory: Database, form: str) -> None:
    """The profile of an ordinary gateway: its fields, its headers, JSON or a form."""
    subscribe(territory.dsn, "sms", "+33612345678", kinds=("urgent",))
    with web_server() as gateway:
        messaging = Messaging(
            sms_url=f"{gateway.url}/v1/sms?plan=a",  # type: ignore[arg-type]
            sms_format=form,  # type: ignore[arg-type]
            sms_fields='{"recipient": "{to}", "text": "{text}", "sender": "GLANEUR", "ref": "{key}"}',
            sms_headers='{"Authorization": "Bearer s3cret"}',  # type: ignore[arg-type]
        )
        assert run(territory.dsn, messaging) == {"sent": 1}
    (request,) = gateway.heard
    body = request.body.decode()
    fields = json.loads(body) if form == "json" else {name: one[0] for name, one in parse_qs(body).items()}
    key = str(outbox(territory.dsn)[0]["id"])
    assert fields["text"].startswith("Glaneur – Urgente : V1 (Fruges).")
    assert (fields["recipient"], fields["sender"], fields["ref"]) == ("+33612345678", "GLANEUR", key)
    assert (request.path, request.headers["authorization"]) == ("/v1/sms?plan=a", "Bearer s3cret")


def test_a_webhook_is_signed(territory: Database) -> None:
    """The receiver can check who speaks, that the body is whole, and that it has it already."""
    with web_server() as receiver:
        subscribe(territory.dsn, "webhook", f"{receiver.url}/hook")
        messaging = Messaging(webhook_secret="shared", webhook_plain=True)  # type: ignore[arg-type]
        assert run(territory.dsn, messaging) == {"sent": 1}
    (request,) = receiver.heard
    signed = request.headers["x-glaneur-timestamp"].encode() + b"." + request.body
    assert request.headers["x-glaneur-signature"] == (
        "sha256=" + hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
    )
    heard = json.loads(request.body)
    assert heard["id"] == request.headers["idempotency-key"] == str(outbox(territory.dsn)[0]["id"])
    assert {one["kind"] for one in heard["alerts"]} == {"urgent", "silent"}


def test_a_webhook_is_not_redirected_nor_in_the_clear(territory: Database) -> None:
    """A redirection is a refusal, and http:// is for closed networks that say so."""
    with web_server() as receiver:
        receiver.answers = [302]
        subscribe(territory.dsn, "webhook", f"{receiver.url}/hook")
        plain = Messaging(webhook_secret="shared", webhook_plain=True)  # type: ignore[arg-type]
        assert run(territory.dsn, plain) == {"dead": 1}
        assert [one.path for one in receiver.heard] == ["/hook"]
        with connect(territory.dsn) as connection:
            connection.execute("UPDATE people.notification SET status = 'waiting', tries = 0")
        at_once(territory.dsn)
        assert run(territory.dsn, Messaging(webhook_secret="shared")) == {"dead": 1}  # type: ignore[arg-type]
    assert outbox(territory.dsn)[0]["error"] == "Un webhook doit être en https://."


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """A certificate signed by itself, and the server's context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{host}.pem", folder / f"{host}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return pem, context


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit"])
def test_mail_over_tls_is_believed_by_its_authority_only(
    territory: Database, tmp_path: Path, implicit: bool
) -> None:
    """With the authority given the mail goes over TLS; without it, or under another name, nothing is said."""
    pem, context = certificate(tmp_path)
    other, _ = certificate(tmp_path, "other.example")
    scheme = "smtps" if implicit else "smtp"
    subscribe(territory.dsn)
    with mail_server(context, implicit=implicit) as server:
        for host, authority in (("localhost", None), ("localhost", other), ("127.0.0.1", pem)):
            wary = Messaging(smtp=f"{scheme}://{host}:{server.port}", smtp_ca=authority)  # type: ignore[arg-type]
            assert run(territory.dsn, wary) == {"put_back": 1}
            assert outbox(territory.dsn)[0]["error"] == "Injoignable (SSLCertVerificationError)."
            at_once(territory.dsn)
        assert server.mails == []
        sure = Messaging(smtp=f"{scheme}://localhost:{server.port}", smtp_ca=pem)  # type: ignore[arg-type]
        assert run(territory.dsn, sure) == {"sent": 1}
        assert (server.secured, len(server.mails)) == (1, 1)


def test_no_password_without_tls(territory: Database) -> None:
    """A server that offers no TLS hears neither the account nor the mail."""
    subscribe(territory.dsn)
    with mail_server() as server:
        account = Messaging(smtp=f"smtp://moi:secret@127.0.0.1:{server.port}")  # type: ignore[arg-type]
        assert run(territory.dsn, account) == {"put_back": 1}
        assert server.mails == []


def test_mails_may_go_to_a_folder(territory: Database, tmp_path: Any) -> None:
    """For trials: each mail is a file under its key."""
    subscribe(territory.dsn)
    folder = tmp_path / "courriels"
    assert run(territory.dsn, Messaging(smtp=f"file://{folder}")) == {"sent": 1}  # type: ignore[arg-type]
    (mail,) = folder.iterdir()
    assert uuid.UUID(mail.stem) == outbox(territory.dsn)[0]["id"]
