"""The published network messages, as the tests read them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "lns_envelopes.json"
# A topic each network publishes on; the adapters read some of them.
TOPICS = {
    "chirpstack": "application/32dafeb5/device/{eui}/event/up",
    "things-stack": "v3/app@tenant/devices/{eui}/up",
    "thingpark": "mqtt/things/{eui}/uplink",
    "live-objects": "fifo/glaneur",
    "loriot": "loriot/{eui}",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One published message and what others publish that it says; see tests/data/README.md."""

    number: int
    network: str
    adapter: str
    codec: str | None
    document: dict[str, Any]
    eui: str | None
    received_at: str | None
    values: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.number}-{self.network}-{self.codec}"

    @property
    def topic(self) -> str:
        """A topic of its network."""
        return TOPICS[self.adapter].format(eui="0102030405060708")

    @property
    def payload(self) -> bytes:
        """As it was published."""
        return json.dumps(self.document).encode()


def read_all() -> list[Message]:
    """Every message of the file, in its order."""
    return [
        Message(
            number=number,
            network=one["network"],
            adapter=one["adapter"],
            codec=one["codec"],
            document=one["envelope"],
            eui=one["published"]["eui"],
            received_at=one["published"]["received_at"],
            values=one["published"]["values"],
        )
        for number, one in enumerate(json.loads(DATA.read_text(encoding="utf-8")))
    ]


MESSAGES = read_all()
