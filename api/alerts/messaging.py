"""By what roads messages leave: mail server, SMS gateway, secret of webhooks.

Read once from the environment.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, FilePath, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

CHANNELS = ("email", "sms", "webhook")
_SMS_FIELDS = '{"to": "{to}", "message": "{text}", "id": "{key}"}'


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over.

    `authority` is a file of certificates (PEM) believed instead of the system's: a server of one's own.
    `folder` instead writes each mail to a file: for trials and demonstrations.
    """

    host: str = ""
    port: int = 0
    username: str = ""
    password: str = ""
    tls: Literal["implicit", "upgrade"] = "upgrade"
    authority: str = ""
    folder: str = ""


def read_mail_server(url: str) -> MailServer:
    """Read `smtps://user:password@host:465`, `smtp://host:587` (STARTTLS when offered) or `file:///folder`.

    Raises ValueError with a sentence that does not repeat the address.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return MailServer(folder=unquote(parts.path))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be written smtp://, smtps://user:password@host:port or file:///folder")
    implicit = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if implicit else 587),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls="implicit" if implicit else "upgrade",
    )


class Messaging(BaseSettings):
    """Settings of what leaves; every field is an environment variable `GLANEUR_<NAME>`.

    A road without settings is closed.
    """

    model_config = SettingsConfigDict(env_prefix="GLANEUR_", frozen=True)

    public_url: str = Field(default="", description="address of the pages in messages, https://…")
    smtp: SecretStr | None = Field(default=None, description="mail server, smtps://user:password@host:465")
    smtp_ca: FilePath | None = Field(
        default=None, description="authority the mail server's certificate comes from (PEM file)"
    )
    mail_from: str = Field(default="glaneur@localhost", description="sender of mails")
    sms_url: SecretStr | None = Field(
        default=None, description="SMS gateway, where messages are POSTed, or file:///folder"
    )
    sms_format: Literal["json", "form"] = Field(default="json", description="how the gateway wants them")
    sms_fields: str = Field(default=_SMS_FIELDS, description="JSON object; {to}, {text}, {key} are replaced")
    sms_headers: SecretStr | None = Field(
        default=None, description="JSON object of headers, e.g. Authorization"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="signs what webhooks get (HMAC-SHA256)"
    )
    webhook_plain: bool = Field(default=False, description="let webhooks be http:// too, on a closed network")

    @cached_property
    def mail_server(self) -> MailServer | None:
        """The mail server, None without one."""
        if self.smtp is None:
            return None
        found = read_mail_server(self.smtp.get_secret_value())
        return replace(found, authority=str(self.smtp_ca)) if self.smtp_ca else found

    @cached_property
    def open_channels(self) -> tuple[str, ...]:
        """The roads this installation has."""
        given = {"email": self.smtp, "sms": self.sms_url, "webhook": self.webhook_secret}
        return tuple(name for name in CHANNELS if given[name] is not None)

    @property
    def inbox(self) -> str:
        """The address of the inbox, empty when the pages' is not known."""
        return f"{self.public_url.rstrip('/')}/alertes" if self.public_url else ""

    @field_validator("smtp", "sms_url", "sms_headers", "webhook_secret")
    @classmethod
    def _empty_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value() else None

    @field_validator("smtp")
    @classmethod
    def _check_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_mail_server(value.get_secret_value())
        return value

    @field_validator("sms_fields")
    @classmethod
    def _check_fields(cls, value: str) -> str:
        _text_object(value)
        return value

    @field_validator("sms_headers")
    @classmethod
    def _check_headers(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _text_object(value.get_secret_value())
        return value


def _text_object(text: str) -> dict[str, str]:
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError:
        raise ValueError("must be a JSON object of texts") from None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError("must be a JSON object of texts")
    return value


def sms_request(messaging: Messaging, to: str, text: str, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return (fields, headers) of one SMS, in the gateway's own words."""
    fields = {
        name: value.replace("{to}", to).replace("{key}", key).replace("{text}", text)
        for name, value in _text_object(messaging.sms_fields).items()
    }
    headers = _text_object(messaging.sms_headers.get_secret_value()) if messaging.sms_headers else {}
    return fields, headers
