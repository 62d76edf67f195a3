"""What the coverage-guided fuzzer calls: bytes become a codec, a port and a payload, or a network's message.

Run by test_fuzz.py, or by hand: `python tests/ingest/codecs/fuzz_target.py -max_total_time=60`. An exception
or a growth of memory past the limit ends it with another status than 0.
"""

import sys

import atheris

with atheris.instrument_imports(include=["ingest"]):
    from ingest.codecs import registry
    from ingest.codecs.model import NotThisDevice, document
    from ingest.codecs.normalise import normalise
    from ingest.envelopes import routes
    from ingest.envelopes.model import Uplink

NAMES = [codec.names[0] for codec in registry.CODECS]
ENVELOPES = sorted(routes.ADAPTERS)


def one(data: bytes) -> None:
    """Try one input; the first byte chooses what to try."""
    if len(data) < 3:
        return
    kind, chosen, port, rest = data[0], data[1], data[2], data[3:]
    if kind & 1:
        found = routes.read_as(ENVELOPES[chosen % len(ENVELOPES)], "a/event/up", rest)
        if isinstance(found, Uplink):
            normalise(found.decoded)
            registry.decode(NAMES[port % len(NAMES)], found.payload, found.f_port)
        return
    decoded = registry.decode(NAMES[chosen % len(NAMES)], rest, None if kind & 2 else port)
    if not isinstance(decoded, NotThisDevice):
        for sample in decoded:
            document(sample)


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-rss_limit_mb=1024", "-timeout=10"], one)
    atheris.Fuzz()
