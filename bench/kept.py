"""Runs already taken, so that a measurement may go on in slices: JSON lines in ``bench/results/``."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


class Kept:
    """Answers by what was asked (anything JSON can say), kept in the file of this name or only in memory."""

    def __init__(self, name: str) -> None:
        self.path = RESULTS / name if name else None
        found = self.path is not None and self.path.exists()
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path and found else []
        self.known = {json.dumps(one["order"]): one["answer"] for one in map(json.loads, lines)}

    def get(self, order: Any) -> Any:
        """The answer to this, or None."""
        return self.known.get(json.dumps(order))

    def add(self, order: Any, answer: Any) -> None:
        """Keep one run."""
        self.known[json.dumps(order)] = answer
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"order": order, "answer": answer}) + "\n")
