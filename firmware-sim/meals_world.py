"""Draws the meals' territory in the platform's formats: people served, relatives, a kitchen's card, vans.

Knows the communes (facts, data/README.md) and invents the rest from a seed: same seed and first day, same
documents. What it writes is what `glaneur meals book|grid|card|people|vans` take; relatives name people by
reference. Refuses to know databases. Shares of diets, textures and habits are assumptions.
"""

import csv
import io
import json
import math
import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

DATA = Path(__file__).parent / "data"
PEOPLE = 120
COUPLE_EVERY = 8  # one in so many shares the door of the one before
WEEKS = 5
SPREAD_M = 900  # around the commune's centre, one standard deviation
COLUMNS = (
    "reference", "name", "since", "address", "insee", "phone", "lat", "lon", "second", "window_from",
    "window_until", "diets", "texture", "allergens", "note", "access_note", "habit_from", "lunch", "dinner",
    "choice", "quotient", "quotient_from",
)  # fmt: skip

ABOUT = (
    "Portage de repas de démonstration. Seules les 49 communes sont réelles ; les personnes, leurs proches, "
    "leurs adresses, la cuisine, les plats, les règles et les prix sont inventés. Les numéros de téléphone "
    "sont de ceux que l'Arcep réserve aux œuvres de fiction."
)
FIRST = ("Alphonsine", "Gédéon", "Philomène", "Anatole", "Hortense", "Barnabé", "Clotilde", "Isidore",
         "Eugénie", "Célestin", "Adélaïde", "Népomucène", "Rosalie", "Théodule", "Sidonie", "Évariste",
         "Léopoldine", "Honoré", "Zélie", "Prosper")  # fmt: skip
LAST = ("Lafable", "Duconte", "Delamuse", "Lesonge", "Dumirage", "Lachimère", "Lalégende", "Dubrouillon",
        "Lafiction", "Duroman", "Lexemple", "Delarime", "Lépopée", "Dufeuilleton", "Laromance")  # fmt: skip
STREETS = ("rue Imaginaire", "chemin des Fables", "impasse du Conte", "rue de l'Exemple", "route du Songe",
           "place de la Légende", "sentier du Brouillon", "rue des Deux-Chimères")  # fmt: skip
NOTES = ("Clé dans le boîtier à code", "Entrer par la cour, le chien est gentil", "Sonner longtemps",
         "Poser dans le réfrigérateur du garage", "Passer par la porte de derrière")  # fmt: skip

# Assumptions, in hundredths: no survey of a service this size was found.
DIETS = (("no_salt", 28), ("no_added_sugar", 20), ("no_pork", 4), ("vegetarian", 3))
TEXTURES = {"whole": 76, "chopped": 9, "mixed": 9, "soft": 4, "smooth": 2}
ALLERGENS = ("eggs", "fish", "milk", "nuts", "celery", "gluten", "mustard", "molluscs")
ALLERGIC = 12
LUNCHES = {"1 2 3 4 5": 34, "1 2 3 4 5 6 7": 36, "1 3 5": 12, "2 4": 8, "1 2 4 5": 10}
DINNER = 14
WINDOWED = 25  # as bench/meals.py draws them: 90 minutes
NOTED = 20
WINDOWS = (("09:00", "10:30"), ("10:00", "11:30"), ("11:00", "12:30"))

RIGHTS = (
    (["menus", "order", "delivery", "wellbeing", "bills"], 45),
    (["menus", "order", "delivery", "wellbeing"], 20),
    (["menus", "delivery", "bills"], 15),
    (["menus", "delivery"], 20),
)
KITCHEN: Row = {"code": "CUISINE", "name": "Cuisine centrale fictive de Fruges", "lat": 50.5128,
                "lon": 2.1235, "ride_s": 18000}  # fmt: skip
VANS = (
    ("FOURGON-1", "Fourgon blanc", 150),
    ("FOURGON-2", "Fourgon vert", 150),
    ("FOURGON-3", "Fourgon bleu", 150),
)
DRIVERS = ("livreur1", "livreur2", "livreur3")
SHIFT: Row = {"name": "matin", "weekdays": [1, 2, 4, 5], "starts": "08:00", "ends": "13:30"}
MAINS_A = ("poulet-roti", "boeuf-carottes", "colin-citron", "roti-porc", "hachis", "blanquette",
           "jambon-puree", "carbonade", "saucisse-lentilles")  # fmt: skip
MAINS_B = (
    "omelette",
    "moules",
    "quiche",
    "couscous-legumes",
    "colin-citron",
    "saucisse-lentilles",
    "blanquette",
)


def meals_world(seed: int, first: date) -> Row:
    """The whole, ready for JSON. Menus begin on the Monday of `first`'s week."""
    dice = random.Random(f"meals/{seed}")
    people = _people(dice, first)
    dishes = _dishes()
    return {
        "about": ABOUT,
        "seed": seed,
        "book": (DATA / "meals_book.toml").read_text(encoding="utf-8"),
        "grid": (DATA / "meals_grid.toml").read_text(encoding="utf-8"),
        "card": {"dishes": [_told(one) for one in dishes], "menus": _menus(dice, dishes, first)},
        "people": people,
        "relatives": _relatives(dice, people),
        "cold_rooms": [dict(KITCHEN)],
        "vans": [
            {"code": code, "name": name, "cold_room": KITCHEN["code"], "trays": trays}
            for code, name, trays in VANS
        ],
        "shifts": [
            {"van": van[0], "driver": driver, **SHIFT} for van, driver in zip(VANS, DRIVERS, strict=True)
        ],
    }


def people_csv(world: Row) -> str:
    """The people as `glaneur meals people` takes them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(world["people"])
    return out.getvalue()


def fleet_of(world: Row) -> Row:
    """Cold rooms, vans and half-days as `glaneur meals vans` takes them; drivers are logins."""
    return {name: world[name] for name in ("cold_rooms", "vans", "shifts")}


def write(world: Row, folder: Path) -> None:
    """One file for each command, and the whole as `world.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"book.toml": world["book"], "grid.toml": world["grid"], "people.csv": people_csv(world)}
    for name in ("card", "relatives"):
        files[f"{name}.json"] = json.dumps(world[name], ensure_ascii=False, indent=1)
    files["vans.json"] = json.dumps(fleet_of(world), ensure_ascii=False, indent=1)
    files["world.json"] = json.dumps(world, ensure_ascii=False, indent=1)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _people(dice: random.Random, first: date) -> list[Row]:
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as lines:
        communes = list(csv.DictReader(lines))
    weights = [int(one["population_municipale"]) for one in communes]
    people: list[Row] = []
    for number in range(1, PEOPLE + 1):
        partner = people[-1] if number % COUPLE_EVERY == 0 else None
        home = dice.choices(communes, weights)[0]
        people.append(_person(dice, number, home, first, partner))
    return people


def _person(dice: random.Random, number: int, home: Row, first: date, partner: Row | None) -> Row:
    since = (first - timedelta(days=dice.randrange(40, 1200))).isoformat()
    lat = float(home["lat"]) + dice.gauss(0, SPREAD_M) / 111_320
    lon = float(home["lon"]) + dice.gauss(0, SPREAD_M) / (111_320 * math.cos(math.radians(lat)))
    window = dice.choice(WINDOWS) if dice.random() * 100 < WINDOWED else ("", "")
    lunch = dice.choices(list(LUNCHES), list(LUNCHES.values()))[0]
    row: Row = {
        "reference": f"SENIOR-{number:03}",
        "name": f"{dice.choice(FIRST)} {dice.choice(LAST)}",
        "since": since,
        "address": f"{dice.randint(1, 60)} {dice.choice(STREETS)}, {home['nom']}",
        "insee": home["insee"],
        "phone": f"03 53 01 {number // 100:02} {number % 100:02}",
        "lat": round(lat, 5),
        "lon": round(lon, 5),
        "second": "",
        "window_from": window[0],
        "window_until": window[1],
        **_health(dice),
        "access_note": dice.choice(NOTES) if dice.random() * 100 < NOTED else "",
        "habit_from": since,
        "lunch": lunch,
        "dinner": lunch if dice.random() * 100 < DINNER else "",
        "choice": dice.choice("AAAB"),
        "quotient": dice.randrange(6500, 24000, 50),
        "quotient_from": since,
    }
    if partner is not None:  # at the same door; the second person's price
        shared = ("address", "insee", "lat", "lon", "window_from", "window_until", "access_note", "lunch",
                  "dinner", "quotient")  # fmt: skip
        row |= {name: partner[name] for name in shared}
        row |= {"second": "oui", "name": f"{row['name'].split()[0]} {partner['name'].split()[1]}"}
    return row


def _health(dice: random.Random) -> Row:
    diets = [one for one, share in DIETS if dice.random() * 100 < share]
    allergens = dice.sample(ALLERGENS, dice.choice((1, 1, 2))) if dice.random() * 100 < ALLERGIC else []
    return {
        "diets": " ".join(diets),
        "texture": dice.choices(list(TEXTURES), list(TEXTURES.values()))[0],
        "allergens": " ".join(sorted(allergens)),
        "note": "",
    }


def _relatives(dice: random.Random, people: list[Row]) -> list[Row]:
    """Three in four have a daughter, a nephew or a neighbour who follows; some follow themselves."""
    found: list[Row] = []
    for person in people:
        count = dice.choices((0, 1, 2), (25, 55, 20))[0]
        found += [_relative(dice, person, len(found) + n + 1) for n in range(count)]
        if dice.random() < 0.12:
            itself = _relative(dice, person, len(found) + 1)
            rights = ["menus", "order", "delivery", "bills"]
            found.append(
                itself | {"name": person["name"], "themselves": True, "large_print": True, "rights": rights}
            )
    return found


def _relative(dice: random.Random, person: Row, number: int) -> Row:
    mail = dice.random() < 0.8
    return {
        "beneficiary": person["reference"],
        "name": f"{dice.choice(FIRST)} {person['name'].split()[1]}",
        "themselves": False,
        "email": f"proche{number}@famille.example" if mail else "",
        "phone": f"06 39 98 {number // 100:02} {number % 100:02}",
        "rights": dice.choices([one for one, _ in RIGHTS], [share for _, share in RIGHTS])[0],
        "told_by": ["email"] if mail else ["sms"],
        "large_print": dice.random() < 0.1,
    }


def _dishes() -> list[Row]:
    with (DATA / "meals_dishes.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def _told(dish: Row) -> Row:
    lists = {name: dish[name].split() for name in ("diets", "textures", "allergens")}
    return {"id": dish["id"], "name": dish["name"], **lists}


def _menus(dice: random.Random, dishes: list[Row], first: date) -> list[Row]:
    """Lunch A, whose every course ends with a dish that suits everybody; lunch B, whose main course does not;
    a dinner.

    The first dish of each course in the list of dishes is the one that suits everybody.
    """
    monday = first - timedelta(days=first.weekday())
    courses: dict[str, list[str]] = defaultdict(list)
    for dish in dishes:
        courses[dish["course"]].append(dish["id"])
    found = []
    for n in range(7 * WEEKS):
        day = (monday + timedelta(days=n)).isoformat()
        for moment, choice, mains in (
            ("lunch", "A", [MAINS_A[n % len(MAINS_A)], MAINS_A[(n + 4) % len(MAINS_A)], courses["plat"][0]]),
            ("lunch", "B", [MAINS_B[n % len(MAINS_B)]]),
            ("dinner", "A", [MAINS_B[(n + 3) % len(MAINS_B)], courses["plat"][0]]),
        ):
            trays = []
            for name, known in courses.items():
                picked = mains if name == "plat" else [dice.choice(known[1:]), known[0]]
                if not (moment == "dinner" and name == "garniture"):
                    trays.append({"name": name, "dishes": picked})
            found.append({"day": day, "moment": moment, "choice": choice, "courses": trays})
    return found
