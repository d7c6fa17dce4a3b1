"""Markers follow from the folder a test lies in."""

from pathlib import Path

import pytest
from support import hard_stop

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(HERE).parts[0]
        if kind in ("unit", "integration", "e2e"):
            item.add_marker(kind)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hard_stop.TALLIES:
        terminalreporter.section("hard stops")
        for line in hard_stop.table():
            terminalreporter.write_line(line)
