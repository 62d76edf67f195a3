"""`python -m ingest.codecs VENDOR/DEVICE --fport N HEX`: what a payload says, as JSON.

Status 0 and a list of measurements; 1 and a reason when the payload is not the device's or the codec failed;
2 when the command itself is wrong.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from ingest.codecs.javascript import Sandbox
from ingest.codecs.library import BadHints, Library, read_script
from ingest.codecs.model import CodecFailed, Decoded, NotThisDevice, document
from ingest.codecs.registry import decode


def main(words: list[str]) -> int:
    """Run the command; returns its exit status."""
    asked = _parser().parse_intermixed_args(words)
    if asked.list:
        print("\n".join(Library().names()))
        return 0
    if asked.codec is None or asked.payload is None:
        print(
            "a codec (VENDOR/DEVICE) and a payload in hexadecimal are needed; --list names them",
            file=sys.stderr,
        )
        return 2
    try:
        payload = bytes.fromhex("".join(asked.payload))
        said = _decoded(asked.codec, payload, asked.fport, asked.js)
    except (ValueError, OSError, BadHints) as error:
        print(error, file=sys.stderr)
        return 2
    if isinstance(said, NotThisDevice | CodecFailed):
        print(f"{said.reason}: {said.detail}", file=sys.stderr)
        return 1
    print(json.dumps([document(one) for one in said], ensure_ascii=False, indent=1))
    return 0


def _decoded(codec: str, payload: bytes, f_port: int | None, js: Path | None) -> Decoded:
    if js is None:
        return decode(codec, payload, f_port)
    with Sandbox() as sandbox:
        return sandbox.decode(read_script(js, codec), payload, f_port, datetime.now(UTC))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest.codecs", description="Decode a device's payload.")
    parser.add_argument("codec", nargs="?", metavar="VENDOR/DEVICE")
    parser.add_argument("payload", nargs="*", metavar="HEX", help="spaces are allowed")
    parser.add_argument("--fport", type=int, help="LoRaWAN port; the usual one of the device when not given")
    parser.add_argument("--js", type=Path, metavar="FILE", help="decode with the vendor's own JavaScript")
    parser.add_argument("--list", action="store_true", help="name the codecs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
