"""The native codecs by name, and the one call that decodes. Pure: no file, no clock, never raises.

A dropped-in JavaScript codec is `library.py`'s affair.
"""

from collections.abc import Iterable

from ingest.codecs import (
    adnexo,
    aiut,
    decentlab,
    dingtek,
    dragino,
    elsys,
    milesight,
    netvox,
    pepperl_fuchs,
    pipiot,
    smartends,
    teneo,
    terabee,
)
from ingest.codecs.codec import Codec
from ingest.codecs.model import Foreign, NotThisDevice, Sample

_VENDORS = (
    milesight, dingtek, decentlab, elsys, dragino, netvox, pepperl_fuchs, teneo, terabee, adnexo, aiut,
    pipiot, smartends,
)  # fmt: skip

# LoRaWAN carries 242 bytes at most; an NB-IoT frame of ours 1,024.
_MAX_BYTES = 1024


def _by_name(codecs: Iterable[Codec]) -> dict[str, Codec]:
    """Index by every name, in small letters; the same name twice is a mistake of ours."""
    found: dict[str, Codec] = {}
    for codec in codecs:
        for name in codec.names:
            if found.setdefault(name.lower(), codec) is not codec:
                raise ValueError(f"two codecs are called {name}")
    return found


CODECS: tuple[Codec, ...] = tuple(codec for vendor in _VENDORS for codec in vendor.CODECS)
_BY_NAME = _by_name(CODECS)


def find(name: str) -> Codec | None:
    """Return the native codec of that name or alias, whatever its capitals."""
    return _BY_NAME.get(name.lower())


def decode(codec: str, payload: bytes, f_port: int | None) -> tuple[Sample, ...] | NotThisDevice:
    """Return what `payload` says, the newest sample first, or why it is not this device's.

    `f_port` None is "not known" (NB-IoT, a paste in the shell): the device's usual port is assumed.
    """
    found = find(codec)
    if found is None:
        return NotThisDevice("unknown_codec", f"no codec is called {ascii(codec)[:80]}")
    return read(found, payload, f_port)


def read(codec: Codec, payload: bytes, f_port: int | None) -> tuple[Sample, ...] | NotThisDevice:
    """As `decode`, with the codec already found."""
    if f_port is not None and codec.ports and f_port not in codec.ports:
        known = ", ".join(map(str, codec.ports))
        return NotThisDevice("wrong_port", f"port {f_port}; {codec.names[0]} speaks on {known}")
    if not payload:
        return NotThisDevice("empty", "no bytes")
    if len(payload) > _MAX_BYTES:
        return NotThisDevice("foreign", f"{len(payload)} bytes, {_MAX_BYTES} at most")
    port = f_port if f_port is not None else (codec.ports or (0,))[0]
    try:
        return codec.read(payload, port)
    except Foreign as foreign:
        return foreign.refusal
