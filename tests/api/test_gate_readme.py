"""The protocol's page shows what the server takes and gives: every example fits the documents of OpenAPI."""

import json
import re
from pathlib import Path

from pydantic import BaseModel

from api.app import create_app
from api.gate.documents import DecisionOut, Hello, JournalLine, ScanAsked, Welcome
from tests.api.gate_site import settings

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


def test_openapi_tells_a_vendor_the_same() -> None:
    """Each request of the page is there, with its key and, where there is a body, an example."""
    told = create_app(settings("postgresql:///nowhere")).openapi()
    assert told["components"]["securitySchemes"]["terminal"]["scheme"] == "bearer"
    for method, path in re.findall(r"\| `(POST|GET) (/api/v1/gate/\w+)`", PAGE):
        asked = told["paths"][path][method.lower()]
        assert asked["security"] == [{"terminal": []}], path
        assert "401" in asked["responses"]
        if method == "POST":
            reference = asked["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert told["components"]["schemas"][reference.rsplit("/", 1)[1]]["examples"], path
