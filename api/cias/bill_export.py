"""An issued run's bills for the treasury, by a profile of `tariff.profiles`; a layout is data."""

from datetime import timedelta
from functools import cache
from importlib.resources import files

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.bill_runs import NotNow
from api.cias.bills import SQL
from api.french import PARIS
from tariff.profiles import Profile, read_profile, write_file


@cache
def default_profile() -> Profile:
    """The layout that ships, not an official one."""
    text = files("api.cias").joinpath("tresor.toml").read_text(encoding="utf-8")
    found, problems = read_profile("tresor.toml", text)
    if found is None:
        raise RuntimeError(f"tresor.toml: {problems}")
    return found


def export(connection: Connection[DictRow], run: int, profile: Profile) -> bytes:
    """The file of an issued run. Errors: `NotNow`; then there is no file."""
    rows = connection.execute(SQL["run_bills"], {"run": run, "bill": None}).fetchall()
    if not rows or rows[0]["issued_at"] is None:
        raise NotNow("Seules des factures émises s'exportent.")
    data, _, wrong = write_file(profile, (_fields(row) for row in rows))
    if wrong:
        raise NotNow(" ".join(wrong[:5]))
    return data


def _fields(row: DictRow) -> dict[str, object]:
    day = row["issued_at"].astimezone(PARIS).date()
    return {
        "compte": row["reference"],
        "numero": row["number"],
        "exercice": day.year,
        "date": day,
        "nom": row["name"],
        "adresse": row["address"],
        "commune": row["insee"],
        "du": row["month"],
        "au": (row["month"] + timedelta(days=32)).replace(day=1) - timedelta(days=1),
        "total": row["total"],
    }
