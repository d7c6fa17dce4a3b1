"""Which tests belong together, what is told at the end of a run, and that CI skips none."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from support import hard_stop, survival
from support.command import command, environments
from support.hard_stop import Tally
from support.postgres import postgresql
from support.survival import Outage, Record
from xdist.scheduler import LoadScopeScheduling

__all__ = ["command", "environments", "postgresql"]  # fixtures, once for all that ask for them

# As on its users' machines, what a process compiles is there for the next one. Some images of build
# machines set this, and every command and worker of a test then compiles all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

HERE = Path(__file__).parent
_SHARED = {
    "docker": r"\[docker",
    "engine": r"/test_(container|image)|[\[-]container[\]-]",
    "cluster": r"/test_kubernetes",
    "postgresql": r"/test_postgresql|::TestOnPostgreSql",
}
# These begin first, so that at the end no process works while the others have nothing to do.
_LONG = (*_SHARED, "tests/integration/server/front/test_survival.py", "tests/e2e/test_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(HERE).parts[0]
        if kind in ("unit", "integration", "e2e"):
            item.add_marker(kind)


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps a file on one process, and with it all that use the same engine or database.

    By names, since the process that gives the tests out sees nothing else of them.
    """

    def _split_scope(self, nodeid: str) -> str:
        for shared, pattern in _SHARED.items():
            if re.search(pattern, nodeid):
                return shared
        return nodeid.partition("::")[0]

    def _assign_work_unit(self, node: Any) -> None:
        for scope in reversed(_LONG):
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.when == "call":
        item.user_properties += [
            ("hard stop", astuple(each)) for each in _drained(hard_stop.TALLIES)
        ]
        item.user_properties += [("survival", astuple(each)) for each in _drained(survival.RECORDS)]
        item.user_properties += [("outage", astuple(each)) for each in _drained(survival.OUTAGES)]
    report = yield
    expected = hasattr(report, "wasxfail") or item.get_closest_marker("may_skip")
    if report.skipped and not expected and os.environ.get("CI") == "true":
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI this may not skip. {reason}"
    return report


def _drained(records: list[Any]) -> list[Any]:
    taken, records[:] = records[:], []
    return taken


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What tests have counted, also in other processes; and how this order is had again."""
    tallies = [Tally(*values) for values in _told(terminalreporter, "hard stop")]
    if tallies:
        terminalreporter.section("hard stops")
        terminalreporter.write("\n".join([*hard_stop.table(tallies), ""]))
    records = [Record(*values) for values in _told(terminalreporter, "survival")]
    if records:
        terminalreporter.section("survival")
        terminalreporter.write("\n".join([*survival.table(records), ""]))
    found = [Outage(*values) for values in _told(terminalreporter, "outage")]
    if found:
        terminalreporter.section("signals to those above")
        terminalreporter.write("\n".join([*survival.outages(found), ""]))
    page = os.environ.get("SURVIVAL_PAGE")
    if records and page:
        lines = [survival.ABOUT, *survival.table(records)]
        lines += [survival.SIGNALS, *survival.outages(found)] if found else []
        Path(page).write_text("\n".join(lines) + "\n")
    if terminalreporter.stats.get("failed"):
        seed = config.getoption("randomly_seed", None)
        terminalreporter.write_line(f"The same order again: --randomly-seed={seed}")


def _told(terminalreporter: pytest.TerminalReporter, name: str) -> Iterator[Any]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                yield from (value for key, value in report.user_properties if key == name)
