"""A group of tests stays on one worker: what pytest and xdist say to each other, mended by conftest.py."""

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("word", ["a@b", "c"])
def test_a_group_is_heard(request: pytest.FixtureRequest, word: str) -> None:
    """Under --dist loadgroup the scheduler reads the group at the end of an id; else it is not there."""
    heard = request.node.nodeid.endswith(f"[{word}]@together")
    assert heard == request.config.getoption("loadgroup", False)
