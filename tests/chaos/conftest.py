"""What the storms of this folder came to, as a table at the end of the run."""

from collections.abc import Callable

import pytest

from bench.result import table

Row = dict[str, object]
_ROWS: pytest.StashKey[list[Row]] = pytest.StashKey()


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Add a row to the table; all rows share their keys."""
    return request.config.stash.setdefault(_ROWS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, when something was measured in this process."""
    rows = config.stash.get(_ROWS, [])
    if rows:
        terminalreporter.section("chaos")
        terminalreporter.write_line(table(rows))
