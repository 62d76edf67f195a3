"""What the JSON API of devices is asked and answers, checked at the border."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.devices.fleet import Network
from api.devices.frames import Kind


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDevice(_Body):
    """A device to register. On a LoRaWAN network, `dev_eui` is 16 hexadecimal digits."""

    serial: str = Field(max_length=64)
    codec: str = Field(default="native", max_length=90)
    report_interval_s: int = 14_400
    network: Network = "native"
    dev_eui: str | None = Field(default=None, max_length=23)
    network_path: str = Field(default="", max_length=120)
    container: str | None = Field(default=None, max_length=60)
    mounted_from: AwareDatetime | None = None


class ChangedDevice(_Body):
    """What a device is; the whole of it."""

    codec: str = Field(max_length=90)
    report_interval_s: int
    network: Network = "native"
    dev_eui: str | None = Field(default=None, max_length=23)
    network_path: str = Field(default="", max_length=120)


class MountWish(_Body):
    """A probe in a container from `since` on (now without)."""

    container: str
    since: AwareDatetime | None = None


class UnmountWish(_Body):
    """A probe out of its container from `at` on (now without)."""

    at: AwareDatetime | None = None


class ReplaceWish(_Body):
    """Another probe in the place of this one, from `at` on (now without)."""

    by: str
    at: AwareDatetime | None = None


class Span(_Body):
    """A container and a time."""

    container: str
    since: AwareDatetime
    until: AwareDatetime | None = None


class Correction(_Body):
    """What was written (`container`, `since`), and what was really done; null: nothing was."""

    container: str
    since: AwareDatetime
    instead: Span | None


class CalibrationWish(_Body):
    """Distances in mm from the probe, valid since an instant: past levels are read again from there.

    `shape` are the points of a column that is no prism, (height, volume) in thousandths; `model` names a
    container model whose shape is taken instead.
    """

    empty_distance_mm: int
    full_distance_mm: int
    dead_zone_mm: int = 0
    shape: list[tuple[int, int]] = []
    model: str | None = None
    since: AwareDatetime


class Observation(_Body):
    """The column is seen to be empty, or full: the newest distance of its probe is taken for that.

    From that measurement on, or with `whole_mounting` since the probe was mounted.
    """

    seen: Literal["empty", "full"]
    whole_mounting: bool = True


class ContainerModel(_Body):
    """What the maker's drawing says of a column; distances in mm, shape as in a calibration."""

    code: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1, max_length=120)
    volume_l: int
    empty_distance_mm: int
    full_distance_mm: int
    dead_zone_mm: int = 0
    shape: list[tuple[int, int]] = []


class SettingWish(_Body):
    """One setting: `interval` in s, `full_distance` in mm, `fire` in °C, `tilt` in degrees."""

    kind: Kind
    value: int = Field(ge=0, le=2**31 - 1)


class Access(BaseModel):
    """An account at the broker; the password is told this once."""

    username: str
    password: str


class TakenLine(BaseModel):
    """A row that can be registered, or was."""

    line: int
    serial: str


class RefusedLine(BaseModel):
    """A row that is not taken, and why."""

    line: int
    serial: str
    reason: str


class ImportReport(BaseModel):
    """What a file became; with `dry_run` nothing was written."""

    dry_run: bool
    taken: list[TakenLine]
    refused: list[RefusedLine]
