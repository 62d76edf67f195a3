"""Which adapter reads which topic, and the one call that reads. Pure, never raises, whatever the bytes.

The topics are the networks' defaults; an operator's own come before them, as
`(Route("a/+/b", "loriot"), *ROUTES)`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import from_json

from ingest.envelopes import chirpstack, live_objects, loriot, thingpark, things_stack
from ingest.envelopes.fields import Document
from ingest.envelopes.model import Event, Refused, Unfit

ADAPTERS: Mapping[str, Callable[[str, Document], Event]] = {
    module.NETWORK: module.read for module in (chirpstack, things_stack, thingpark, live_objects, loriot)
}
# The largest published envelope has 4 KB; one with thirty gateways some 20.
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """Topics (MQTT wildcards + and, at the end, #) whose messages are an adapter's."""

    pattern: str
    envelope: str

    def __post_init__(self) -> None:
        if self.envelope not in ADAPTERS:
            raise ValueError(f"{self.envelope!r} is none of {', '.join(ADAPTERS)}")
        levels = self.pattern.split("/")
        bad = ["#" in one and (one != "#" or at < len(levels) - 1) for at, one in enumerate(levels)]
        if not self.pattern or any(bad) or any("+" in one and one != "+" for one in levels):
            raise ValueError(f"{self.pattern!r} is not an MQTT topic filter")

    def takes(self, topic: str) -> bool:
        """Whether the topic is one of these. As in MQTT, `a/#` takes `a` too and no wildcard takes $SYS."""
        wanted, given = self.pattern.split("/"), topic.split("/")
        if topic.startswith("$") and wanted[0] in ("+", "#"):
            return False
        if wanted[-1] == "#":
            wanted = wanted[:-1]
            given = given[: len(wanted)] if len(given) >= len(wanted) else given
        return len(wanted) == len(given) and all(w in ("+", g) for w, g in zip(wanted, given, strict=True))


# LORIOT has no default topic; this one is ours to give in its MQTT output.
ROUTES: tuple[Route, ...] = (
    Route("application/+/device/+/event/+", "chirpstack"),
    Route("v3/+/devices/+/#", "things-stack"),
    Route("mqtt/things/+/uplink", "thingpark"),
    Route("fifo/+", "live-objects"),
    Route("router/~event/v1/data/new/#", "live-objects"),
    Route("loriot/#", "loriot"),
)


def adapter(topic: str, routes: Sequence[Route] = ROUTES) -> str | None:
    """Return the name of the adapter of a topic, None when it is nobody's."""
    return next((route.envelope for route in routes if route.takes(topic)), None)


def read(topic: str, payload: bytes, routes: Sequence[Route] = ROUTES) -> Event | Refused:
    """Return what a network published, or why it cannot be taken."""
    name = adapter(topic, routes)
    if name is None:
        return Refused("unknown_topic", "no network publishes on this topic")
    return read_as(name, topic, payload)


def read_as(envelope: str, topic: str, payload: bytes) -> Event | Refused:
    """As `read`, with the adapter already known; raises `KeyError` for one that does not exist."""
    reader = ADAPTERS[envelope]
    if len(payload) > MAX_BYTES:
        return Refused("too_large", f"{len(payload)} bytes, {MAX_BYTES} accepted")
    try:
        document = from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        return Refused("not_json", ascii(str(error))[1:-1][:100])
    if type(document) is not dict:
        return Refused("malformed", "the message is not a JSON object")
    try:
        return reader(topic, document)
    except Unfit as unfit:
        return unfit.refusal
