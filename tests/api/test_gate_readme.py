"""The protocol's page shows what the server takes and gives: every example fits the documents of OpenAPI."""

import json
import re
from pathlib import Path

from pydantic import BaseModel

from api.gate.documents import DecisionOut, Hello, JournalLine, ScanAsked, Welcome

PAGE = (Path(__file__).parents[2] / "api/gate/README.md").read_text(encoding="utf-8")
MODELS: tuple[type[BaseModel], ...] = (Hello, Welcome, ScanAsked, DecisionOut, JournalLine)


def test_examples_fit_their_documents() -> None:
    """In the page's order; nothing more and nothing less than the document has."""
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == len(MODELS)
    for block, model in zip(blocks, MODELS, strict=True):
        document = json.loads(re.sub(r'"[0-9a-f]{4}…"', json.dumps("ab" * 32), block))
        read = model.model_validate(document).model_dump(mode="json", exclude_unset=True)
        assert set(document) == set(read), model
