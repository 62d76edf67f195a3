"""A CSV file of devices as rows to register, and the rows refused with their line and reason. Pure.

Columns: serial (or serie), codec, report_interval_s, container, mounted_from, network, dev_eui,
network_path; only the first is required. `;` or `,` between cells, UTF-8 (with or without its mark) or
Windows-1252, as spreadsheets write them. A date without hour is midnight in Paris; an hour without zone is
Paris time.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from api.devices.wire import path_problem
from api.devices.words import NETWORKS
from api.french import PARIS

MOST_ROWS = 5_000
SERIAL = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
EUI = re.compile(r"[0-9A-F]{16}")
LONGEST_INTERVAL_S = 31 * 86_400
_COLUMNS = {
    "serial": "serial",
    "serie": "serial",
    "série": "serial",
    "numero": "serial",
    "numéro": "serial",
    "codec": "codec",
    "decodeur": "codec",
    "décodeur": "codec",
    "report_interval_s": "report_interval_s",
    "container": "container",
    "colonne": "container",
    "mounted_from": "mounted_from",
    "montee_le": "mounted_from",
    "montée_le": "mounted_from",
    "network": "network",
    "reseau": "network",
    "réseau": "network",
    "dev_eui": "dev_eui",
    "deveui": "dev_eui",
    "network_path": "network_path",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A device to register, and where it hangs if that is told.

    `line` is 0 when it does not come from a file.
    """

    serial: str
    codec: str = "native"
    report_interval_s: int = 14_400
    network: str = "native"
    dev_eui: str | None = None
    network_path: str = ""
    container: str | None = None
    mounted_from: datetime | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line of the file that is not taken, and why, in French."""

    line: int
    serial: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds. `problem` is set when it cannot be read at all."""

    rows: tuple[DeviceRow, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    problem: str = ""


class _Bad(ValueError):
    """The French reason of a row."""


def parse_csv(content: bytes, now: datetime) -> Parsed:
    """Return the rows of `content` and those refused; never raises."""
    text = _text(content)
    if "\0" in text:
        return Parsed(problem="Ce fichier n'est pas un fichier CSV.")
    first = text.splitlines()[0] if text.splitlines() else ""
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
    try:
        header = [_COLUMNS.get(cell.strip().lower().lstrip("\ufeff"), "") for cell in next(reader, [])]
        if "serial" not in header:
            return Parsed(problem="La première ligne doit nommer les colonnes, dont « serial ».")
        return _rows(reader, header, now)
    except csv.Error as error:
        return Parsed(problem=f"Ce fichier n'est pas un fichier CSV (ligne {reader.line_num} : {error}).")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _rows(reader: "csv._reader", header: list[str], now: datetime) -> Parsed:  # type: ignore[name-defined]
    rows: list[DeviceRow] = []
    refused: list[RefusedRow] = []
    seen: dict[str, int] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(refused) >= MOST_ROWS:
            return Parsed(problem=f"Ce fichier a plus de {MOST_ROWS} lignes : partagez-le.")
        named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
        serial = named.get("serial", "")
        try:
            if serial in seen:
                raise _Bad(f"Ce numéro est déjà à la ligne {seen[serial]}.")
            row = _row(named, reader.line_num, now)
        except _Bad as bad:
            refused.append(RefusedRow(reader.line_num, serial[:64], str(bad)))
            continue
        seen[serial] = reader.line_num
        rows.append(row)
    return Parsed(tuple(rows), tuple(refused))


def _row(named: dict[str, str], line: int, now: datetime) -> DeviceRow:
    container = named.get("container") or None
    mounted = named.get("mounted_from") or ""
    if mounted and not container:
        raise _Bad("Une date de montage est donnée sans colonne.")
    row = DeviceRow(
        serial=named["serial"],
        codec=named.get("codec") or "native",
        report_interval_s=_interval(named.get("report_interval_s", "")),
        network=(named.get("network") or "native").lower(),
        dev_eui=(named.get("dev_eui") or "").upper().replace(":", "").replace("-", "") or None,
        network_path=named.get("network_path", ""),
        container=container,
        mounted_from=(_instant(mounted) if mounted else now) if container else None,
        line=line,
    )
    if problem := identity_problem(row):
        raise _Bad(problem)
    return row


def identity_problem(row: DeviceRow) -> str:
    """Say in French what is wrong with a device's names and interval; empty when nothing is."""
    if not SERIAL.fullmatch(row.serial):
        return "Le numéro de série doit avoir 1 à 64 caractères : lettres sans accent, chiffres, _ . : -"
    if not 1 <= row.report_interval_s <= LONGEST_INTERVAL_S:
        return "L'intervalle d'envoi doit être de 1 seconde à 31 jours."
    if row.network not in NETWORKS:
        return f"Le réseau doit être l'un de : {', '.join(NETWORKS)}."
    if row.network == "native":
        return "Une sonde native n'a pas de DevEUI." if row.dev_eui or row.network_path else ""
    if row.dev_eui is None or not EUI.fullmatch(row.dev_eui):
        return "Sur un réseau LoRaWAN, le DevEUI est nécessaire : 16 chiffres hexadécimaux."
    return path_problem(row.network, row.network_path)


def _interval(text: str) -> int:
    if not text:
        return 14_400
    try:
        return int(text)
    except ValueError:
        raise _Bad("L'intervalle d'envoi n'est pas un nombre entier de secondes.") from None


def _instant(text: str) -> datetime:
    for pattern in ("%d/%m/%Y %H:%M", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=PARIS).astimezone(UTC)
        except ValueError:
            continue
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), PARIS).astimezone(UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad("La date de montage n'est pas lisible (AAAA-MM-JJ ou JJ/MM/AAAA).") from None
    return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(UTC)
