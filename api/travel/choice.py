"""Which roads an installation uses: its settings read into a `TravelTimes`; none is the great circle."""

from typing import Literal

from api.settings import Settings
from api.travel.cache import Cache
from api.travel.engines import Engine
from api.travel.network import Network
from api.travel.openrouteservice import openrouteservice
from api.travel.osrm import osrm
from api.travel.valhalla import valhalla
from routing.travel import GreatCircle, TravelTimes

Role = Literal["glaneur_api", "glaneur_worker"]


def travel_times(settings: Settings, role: Role) -> TravelTimes:
    """One for the life of a process of this role."""
    flown = GreatCircle(detour=settings.travel_detour, speed_kmh=settings.travel_speed_kmh)
    engine = _engine(settings)
    if engine is None:
        return flown
    shelf = Cache(
        dsn=settings.database.get_secret_value(),
        role=role,
        days=settings.travel_cache_days,
        places=settings.travel_cache_places,
    )
    return Network(engine, shelf, flown, seconds=settings.travel_seconds, table=settings.travel_table)


def _engine(settings: Settings) -> Engine | None:
    url, profile, key = settings.travel_url, settings.travel_profile, settings.travel_key
    match settings.travel:
        case "osrm":
            return osrm(url, profile or "driving")
        case "valhalla":
            return valhalla(url, profile or "truck")
        case "openrouteservice":
            secret = key.get_secret_value() if key else None
            return openrouteservice(url, profile or "driving-hgv", secret)
        case _:
            return None
