"""What ingest keeps of the directory is never older than the database."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest.directory import Kept, devices_kept, devices_named
from store.connection import connect
from tests.ingest.probe import mount

pytestmark = pytest.mark.db

SERIALS = [f"GLN-{number}" for number in range(1, 5)]
EUIS = ["24E124136C000001"]
Owner = psycopg.Connection[DictRow]

CHANGES: dict[str, Callable[[Owner], object]] = {
    "a device is registered": lambda owner: owner.execute(
        "INSERT INTO device (serial, dev_eui, network) VALUES ('GLN-4', '24E124136C000001', 'chirpstack')"
    ),
    "it is mounted": lambda owner: mount(owner, "GLN-4", "C3", "2019-01-01Z", "2019-06-01Z"),
    "its codec is another": lambda owner: owner.execute(
        "UPDATE device SET codec = 'dragino/ldds75' WHERE serial = 'GLN-4'"
    ),
    "another was unmounted": lambda owner: owner.execute(
        "UPDATE mounting SET during = tstzrange('2020-01-01Z', '2026-01-01Z') WHERE device_id = 1"
    ),
    "a container reads otherwise": lambda owner: owner.execute(
        "UPDATE container SET dead_zone_mm = 250 WHERE code = 'C2'"
    ),
    "and is calibrated": lambda owner: owner.execute(
        "INSERT INTO calibration (container_id, during, empty_distance_mm, full_distance_mm, how)"
        " SELECT id, tstzrange('2025-01-01Z', NULL), 1900, 210, 'typed' FROM container WHERE code = 'C2'"
    ),
    "and no more": lambda owner: owner.execute("DELETE FROM calibration"),
}


def test_every_change_is_seen_by_the_next_batch(
    ingesting: psycopg.Connection[DictRow], database: Database
) -> None:
    """Whatever changes of devices, mountings, containers and calibrations, once committed and not before."""
    kept = Kept()
    with connect(database.dsn) as owner:
        _same(ingesting, kept)
        for what, change in CHANGES.items():
            before = dict(_same(ingesting, kept))
            change(owner)
            assert _same(ingesting, kept) == before, f"seen before its commit: {what}"
            owner.commit()
            assert _same(ingesting, kept) != before, f"not seen: {what}"


def test_what_did_not_change_is_not_asked_again(
    ingesting: psycopg.Connection[DictRow], database: Database
) -> None:
    """The very same devices are given, until a statement touches the directory; old traces of it go."""
    kept = Kept()
    first = _same(ingesting, kept)["GLN-1"]
    assert _same(ingesting, kept)["GLN-1"] is first
    with connect(database.dsn, autocommit=True) as owner:
        for _ in range(150):
            owner.execute("UPDATE device SET report_interval_s = report_interval_s WHERE serial = 'GLN-1'")
        left = owner.execute("SELECT count(*) AS rows FROM directory_change").fetchone()
    assert left is not None
    assert left["rows"] <= 101
    assert _same(ingesting, kept)["GLN-1"] is not first


def _same(connection: psycopg.Connection[DictRow], kept: Kept) -> dict[str, object]:
    """What is kept, which must be what is true."""
    with connection.transaction(), connection.cursor() as cursor:
        mine = devices_kept(cursor, kept, SERIALS, EUIS)
        true = devices_named(cursor, SERIALS, EUIS, None, None)
    assert (dict(mine.by_serial), dict(mine.by_eui)) == (true.by_serial, true.by_eui)
    return dict(mine.by_serial)
