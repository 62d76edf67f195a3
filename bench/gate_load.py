"""Scans that leave at their instants, from a process of its own: one thread, one line per terminal.

Read on standard input: host, port and the requests as bytes made beforehand; written on standard output: for
each scan when it was due, when it left and when its answer was whole. What leaves late is the generator's
own fault and is told apart, so that it cannot pass for the gate's.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_LEAD_S = 0.5
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One scan, in seconds after the first was due. `stages` are the server's own, in ms, by name."""

    due: float
    left: float
    answered: float
    status: int
    opened: bool
    stages: dict[str, float]


def send(port: int, requests: Sequence[bytes], rate: float, lines: int) -> list[Answered]:
    """Send each request at its instant over `lines` kept connections, whatever the answers do."""
    order = {"port": port, "rate": rate, "lines": lines, "requests": [one.decode() for one in requests]}
    done = subprocess.run(
        [sys.executable, str(Path(__file__))],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    return [Answered(**one) for one in json.loads(done.stdout)]


async def _run(port: int, rate: float, lines: int, requests: list[bytes]) -> list[Answered]:
    start = time.monotonic() + _LEAD_S
    shares = [range(number, len(requests), lines) for number in range(lines)]
    found = await asyncio.gather(*(_line(port, start, rate, requests, share) for share in shares))
    return sorted((one for share in found for one in share), key=lambda one: one.due)


async def _line(port: int, start: float, rate: float, requests: list[bytes], share: range) -> list[Answered]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for turn in share:
        due = start + turn / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        left = time.monotonic()
        writer.write(requests[turn])
        async with asyncio.timeout(_PATIENCE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = {
                name.lower(): value.strip()
                for name, _, value in (one.partition(":") for one in head.split("\r\n")[1:])
            }
            body = await reader.readexactly(int(fields.get("content-length", 0)))
        answers.append(
            Answered(
                due=due - start,
                left=left - start,
                answered=time.monotonic() - start,
                status=int(head.split(" ", 2)[1]),
                opened=b'"opens":true' in body,
                stages=_stages(fields.get("server-timing", "")),
            )
        )
    writer.close()
    return answers


def _stages(text: str) -> dict[str, float]:
    pairs = (one.strip().split(";dur=") for one in text.split(",") if ";dur=" in one)
    return {name: float(duration) for name, duration in pairs}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    found = asyncio.run(
        _run(asked["port"], asked["rate"], asked["lines"], [one.encode() for one in asked["requests"]])
    )
    json.dump([asdict(one) for one in found], sys.stdout)
