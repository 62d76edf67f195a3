"""A small commune's incentive fee for the demonstration: a year billed, one going on. All is invented.

The rows go through the same doors as a collectivity's own files; a seed makes the same commune again.
"""

import random
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance import claims, runs
from api.finance.imports import SQL
from api.finance.kinds import KINDS
from api.finance.plausible import SQL as REVIEW
from tariff.calendar import Period

Row = dict[str, Any]
OFFICERS = (("finances", "Lou Lapaye", "finance"), ("approbation", "Sacha Seconde", "finance"))
HOUSEHOLDS = 60
COMMUNES = ("Fruges", "Embry", "Créquy")
FIRST = ("Ève", "Jean", "Zoé", "Luc", "Noé", "Anne", "Paul", "Iris", "Léo", "Rose", "Hugo", "Lina")
LAST = (
    "Durand",
    "Petit",
    "Lenoir",
    "Caron",
    "Leroy",
    "Delattre",
    "Lefebvre",
    "Masson",
    "Bailly",
    "Hennequin",
)
STREETS = ("rue du Moulin", "rue de l'Église", "chemin des Prés", "route d'Hesdin", "place du Marché")
LAT, LON = 50.515, 2.134


def furnish(connection: Connection[DictRow], now: datetime, seed: int) -> None:
    """Grids, accounts, bins, badges, usage, two issued halves, a draft, claims, what is to review."""
    chosen = random.Random(seed)  # noqa: S311 - the same commune again is the point
    year = now.year
    text = files("api.demo").joinpath("grille.toml").read_text(encoding="utf-8")
    dearer = text.replace("prix = 3.20", "prix = 3.60").replace(
        "n° 2023-91 du 12 décembre 2023", f"n° {year - 1}-87 du 9 décembre {year - 1}"
    )
    for first, body in ((year - 2, text), (year, dearer)):
        dated = body.replace("2024-01-01", f"{first}-01-01")
        connection.execute(SQL["grid_added"], {"file": f"{first}.toml", "body": dated})
    people = _households(chosen, year)
    for kind, rows in (("comptes", people), ("bacs", _bins(chosen, year)), ("badges", _badges(year))):
        report = KINDS[kind](connection, rows.encode())
        assert not report.refused, report.refused[:3]  # noqa: S101 - our own rows
    recent = now - timedelta(days=60)
    usage = list(_usage(chosen, year, now))
    with connection.cursor() as cursor:
        cursor.executemany(SQL["event_added"], [row for row in usage if row["at"] < recent])
    connection.execute(REVIEW["rules_added"], {
        "at": now, "author": "finances", "double_s": 600, "double_m": 100, "cycle_s": 8, "neighbour_m": 60,
        "most_per_day": Jsonb({"ouverture": 4}),
    })  # fmt: skip
    KINDS["usage"](connection, _csv([row for row in usage if row["at"] >= recent]).encode())
    connection.commit()
    _bill(connection, year, now)
    _claims(connection, now)
    connection.commit()


def _households(chosen: random.Random, year: int) -> str:
    rows = [
        "compte;logement;occupant;nom;adresse;commune;invariant;du;au;latitude;longitude;categorie;personnes;options"
    ]
    for rank in range(1, HOUSEHOLDS + 1):
        name = f"{chosen.choice(LAST)} {chosen.choice(FIRST)}"
        street = f"{chosen.randint(1, 60)} {chosen.choice(STREETS)}"
        place = f"{LAT + rank * 0.001:.5f};{LON + rank * 0.0015:.5f}"
        persons = chosen.choice((1, 1, 2, 2, 2, 3, 4, 5))
        options = "compost" if chosen.random() < 0.3 else ""
        commune = COMMUNES[rank % len(COMMUNES)]
        last = f"{year - 1}-06-30" if rank == HOUSEHOLDS else ""
        who = f"F{rank:03};L{rank:03};P{rank:03};{name};{street};{commune};62{rank:08}"
        rows.append(f"{who};{year - 4}-01-01;{last};{place};menage;{persons};{options}")
    who = f"F{HOUSEHOLDS + 1:03};L{HOUSEHOLDS:03};P{HOUSEHOLDS + 1:03};Nouvel Alix;3 rue du Moulin"
    rows.append(f"{who};{COMMUNES[0]};;{year - 1}-07-01;;;;menage;2;")
    return "\n".join(rows) + "\n"


def _size(rank: int) -> int:
    return 120 if rank % 3 else 240


def _bins(chosen: random.Random, year: int) -> str:
    rows = ["bac;volume;compte;du;au"]
    for rank in range(1, HOUSEHOLDS + 1):
        if rank % 6:
            last = f"{year - 1}-06-30" if rank == HOUSEHOLDS else ""
            rows.append(f"B{rank:03};{_size(rank)};F{rank:03};{year - 4}-01-01;{last}")
    return "\n".join(rows) + "\n"


def _badges(year: int) -> str:
    rows = ["badge;compte;du;au"]
    rows += [f"K{rank:03};F{rank:03};{year - 4}-01-01;" for rank in range(6, HOUSEHOLDS, 6)]
    return "\n".join(rows) + "\n"


def _usage(chosen: random.Random, year: int, now: datetime) -> list[Row]:
    """A lift every two to four weeks, an opening a week; some twice, a neighbour's, a night of many."""
    rows: list[Row] = []
    for rank in range(1, HOUSEHOLDS):
        habit = chosen.choice((14, 21, 28)) if rank % 6 else 7
        day = date(year - 2, 1, 2) + timedelta(days=chosen.randrange(habit))
        while day < now.date():
            at = datetime(day.year, day.month, day.day, 6 + rank // 12, rank % 60, tzinfo=UTC)
            rows.append(_read(rank, at, f"{rank:03}-{day:%Y%m%d}"))
            if now.date() - day < timedelta(days=50) and chosen.random() < 0.08:
                rows.append(_read(rank, at + timedelta(seconds=95), f"{rank:03}-{day:%Y%m%d}b"))
            day += timedelta(days=habit * chosen.choice((1, 1, 1, 1, 2)))
    night = now - timedelta(days=9)
    rows += [_read(6, night + timedelta(minutes=20 * i), f"006-nuit-{i}") for i in range(7)]
    together = now - timedelta(days=12)
    rows += [_read(1, together, "001-voisin"), _read(2, together + timedelta(seconds=5), "002-voisin")]
    return rows


def _read(rank: int, at: datetime, name: str) -> Row:
    lift = rank % 6 != 0
    empty = dict.fromkeys(("account", "kg", "m3", "litres", "amount", "stream", "aside"))
    return {
        **empty,
        "id": f"demo-{name}",
        "at": at,
        "kind": "levee" if lift else "ouverture",
        "bin": f"B{rank:03}" if lift else None,
        "badge": None if lift else f"K{rank:03}",
        "count": 1,
        "device": "BOM-2" if lift else "PAV-7",
        "lat": round(LAT + rank * 0.001, 5),
        "lon": round(LON + rank * 0.0015, 5),
        "signal": -48 - rank % 20,
    }


def _csv(rows: list[Row]) -> str:
    columns = ("id", "at", "kind", "bin", "badge", "device", "lat", "lon", "signal")
    told = ["id;le;quoi;bac;badge;appareil;latitude;longitude;signal"]
    told += [";".join("" if row[one] is None else str(row[one]) for one in columns) for row in rows]
    return "\n".join(told) + "\n"


def _bill(connection: Connection[DictRow], year: int, now: datetime) -> None:
    """Last year's halves are issued by two persons; the first half of this one waits to be approved."""
    halves = (
        (f"Premier semestre {year - 1}", date(year - 1, 1, 1), date(year - 1, 7, 1)),
        (f"Second semestre {year - 1}", date(year - 1, 7, 1), date(year, 1, 1)),
        (f"Premier semestre {year}", date(year, 1, 1), date(year, 7, 1)),
    )
    for label, first, end in halves:
        run = runs.open_run(connection, label, Period(first, end), "finances")
        runs.compute(connection, run)
        runs.control(connection, run, "finances")
        if end <= date(year, 1, 1):
            runs.approve(connection, run, "approbation")
            runs.issue(connection, run, now)


def _claims(connection: Connection[DictRow], now: datetime) -> None:
    """One late, one on a bill, one answered."""
    rows = connection.execute(
        "SELECT b.account_id, b.run_id FROM finance.bill b JOIN finance.run r ON r.id = b.run_id"
        " WHERE r.status = 'issued' ORDER BY b.run_id DESC, b.account_id LIMIT 3"
    ).fetchall()
    said = (("courrier", "Levées d'août contestées", 75), ("telephone", "Bac du voisin facturé", 6),
            ("courriel", "Nombre de personnes", 30))  # fmt: skip
    for row, (channel, subject, days) in zip(rows, said, strict=True):
        at = now - timedelta(days=days)
        number = claims.open_claim(
            connection,
            row["account_id"],
            row["run_id"],
            channel,
            subject,
            "Reprise de la demande.",
            "finances",
            at,
        )
    claims.settle(
        connection, number, "acceptee", "finances", at + timedelta(days=4), "Deux personnes depuis mars."
    )
    claims.answer(
        connection,
        number,
        "Madame, Monsieur,\n\nVotre facture est corrigée.",
        "finances",
        at + timedelta(days=5),
    )
