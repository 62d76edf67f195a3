"""A real OSRM over the little country, prepared once a run as `deploy/README.md` prepares a département."""

from collections.abc import Iterator

import pytest
from osrm_server import OsrmServer

from tests.osrm.country import document


@pytest.fixture(scope="session")
def roads() -> Iterator[OsrmServer]:
    """A server of its own, running."""
    server = OsrmServer(document())
    server.start()
    yield server
    server.remove()
