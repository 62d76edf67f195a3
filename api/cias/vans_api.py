"""Cold rooms, vans and half-days over JSON: read all of it, write some of it."""

from fastapi import APIRouter, HTTPException

from api.auth import record
from api.cias.desk import Office
from api.cias.vans import Fleet, fleet_of, save_fleet
from api.database import Database

routes = APIRouter(tags=["meals"])


@routes.get("/api/v1/meals/vans", summary="Cold rooms, vans and half-days")
def read_vans(connection: Database, account: Office) -> Fleet:
    """Everything known, whoever is out of service included."""
    return fleet_of(connection)


@routes.put("/api/v1/meals/vans", summary="Write cold rooms, vans and half-days")
def write_vans(connection: Database, account: Office, body: Fleet) -> Fleet:
    """Write each line over the one of the same code or name; all of it, or nothing and the reason."""
    faults = save_fleet(connection, body)
    if faults:
        connection.rollback()
        raise HTTPException(422, " ".join(faults))
    counts = {"rooms": len(body.cold_rooms), "vans": len(body.vans), "shifts": len(body.shifts)}
    record(connection, account, "save_vans", "meal_vans", **counts)
    return fleet_of(connection)
