"""What a native codec is: its names, its version, its ports and its reader."""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.codecs.model import Sample

Read = Callable[[bytes, int], tuple[Sample, ...]]


@dataclass(frozen=True, slots=True)
class Codec:
    """One device. `names[0]` is its own name, the rest are aliases; `version` changes when its answers may.

    `ports` are the LoRaWAN ports it speaks on, the first the usual one, which `read` is given when the port
    is not known (NB-IoT); empty means any. `read(payload, port)` returns samples or raises `Foreign`.
    """

    names: tuple[str, ...]
    version: str
    ports: tuple[int, ...]
    read: Read

    @property
    def label(self) -> str:
        """Name and version, as kept with each reading."""
        return f"{self.names[0]} {self.version}"
