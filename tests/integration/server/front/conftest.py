"""Tells at the end of a run what each poison cost; SURVIVAL_PAGE names a page to write as well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import survival


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not survival.RECORDS:
        return
    lines = survival.table()
    terminalreporter.section("survival")
    for line in lines:
        terminalreporter.line(line)
    page = os.environ.get("SURVIVAL_PAGE")
    if page:
        Path(page).write_text("\n".join([survival.ABOUT, *lines]) + "\n")
