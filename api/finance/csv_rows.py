"""CSV files of accounts, bins, badges and usage as rows, and the rows refused with line and reason. Pure.

Columns are French, in any order; `;` or `,` between cells; UTF-8 or Windows-1252. Days are AAAA-MM-JJ or
JJ/MM/AAAA, last days included; an hour without zone is Paris time. Unknown columns of the accounts' file are
facts that grids may ask for.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import chain

from api.french import PARIS

MOST_ROWS = 2_000_000
NAME = re.compile(r"[^\s;,]{1,64}")
ACCOUNT = {
    "compte", "logement", "invariant", "commune", "perimetre", "occupant", "nom", "adresse", "courriel", "du",
    "au", "depuis", "latitude", "longitude", "siret",
}  # fmt: skip
BIN = {"bac", "volume", "flux", "compte", "du", "au"}
BADGE = {"badge", "compte", "du", "au"}
USAGE = {"id", "le", "quoi", "bac", "badge", "compte", "nombre", "kg", "m3", "litres", "montant", "flux",
         "appareil", "latitude", "longitude", "signal", "a_verifier"}  # fmt: skip
WEIGHTS = {"personnes", "valeur_locative", "tantiemes"}
NUMBERS = WEIGHTS | {"frequence"}

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line that is not taken, and why, in French."""

    line: int
    reason: str


class Bad(Exception):
    """A cell that cannot be read; the argument is one French sentence."""


def account_rows(content: bytes) -> Iterator[Row | RefusedRow]:
    """compte, logement, occupant, du are needed; `depuis` dates the state when it is not the arrival."""
    return _rows(content, {"compte", "logement", "occupant", "du"}, None, _account)


def professional_rows(content: bytes) -> Iterator[Row | RefusedRow]:
    """As accounts, with siret and nom; categorie is `professionnel` unless said."""
    return _rows(content, {"compte", "logement", "occupant", "du", "siret", "nom"}, None, _professional)


def badge_rows(content: bytes) -> Iterator[Row | RefusedRow]:
    """badge, compte, du are needed: who had the card from which day on."""
    return _rows(content, {"badge", "compte", "du"}, BADGE, _badge)


def bin_rows(content: bytes) -> Iterator[Row | RefusedRow]:
    """bac, volume, compte, du are needed; a weight (personnes, tantiemes…) makes it shared."""
    return _rows(content, {"bac", "volume", "compte", "du"}, BIN | WEIGHTS | {"partage"}, _bin)


def usage_rows(content: bytes) -> Iterator[Row | RefusedRow]:
    """id, le, quoi are needed, and one of bac, badge or compte."""
    return _rows(content, {"id", "le", "quoi"}, USAGE, _event)


def _rows(
    content: bytes, needed: set[str], known: set[str] | None, read: Callable[[dict[str, str]], Row]
) -> Iterator[Row | RefusedRow]:
    text = _text(content)
    first, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        wrong = sorted(needed - set(header)) or sorted(set(header) - (known or set(header)))
        if wrong or len(set(header)) < len(header):
            yield RefusedRow(
                1, f"Colonnes manquantes, inconnues ou doubles : {', '.join(wrong) or first[:80]}."
            )
            return
        for cells in chain(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if reader.line_num > MOST_ROWS:
                yield RefusedRow(reader.line_num, f"Le fichier a plus de {MOST_ROWS} lignes : partagez-le.")
                return
            if len(cells) != len(header):
                yield RefusedRow(reader.line_num, f"{len(cells)} cellules au lieu de {len(header)}.")
                continue
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            try:
                yield {**read(named), "line": reader.line_num}
            except Bad as bad:
                yield RefusedRow(reader.line_num, str(bad))
    except csv.Error as error:
        yield RefusedRow(reader.line_num, f"Ce n'est plus du CSV ({error}) : la suite n'est pas lue.")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _account(named: dict[str, str]) -> Row:
    first, end = _period(named)
    since = day(named["depuis"], "depuis") if named.get("depuis") else first
    facts: dict[str, object] = {}
    for name, cell in named.items():
        if name not in ACCOUNT and cell:
            facts[name] = _fact(name, cell)
    if named.get("commune"):
        facts["commune"] = named["commune"]
    lat, lon = _place(named)
    return {
        "lat": lat,
        "lon": lon,
        "siret": _siret(named["siret"]) if named.get("siret") else None,
        "account": _name(named, "compte"),
        "dwelling": _name(named, "logement"),
        "occupant": _name(named, "occupant"),
        "invariant": named.get("invariant") or None,
        "commune": named.get("commune", ""),
        "perimeter": named.get("perimetre", ""),
        "name": named.get("nom", ""),
        "address": named.get("adresse", ""),
        "email": named.get("courriel", ""),
        "first": first,
        "end": end,
        "since": since,
        "facts": facts,
    }


def _professional(named: dict[str, str]) -> Row:
    if not named["siret"] or not named["nom"]:
        raise Bad("Un professionnel a un numéro SIRET et un nom.")
    return _account({**named, "categorie": named.get("categorie") or "professionnel"})


def _siret(cell: str) -> str:
    """Fourteen digits whose Luhn sum is a multiple of 10 (of 5 for La Poste, whose sites count otherwise)."""
    digits = re.sub(r"[ \u00a0.]", "", cell)
    if not re.fullmatch(r"[0-9]{14}", digits):
        raise Bad(f"Un numéro SIRET a 14 chiffres : {cell[:20]}.")
    doubled = [int(one) * (2 if rank % 2 == 0 else 1) for rank, one in enumerate(digits)]
    if sum(one - 9 if one > 9 else one for one in doubled) % 10 and not (
        digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0
    ):
        raise Bad(f"Ce numéro SIRET n'existe pas, un chiffre est faux : {digits}.")
    return digits


def _badge(named: dict[str, str]) -> Row:
    first, end = _period(named)
    return {"badge": _name(named, "badge"), "account": _name(named, "compte"), "first": first, "end": end}


def _place(named: dict[str, str]) -> tuple[float | None, float | None]:
    """Degrees, both or none."""
    cells = [named.get(key, "") for key in ("latitude", "longitude")]
    if not any(cells):
        return None, None
    try:
        lat, lon = (float(cell.replace(",", ".")) for cell in cells)
    except ValueError:
        raise Bad("« latitude » et « longitude » sont deux nombres de degrés, ou rien.") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Bad(f"Ce lieu n'existe pas : {cells[0][:12]}, {cells[1][:12]}.")
    return lat, lon


def _signal(cell: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,3}", cell):
        raise Bad(f"« signal » est un nombre entier de dBm : {cell[:12]}.")
    return int(cell)


def _fact(name: str, cell: str) -> object:
    if name == "options":
        return [one.strip() for one in cell.split("|") if one.strip()]
    if name in NUMBERS:
        return str(_number(cell, name))
    return cell


def _bin(named: dict[str, str]) -> Row:
    first, end = _period(named)
    volume = named["volume"]
    if not volume.isdigit() or not 0 < int(volume) <= 100_000:
        raise Bad("Le volume doit être un nombre entier de litres, plus grand que zéro.")
    weights = {name: str(_number(named[name], name)) for name in sorted(WEIGHTS) if named.get(name)}
    shared = bool(weights) or named.get("partage", "").lower() in ("oui", "egal")
    return {
        "bin": _name(named, "bac"),
        "volume": int(volume),
        "stream": named.get("flux") or "omr",
        "account": _name(named, "compte"),
        "first": first,
        "end": end,
        "weights": weights if shared else None,
    }


def _event(named: dict[str, str]) -> Row:
    bin_code, badge, account = (named.get(key) or None for key in ("bac", "badge", "compte"))
    if [bin_code, badge, account].count(None) != 2:
        raise Bad("Il faut le bac, le badge ou le compte, et un seul des trois.")
    count = named.get("nombre") or "1"
    if not count.isdigit() or not 0 < int(count) <= 10_000:
        raise Bad("Le nombre doit être entier et plus grand que zéro.")
    doubt = named.get("a_verifier")
    sizes = {name: _number(named[name], name) if named.get(name) else None for name in ("kg", "m3", "litres")}
    lat, lon = _place(named)
    return {
        **sizes,
        "lat": lat,
        "lon": lon,
        "signal": _signal(named["signal"]) if named.get("signal") else None,
        "badge": badge,
        "id": _name(named, "id"),
        "at": instant(named["le"]),
        "kind": _name(named, "quoi"),
        "bin": bin_code,
        "account": account,
        "count": int(count),
        "amount": _number(named["montant"], "montant") if named.get("montant") else None,
        "stream": named.get("flux") or None,
        "device": named.get("appareil") or None,
        "aside": f"à vérifier : {doubt}" if doubt else None,
    }


def _name(named: dict[str, str], key: str) -> str:
    if not NAME.fullmatch(named[key]):
        raise Bad(f"« {key} » doit avoir de 1 à 64 caractères, sans espace.")
    return named[key]


def _number(cell: str, key: str) -> Decimal:
    try:
        value = Decimal(cell.replace(",", "."))
    except InvalidOperation:
        raise Bad(f"« {key} » n'est pas un nombre : {cell[:20]}.") from None
    if not value.is_finite() or value < 0 or value > 10**9:
        raise Bad(f"« {key} » doit être un nombre qui n'est pas négatif : {cell[:20]}.")
    return value


def _period(named: dict[str, str]) -> tuple[date, date | None]:
    first = day(named["du"], "du")
    last = day(named["au"], "au") if named.get("au") else None
    if last is not None and last < first:
        raise Bad("Le dernier jour est avant le premier.")
    return first, last + timedelta(days=1) if last else None


def day(cell: str, key: str) -> date:
    """A day as written in France or by ISO 8601. Errors: `Bad`."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(cell, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if 1900 <= found.year <= 2200:
            return found
    raise Bad(f"« {key} » n'est pas un jour (AAAA-MM-JJ ou JJ/MM/AAAA) : {cell[:20]}.")


def instant(cell: str) -> datetime:
    """An instant in UTC; Paris time when no zone is written. Errors: `Bad`."""
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise Bad(f"« le » n'est pas un instant (AAAA-MM-JJTHH:MM) : {cell[:30]}.") from None
    return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(UTC)
