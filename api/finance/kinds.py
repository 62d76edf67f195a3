"""The files that are taken in: what each kind is called, and how a file of it goes into the tables."""

from collections.abc import Callable, Iterable, Iterator

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance import csv_rows
from api.finance.csv_rows import RefusedRow, Row
from api.finance.imports import Keep, Report, import_rows, keep_account, keep_badge, keep_bin
from api.finance.plausible import take_usage

Taking = Callable[[Connection[DictRow], bytes], Report]
Rows = Iterator[Row | RefusedRow]


def _with(read: Callable[[bytes], Rows], keep: Keep) -> Taking:
    def take(connection: Connection[DictRow], content: bytes) -> Report:
        return import_rows(connection, read(content), keep)

    return take


def _usage(connection: Connection[DictRow], content: bytes) -> Report:
    rows: Iterable[Row | RefusedRow] = csv_rows.usage_rows(content)
    return take_usage(connection, rows)


# In the order a new collectivity sends them.
KINDS: dict[str, Taking] = {
    "comptes": _with(csv_rows.account_rows, keep_account),
    "professionnels": _with(csv_rows.professional_rows, keep_account),
    "bacs": _with(csv_rows.bin_rows, keep_bin),
    "badges": _with(csv_rows.badge_rows, keep_badge),
    "usage": _usage,
}
LABELS = {
    "comptes": "Comptes : logements, occupants et leur situation",
    "professionnels": "Professionnels, avec leur SIRET",
    "bacs": "Bacs et qui les a",
    "badges": "Badges et qui les a",
    "usage": "Usage : levées, ouvertures, passages, pesées",
}
COLUMNS = {
    "comptes": "compte, logement, occupant, du, puis au, depuis, invariant, commune, perimetre, nom, "
    "adresse, courriel, latitude, longitude, et tout fait de la grille : categorie, personnes, options…",
    "professionnels": "compte, logement, occupant, du, siret, nom, puis celles des comptes, frequence…",
    "bacs": "bac, volume, compte, du, puis au, flux, et pour un bac commun : partage, personnes, "
    "valeur_locative, tantiemes",
    "badges": "badge, compte, du, puis au",
    "usage": "id, le, quoi, et l'un de bac, badge ou compte, puis nombre, kg, m3, litres, montant, flux, "
    "appareil, latitude, longitude, signal, a_verifier",
}
