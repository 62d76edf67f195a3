"""What an installation may choose, read once from the environment (`GLANEUR_…`)."""

from functools import cached_property
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.mqtt import Broker, read_broker
from routing.travel import DETOUR, SPEED_KMH
from store.metrics import Address, read_address

# IGN Géoplateforme, Plan IGN v2 as raster tiles (WMTS, grid PM); no key is needed for this layer.
PLAN_IGN = (
    "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&TILEMATRIXSET=PM&FORMAT=image/png"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
)


SEED_BYTES = 32


def _seed(secret: SecretStr | None) -> bytes | None:
    if secret is None or not secret.get_secret_value():  # an empty variable is none
        return None
    try:
        seed = bytes.fromhex(secret.get_secret_value())
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"wants {SEED_BYTES} bytes in hexadecimal")
    return seed


class Settings(BaseSettings):
    """Settings of the API and the worker; every field is an environment variable `GLANEUR_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="GLANEUR_", frozen=True)

    database: SecretStr = Field(description="PostgreSQL address, postgresql://…")
    host: str = Field(default="127.0.0.1", description="address the API listens on")
    port: int = Field(default=8000, description="port the API listens on; 0 takes a free one")
    cookie_secure: bool = Field(default=True, description="send the session cookie over HTTPS only")
    session_hours: int = Field(default=12, gt=0, description="how long a sign-in lasts")
    map_tiles: str = Field(default=PLAN_IGN, description="raster tiles behind the map; empty for none")
    map_credit: str = Field(default="© IGN – Géoplateforme", description="credit line of the map")
    territory: str = Field(default="Haut-Pays du Montreuillois", description="name shown in the header")
    planning_seconds: int = Field(default=20, ge=1, le=3600, description="time given to the planner")

    broker: SecretStr | None = Field(
        default=None, description="our MQTT broker, as an account that may write …/down"
    )
    broker_admin: SecretStr | None = Field(
        default=None, description="our broker, as its dynamic-security admin"
    )
    broker_chirpstack: SecretStr | None = Field(
        default=None, description="ChirpStack's broker; ours when not given"
    )
    broker_thingpark: SecretStr | None = Field(
        default=None, description="the broker of ThingPark's connector; ours when not given"
    )
    broker_tts: SecretStr | None = Field(default=None, description="The Things Stack's MQTT server")
    badge_key: SecretStr | None = Field(
        default=None, description="secret of 32 bytes in hexadecimal: hashes badge numbers"
    )
    list_key: SecretStr | None = Field(
        default=None, description="Ed25519 seed of 32 bytes in hexadecimal: signs the gates' lists"
    )
    gate_months: int = Field(
        default=24, ge=1, le=48, description="months for which a passage at a gate names its holder"
    )
    public_url: str = Field(default="", description="address of the pages in messages, https://…")
    metrics: str = Field(
        default="", description="port, or address:port, of /metrics, /healthz and /readyz; empty for none"
    )
    grafana: str = Field(default="", description="address of Grafana, for glaneur dashboards push")
    grafana_token: SecretStr | None = Field(
        default=None, description="token of a Grafana service account that may write boards"
    )
    health_key: SecretStr | None = Field(
        default=None, description="secret of 32 bytes in hexadecimal: seals what says something of health"
    )
    meals_tax_statement: bool = Field(
        default=False, description="the yearly statement of meals is one for a tax credit on the delivery"
    )
    quarantine_days: int = Field(default=400, ge=1, description="how long settled quarantine is kept")

    travel: Literal["", "osrm", "valhalla", "openrouteservice"] = Field(
        default="", description="road engine; empty for the great circle"
    )
    travel_url: str = Field(default="", description="address of the road engine, http:// or https://")
    travel_key: SecretStr | None = Field(default=None, description="key of the road engine")
    travel_profile: str = Field(
        default="", pattern=r"^[A-Za-z0-9_-]*$", description="what moves, in the engine's word"
    )
    travel_seconds: float = Field(default=20, gt=0, le=300, description="time given to the road engine")
    travel_table: int = Field(default=50, ge=2, le=2000, description="sources and targets asked at once")
    travel_detour: float = Field(default=DETOUR, ge=1, le=5, description="road metres per great-circle metre")
    travel_speed_kmh: float = Field(default=SPEED_KMH, gt=0, le=130, description="speed without an engine")
    travel_cache_days: int = Field(default=30, ge=1, description="how long a road engine's answers are kept")
    travel_cache_places: int = Field(default=1500, ge=2, description="for how many places they are kept")
    travel_off_road_m: int = Field(
        default=500, ge=1, description="farther from a road, a place is pointed out"
    )

    @model_validator(mode="after")
    def _check_travel(self) -> "Settings":
        if self.travel and not self.travel_url.startswith(("http://", "https://")):
            raise ValueError("travel_url wants an address, http:// or https://, for the road engine")
        return self

    @cached_property
    def brokers(self) -> dict[str, Broker]:
        """Where downlinks of each network are sent; a network without address is left out."""
        given = {
            "native": self.broker,
            "chirpstack": self.broker_chirpstack or self.broker,
            "thingpark": self.broker_thingpark or self.broker,
            "tts": self.broker_tts,
        }
        return {name: read_broker(url.get_secret_value()) for name, url in given.items() if url is not None}

    @cached_property
    def access_broker(self) -> Broker | None:
        """Where accounts of probes are made, as the admin of dynamic security.

        None when passwords are a file.
        """
        return None if self.broker_admin is None else read_broker(self.broker_admin.get_secret_value())

    @cached_property
    def gate_badge_key(self) -> bytes | None:
        """The key that hashes badge numbers; None when the installation has no gate."""
        return _seed(self.badge_key)

    @cached_property
    def gate_signer(self) -> Ed25519PrivateKey | None:
        """The key that signs the lists with which gates decide alone."""
        seed = _seed(self.list_key)
        return None if seed is None else Ed25519PrivateKey.from_private_bytes(seed)

    @cached_property
    def metrics_address(self) -> Address | None:
        """Where the process tells how it is; None for nowhere."""
        return read_address(self.metrics)

    @field_validator("metrics")
    @classmethod
    def _check_metrics(cls, text: str) -> str:
        read_address(text)
        return text

    @cached_property
    def meals_health_key(self) -> bytes | None:
        """The key of the sealed columns; None when the installation carries no meals."""
        return _seed(self.health_key)

    @field_validator("badge_key", "list_key", "health_key")
    @classmethod
    def _check_seed(cls, seed: SecretStr | None) -> SecretStr | None:
        _seed(seed)
        return seed

    @field_validator("broker", "broker_admin", "broker_chirpstack", "broker_thingpark", "broker_tts")
    @classmethod
    def _check_broker(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():  # an empty variable is none
            return None
        read_broker(url.get_secret_value())
        return url

    @cached_property
    def tiles_origin(self) -> str:
        """Scheme and host of the tiles, for the content security policy; empty without tiles."""
        return "/".join(self.map_tiles.split("/")[:3]) if self.map_tiles.startswith("https://") else ""
