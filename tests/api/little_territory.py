"""A territory small enough to hold in the head. Names are invented, but the communes.

Two communes, three points, six columns: `V1` glass nearly overflowing with an urgent alert, `V2` glass
to collect, `V3` glass quiet, `P1` paper whose probe is silent, `P2` paper never heard, `E1` packaging half
full. One truck, one depot, one quay. Three people: `regulation`, `chauffeur`, `admin`, all with `PASSWORD`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.auth import create_account
from store.connection import connect
from store.territory import load_territory

PASSWORD = "un mot de passe long"
STREAMS = (
    ("verre", "Verre", "#1b7a3d", 330),
    ("papier", "Papier", "#1d4ed8", 220),
    ("emballages", "Emballages", "#a16207", 30),
)
COMMUNES = (
    ("62364", "Fruges", "62310", 2300, 50.5153, 2.1334),
    ("62463", "Hucqueliers", "62650", 500, 50.5686, 1.9067),
)
POINTS = (
    ("PAV-1", "Place du Lavoir", "62364", 50.5160, 2.1340, "Marche arrière"),
    ("PAV-2", "Rue des Tilleuls", "62364", 50.5120, 2.1290, ""),
    ("PAV-3", "Parking du Stade", "62463", 50.5690, 1.9080, ""),
)
CONTAINERS = (
    ("V1", "PAV-1", "verre"),
    ("P1", "PAV-1", "papier"),
    ("E1", "PAV-1", "emballages"),
    ("V2", "PAV-2", "verre"),
    ("V3", "PAV-3", "verre"),
    ("P2", "PAV-3", "papier"),
)
# code: fill %, rate %/day, hours to full, quality, hours since the last reading, days since the last emptying
STATES: dict[str, tuple[float, float | None, float | None, str, float, float]] = {
    "V1": (93.0, 7.0, 20.0, "ok", 1.0, 12.0),
    "V2": (74.0, 5.2, 120.0, "noisy", 2.0, 9.0),
    "V3": (12.0, 3.0, 700.0, "ok", 3.0, 2.0),
    "P1": (41.0, None, None, "silent", 30.0, 6.0),
    "E1": (55.0, 4.0, 270.0, "ok", 1.5, 5.0),
}


def document() -> dict[str, list[dict[str, Any]]]:
    """The territory, as `store.territory.load_territory` takes it."""
    commune_keys = ("insee", "name", "postcode", "population", "lat", "lon")
    stream_keys = ("code", "label", "colour", "density_kg_m3")
    point_keys = ("code", "name", "insee", "lat", "lon", "access_note")
    calibration = {"volume_l": 3000, "empty_distance_mm": 1650, "full_distance_mm": 350, "dead_zone_mm": 120}
    serials = {code: f"GLN-{number:04}" for number, (code, _, _) in enumerate(CONTAINERS, 1)}
    place = {"code": "FRU", "name": "Fruges", "lat": 50.5065, "lon": 2.1362}
    site = {
        "streams": ["verre", "papier", "emballages"],
        "opens_s": 18000,
        "closes_s": 68400,
        "service_s": 1200,
    }
    hours = {"shift_start_s": 21600, "shift_s": 25200, "break_after_s": 21600, "break_s": 1200}
    return {
        "communes": [dict(zip(commune_keys, row, strict=True)) for row in COMMUNES],
        "streams": [dict(zip(stream_keys, row, strict=True)) for row in STREAMS],
        "points": [dict(zip(point_keys, row, strict=True)) for row in POINTS],
        "containers": [{"code": c, "point": p, "stream": s, **calibration} for c, p, s in CONTAINERS],
        "devices": [{"serial": serial, "report_interval_s": 14400} for serial in serials.values()],
        "mountings": [
            {"device": serial, "container": code, "from": "2026-01-01T00:00:00Z"}
            for code, serial in serials.items()
        ],
        "depots": [place],
        "unloading_sites": [place | site],
        "vehicles": [
            {"code": "GRUE-1", "name": "Camion grue 1", "depot": "FRU", "streams": ["verre", "papier"],
             "capacity_l": 30000, "capacity_kg": 10000} | hours
        ],
    }  # fmt: skip


def seed(dsn: str, *, states: bool = True) -> None:
    """Write the territory and the people; with `states`, what is known of five of the columns."""
    with connect(dsn) as connection:
        load_territory(connection, document())
        create_account(
            connection,
            login="regulation",
            display_name="Camille Régulation",
            password=PASSWORD,
            role="dispatcher",
        )
        create_account(
            connection,
            login="chauffeur",
            display_name="Dominique Chauffeur",
            password=PASSWORD,
            role="driver",
        )
        create_account(
            connection, login="admin", display_name="Alix Administration", password=PASSWORD, role="admin"
        )
        if states:
            for code in STATES:
                set_state(connection, code)
            open_alert(connection, "V1", "urgent", "Pleine à 93 %, au-dessus du seuil d'urgence de 90 %.")
            open_alert(connection, "P1", "silent", "Aucune mesure depuis 30 h.")


def now() -> datetime:
    """Real time: the tests' platform has no clock of its own."""
    return datetime.now(UTC)


def set_state(connection: Connection[DictRow], code: str, **changes: Any) -> None:
    """Write the state of one column: `STATES` with `changes` (columns of container_state)."""
    fill, rate, full_in, quality, ago, emptied = STATES.get(code, (50.0, None, None, "ok", 0.0, 3.0))
    at = now()
    row = {
        "measured_at": at - timedelta(hours=ago),
        "fill_percent": fill,
        "distance_mm": round(1650 - 13 * fill),
        "rate_percent_per_day": rate,
        "full_at": None if full_in is None else at + timedelta(hours=full_in),
        "temperature_c": 11.5,
        "battery_percent": 87.0,
        "tilt_deg": 2,
        "quality": quality,
        "last_emptied_at": at - timedelta(days=emptied),
        "memory": Jsonb({}),
    } | changes
    connection.execute(
        """
        INSERT INTO container_state (container_id, device_id, measured_at, fill_percent, distance_mm,
            rate_percent_per_day, full_at, temperature_c, battery_percent, tilt_deg, quality,
            last_emptied_at, memory)
        SELECT m.container_id, m.device_id, %(measured_at)s, %(fill_percent)s, %(distance_mm)s,
            %(rate_percent_per_day)s, %(full_at)s, %(temperature_c)s, %(battery_percent)s, %(tilt_deg)s,
            %(quality)s, %(last_emptied_at)s, %(memory)s
        FROM mounting m JOIN container c ON c.id = m.container_id
        WHERE c.code = %(code)s AND m.during @> now()
        ON CONFLICT (container_id) DO UPDATE SET measured_at = excluded.measured_at,
            fill_percent = excluded.fill_percent, distance_mm = excluded.distance_mm,
            rate_percent_per_day = excluded.rate_percent_per_day, full_at = excluded.full_at,
            quality = excluded.quality, last_emptied_at = excluded.last_emptied_at, memory = excluded.memory
        """,
        row | {"code": code},
    )


def open_alert(
    connection: Connection[DictRow], code: str, kind: str, sentence: str, hours_ago: float = 1
) -> int:
    """Open an alert on a column and return its number."""
    row = connection.execute(
        """
        INSERT INTO alert (container_id, kind, opened_at, sentence)
        SELECT id, %s, %s, %s FROM container WHERE code = %s RETURNING id
        """,
        (kind, now() - timedelta(hours=hours_ago), sentence, code),
    ).fetchone()
    assert row is not None
    return int(row["id"])


def container_id(connection: Connection[DictRow], code: str) -> int:
    """The number of a column."""
    row = connection.execute("SELECT id FROM container WHERE code = %s", (code,)).fetchone()
    assert row is not None
    return int(row["id"])


def add_reading(
    connection: Connection[DictRow], code: str, measured_at: datetime, fill: float | None
) -> None:
    """Write one reading of a column, as ingest would have."""
    connection.execute(
        """
        INSERT INTO reading (measured_at, device_id, message_id, received_at, container_id, distance_mm,
                             fill_percent, quality, codec, raw)
        SELECT %(at)s, m.device_id, gen_random_uuid(), %(at)s, m.container_id, %(distance)s, %(fill)s,
               CASE WHEN %(fill)s::real IS NULL THEN 'implausible' ELSE 'ok' END, 'native', ''
        FROM mounting m JOIN container c ON c.id = m.container_id
        WHERE c.code = %(code)s AND m.during @> %(at)s::timestamptz
        """,
        {
            "at": measured_at,
            "code": code,
            "fill": fill,
            "distance": None if fill is None else round(1650 - 13 * fill),
        },
    )


def notify(connection: Connection[DictRow], *codes: str) -> None:
    """Say, as ingest does after a batch, that these columns changed; sent at commit."""
    connection.execute(
        """
        SELECT pg_notify('glaneur_live',
                         json_build_object('topic', 'containers', 'containers', array_agg(id))::text)
        FROM container WHERE code = ANY(%s)
        """,
        (list(codes),),
    )
