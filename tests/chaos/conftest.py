"""What the storms of this folder came to, as a table at the end of the run."""

from collections.abc import Callable

import pytest

from bench.result import table

Row = dict[str, object]
_ROWS: pytest.StashKey[list[Row]] = pytest.StashKey()
_GATES: pytest.StashKey[list[Row]] = pytest.StashKey()


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Add a row to the table; all rows share their keys."""
    return request.config.stash.setdefault(_ROWS, []).append


@pytest.fixture
def gate_note(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Add a row to the gates' table."""
    return request.config.stash.setdefault(_GATES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, when something was measured in this process."""
    for name, key in (("chaos", _ROWS), ("chaos at the gates", _GATES)):
        rows = config.stash.get(key, [])
        if rows:
            terminalreporter.section(name)
            terminalreporter.write_line(table(rows))
