"""Hand one message over to the outside: a mail server, an SMS gateway, somebody's webhook.

Every message carries its idempotency key, so that a receiver can tell a second delivery of the same one: a
mail's Message-ID, the SMS gateway's {key}, a webhook's header. A failure is a value whose reason names no
address.
"""

import hashlib
import hmac
import http.client
import json
import smtplib
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from api.alerts.messaging import MailServer, Messaging, sms_request

TIMEOUT_S = 10
_READ = 2_000
_TRY_LATER = (408, 425, 429)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message on its way; `key` is its idempotency key."""

    key: str
    channel: str
    address: str
    title: str
    body: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not leave.

    `final`: trying again is useless; `road`: it is the road that is broken, not this message.
    """

    reason: str
    final: bool = False
    road: bool = False


def send(message: Message, messaging: Messaging) -> Failure | None:
    """Hand a message over; None when the other side took it."""
    roads = {"email": _send_mail, "sms": _send_sms, "webhook": _send_webhook}
    try:
        return roads[message.channel](message, messaging)
    except (OSError, http.client.HTTPException) as error:
        # A webhook's server is one person's, the others' are everybody's.
        return Failure(f"Injoignable ({type(error).__name__}).", road=message.channel != "webhook")
    except ValueError:  # an address or a text that the protocol cannot carry
        return Failure("Adresse impossible à joindre.", final=True)


def _send_mail(message: Message, messaging: Messaging) -> Failure | None:
    server = messaging.mail_server
    if server is None:
        return Failure("Aucun serveur de courriel n'est réglé (GLANEUR_SMTP).", road=True)
    mail = mail_of(message, messaging.mail_from)
    if server.folder:
        folder = Path(server.folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{message.key}.eml").write_bytes(mail.as_bytes())
        return None
    try:
        with _greeted(server) as connection:
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        return Failure(f"Destinataire refusé par le serveur ({code}).", final=code >= 500)
    except smtplib.SMTPAuthenticationError as error:
        return Failure(f"Le serveur refuse notre compte ({error.smtp_code}).", road=True)
    except smtplib.SMTPDataError as error:
        return Failure(f"Message refusé par le serveur ({error.smtp_code}).", final=error.smtp_code >= 500)
    except smtplib.SMTPResponseException as error:  # our greeting or our sender: every mail would be refused
        return Failure(f"Refusé par le serveur ({error.smtp_code}).", road=True)
    except smtplib.SMTPException as error:
        return Failure(f"Refusé par le serveur ({type(error).__name__}).", road=True)
    return None


def mail_of(message: Message, sender: str) -> EmailMessage:
    """Write the mail; ValueError when an address or the title cannot stand in one."""
    mail = EmailMessage()
    mail["Subject"] = f"[Glaneur] {message.title}"
    mail["From"] = Address("Glaneur", addr_spec=sender)
    mail["To"] = Address(addr_spec=message.address)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail


def _greeted(server: MailServer) -> smtplib.SMTP:
    """Open a session; a password is never sent in the clear."""
    context = ssl.create_default_context(cafile=server.authority or None)
    if server.tls == "implicit":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        connection.ehlo()
        upgraded = server.tls == "implicit"
        if not upgraded and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            upgraded = True
        if server.username:
            if not upgraded:
                raise smtplib.SMTPNotSupportedError("no TLS to send a password over")
            connection.login(server.username, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def try_mail_server(server: MailServer) -> str:
    """Greet the mail server without sending anything; return what went wrong, or an empty text."""
    if server.folder:
        return ""
    try:
        with _greeted(server):
            return ""
    except smtplib.SMTPAuthenticationError as error:
        return f"refuses our account ({error.smtp_code})"
    except (OSError, smtplib.SMTPException) as error:
        return f"cannot be used: {type(error).__name__}"


def _send_sms(message: Message, messaging: Messaging) -> Failure | None:
    if messaging.sms_url is None:
        return Failure("Aucune passerelle SMS n'est réglée (GLANEUR_SMS_URL).", road=True)
    url = messaging.sms_url.get_secret_value()
    if urlsplit(url).scheme == "file":  # for trials and demonstrations, as mails are
        folder = Path(unquote(urlsplit(url).path))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{message.key}.txt").write_text(f"{message.address}\n{message.body}\n", encoding="utf-8")
        return None
    fields, headers = sms_request(messaging, message.address, message.body, message.key)
    if messaging.sms_format == "form":
        body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    else:
        body, kind = json.dumps(fields, ensure_ascii=False).encode(), "application/json"
    return _post(url, body, {"Content-Type": kind, **headers}, road=True)


def _send_webhook(message: Message, messaging: Messaging) -> Failure | None:
    if messaging.webhook_secret is None:
        return Failure("Aucun secret ne signe les webhooks (GLANEUR_WEBHOOK_SECRET).", road=True)
    if urlsplit(message.address).scheme != "https" and not messaging.webhook_plain:
        return Failure("Un webhook doit être en https://.", final=True)
    body = json.dumps({"id": message.key, **message.document}, ensure_ascii=False).encode()
    at = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        "X-Glaneur-Timestamp": at,
        "X-Glaneur-Signature": signature(messaging.webhook_secret.get_secret_value(), at, body),
    }
    return _post(message.address, body, headers, road=False)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `sha256=…`, the HMAC-SHA256 of `timestamp.body`.

    A receiver checks it and that the time is recent.
    """
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _post(url: str, body: bytes, headers: dict[str, str], *, road: bool) -> Failure | None:
    """POST once, following no redirection."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname, parts.port, timeout=TIMEOUT_S)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"User-Agent": "Glaneur", **headers})
        answer = connection.getresponse()
        answer.read(_READ)
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        return None
    if answer.status in _TRY_LATER or answer.status >= 500:
        return Failure(f"Réponse {answer.status}, à réessayer.", road=road)
    # 401 and 403 of a gateway are about our account, not about this message.
    ours = road and answer.status in (401, 403)
    return Failure(f"Refusé : réponse {answer.status}.", final=not ours, road=ours)
