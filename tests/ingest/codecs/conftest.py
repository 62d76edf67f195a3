"""A sandbox for the tests that do not harm it."""

from collections.abc import Iterator

import pytest

from ingest.codecs.javascript import Sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """One process for the tests that do not harm it."""
    with Sandbox() as sandbox:
        yield sandbox
