"""What an installation chooses about its bills: letterhead, where files go, on-line payment. Reads no bill.

Settings come from the environment; the letterhead is a TOML file, which a collectivity writes once.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PAYFIP = "https://www.payfip.gouv.fr/tpa"
LISTS = ("lignes", "payer", "contester")
MARKS = ("reference", "numero", "exercice", "centimes")


class Billing(BaseSettings):
    """Settings of bills and their payment; every field is an environment variable `GLANEUR_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="GLANEUR_", frozen=True)

    public_url: str = Field(default="", description="address of the pages, https://…, for links on bills")
    bills_dir: Path | None = Field(
        default=None, description="folder of the PDF bills; nobody else may read it"
    )
    bill_letterhead: Path | None = Field(default=None, description="TOML file: who sends the bills")
    payfip_client: str = Field(
        default="", description="PayFiP client number, 6 digits; empty: no on-line payment"
    )
    payfip_mode: Literal["T", "X", "W"] = Field(default="T", description="T test, X activation, W production")
    payfip_url: str = Field(default=PAYFIP, description="address of PayFiP")
    occupant_months: int = Field(
        default=48, ge=0, le=120, description="months names are kept after an account ends"
    )

    @field_validator("bills_dir", "bill_letterhead", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("payfip_client")
    @classmethod
    def _check_client(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9]{6}", value):
            raise ValueError("wants 6 digits, as PayFiP gave them")
        return value

    @property
    def pays_online(self) -> bool:
        """Whether bills carry a link: there must be a client number, and an address to come back to."""
        return bool(self.payfip_client and self.public_url)

    def link(self, token: str) -> str:
        """The public page of a bill."""
        return f"{self.public_url.rstrip('/')}/f/{token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who sends the bills and what they say. `days`: time to pay from the day of issue, 0 when not printed.

    `datamatrix`: what the Data Matrix holds. The treasury's own content was not found: it is a text with
    marks ({reference}, {numero}, {exercice}, {centimes}), written by whoever has it.
    """

    name: str = ""
    lines: tuple[str, ...] = ()
    days: int = 0
    pay: tuple[str, ...] = ()
    contest: tuple[str, ...] = ()
    subject: str = "Redevance incitative"
    datamatrix: str = "{reference}"


class BadLetterhead(ValueError):
    """The letterhead cannot be used; the argument is one French sentence."""


def read_letterhead(path: Path | None) -> Letterhead:
    """The letterhead of a file; a bare one without file. Errors: `BadLetterhead`."""
    if path is None:
        return Letterhead()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise BadLetterhead(f"L'en-tête {path.name} ne se lit pas ({why}).") from why
    unknown = sorted(
        set(given) - {"nom", "delai_jours", "lignes", "payer", "contester", "objet", "datamatrix"}
    )
    if unknown:
        raise BadLetterhead(f"L'en-tête {path.name} a des mots inconnus : {', '.join(unknown)}.")
    for key in LISTS:
        if not all(isinstance(one, str) for one in _list(given, key, path.name)):
            raise BadLetterhead(f"L'en-tête {path.name} : « {key} » est une liste de textes.")
    days = given.get("delai_jours", 0)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 365:
        raise BadLetterhead(f"L'en-tête {path.name} : « delai_jours » va de 0 à 365.")
    content = str(given.get("datamatrix", "{reference}"))
    try:
        content.format(**dict.fromkeys(MARKS, "0"))
    except (KeyError, IndexError, ValueError):
        raise BadLetterhead(
            f"L'en-tête {path.name} : « datamatrix » ne connaît que {', '.join(MARKS)} entre accolades."
        ) from None
    return Letterhead(
        name=str(given.get("nom", "")),
        lines=tuple(_list(given, "lignes", path.name)),
        days=days,
        pay=tuple(_list(given, "payer", path.name)),
        contest=tuple(_list(given, "contester", path.name)),
        subject=str(given.get("objet", "Redevance incitative")),
        datamatrix=content,
    )


def _list(given: dict[str, object], key: str, name: str) -> list[str]:
    found = given.get(key, [])
    if not isinstance(found, list):
        raise BadLetterhead(f"L'en-tête {name} : « {key} » est une liste de textes.")
    return found
