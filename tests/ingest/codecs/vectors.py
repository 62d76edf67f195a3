"""The published payloads, as the tests read them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "codec_vectors.json"


@dataclass(frozen=True, slots=True)
class Vector:
    """One published payload; see tests/data/README.md."""

    number: int
    codec: str
    f_port: int | None
    payload: bytes
    published: dict[str, Any]
    ours: list[dict[str, Any]] | None
    refused: str | None
    unread: str | None

    def __str__(self) -> str:
        return f"{self.number}-{self.codec}"


def read_all() -> list[Vector]:
    """Every vector of the file, in its order."""
    return [
        Vector(
            number=number,
            codec=one["codec"],
            f_port=one["f_port"],
            payload=bytes.fromhex(one["hex"]),
            published=one.get("published", {}),
            ours=one.get("ours"),
            refused=one.get("refused"),
            unread=one.get("unread"),
        )
        for number, one in enumerate(json.loads(DATA.read_text(encoding="utf-8")))
    ]


VECTORS = read_all()
