"""What the coverage-guided fuzzer calls: bytes become a message on some topic, or a piece of the wire.

Run by test_fuzz.py, or by hand: `python tests/ingest/fuzz_letters.py -max_total_time=60`.
"""

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["ingest"]):
    from ingest.letter import Letter
    from ingest.mail import sort
    from ingest.message import DEFAULT_LIMITS
    from ingest.uplinks import DEFAULT_NETWORKS
    from ingest.wire import begins_whole, take_published

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOPICS = (
    "glaneur/1/GLN-1/up",
    "glaneur/1/GLN-1/status",
    "glaneur/1/GLN-1/ack",
    "application/1/device/24E124713B000001/event/up",
    "application/1/device/24E124713B000001/event/ack",
    "application/1/device/24E124713B000001/event/log",
    "v3/app/devices/one/up",
    "v3/app/devices/one/down/failed",
    "mqtt/things/24E124713B000001/uplink",
    "fifo/one",
    "loriot/one",
    "nobody/knows/it",
)


def one(data: bytes) -> None:
    """Try one input; the first byte chooses what to try."""
    if len(data) < 2:
        return
    chosen, rest = data[0], data[1:]
    if chosen >= 128:
        buffer = bytearray(rest)
        taken = take_published(buffer, properties=bool(chosen & 1), room=10)
        begins_whole(buffer)
        letters = [Letter(each.topic.decode("utf-8", "replace"), each.payload, NOW) for each in taken]
    else:
        letters = [Letter(TOPICS[chosen % len(TOPICS)], rest, NOW)]
    mail = sort(letters, DEFAULT_LIMITS, DEFAULT_NETWORKS)
    answered = len(mail.measured) + len(mail.said) + len(mail.uplinks) + len(mail.joined) + len(mail.answers)
    if answered + len(mail.reports) + len(mail.refused) + len(mail.events) < len(letters):
        raise AssertionError("a message is nowhere")


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-rss_limit_mb=1024", "-timeout=10"], one)
    atheris.Fuzz()
