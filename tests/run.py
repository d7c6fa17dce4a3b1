"""Runs all tests: `make test`. Says at the end what each part took and how many tests it had.

Few tests that failed run once more, with the machine to themselves. Those that pass then are named
as unsteady: a fault of theirs, or of the code, that shows under load. They do not fail the run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "build" / "tests"
_REST = ("tests/integration", "tests/e2e")
PARTS = {
    "unit": ("-q", "--numprocesses=auto", "tests/unit"),
    # One more than there are processors: they wait for servers, engines and deadlines as well.
    "integration and e2e": (
        "--numprocesses=3",
        "--dist=loadscope",
        "--no-loadscope-reorder",
        "-m=not alone",
        *_REST,
    ),
    # They compare times, and a neighbour would take some of theirs.
    "alone": ("-m=alone", *_REST),
}


_SLOWEST = 15
_FEW = 8  # that a busy machine may spoil; more are no accident


@dataclass(frozen=True)
class Outcome:
    """What became of one part; counts are those of its report.

    Attributes:
        took: Seconds that each test took, what it was set up with included.
        unsteady: Tests that failed, and passed when they ran alone.
    """

    part: str
    seconds: float
    code: int
    counts: Counter[str]
    took: Counter[str]
    unsteady: tuple[str, ...] = ()


def main() -> int:
    """Every part, also after one that failed; non-zero where one did."""
    seed = os.environ.get("BRYGGA_TEST_SEED") or str(random.getrandbits(32))
    REPORTS.mkdir(parents=True, exist_ok=True)
    outcomes = [_run(part, arguments, seed) for part, arguments in PARTS.items()]
    total: Counter[str] = Counter()
    took = sum((outcome.took for outcome in outcomes), Counter())
    print(f"\nThe {_SLOWEST} slowest tests, what is set up for the first of a file included:")
    for name, seconds in took.most_common(_SLOWEST):
        print(f"{seconds:7.0f} s  {name}")
    print(f"\nIn an order of chance; the same again: make test BRYGGA_TEST_SEED={seed}")
    for outcome in outcomes:
        print(f"{outcome.seconds:7.0f} s  {outcome.part}: {_counted(outcome.counts)}")
        total += outcome.counts
    for name in [name for outcome in outcomes for name in outcome.unsteady]:
        print(f"Unsteady, passed alone: {name}")
    failed = [outcome.part for outcome in outcomes if outcome.code]
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    print(_counted(total), flush=True)
    return 1 if failed else 0


def _run(part: str, arguments: tuple[str, ...], seed: str) -> Outcome:
    name = part.replace(" ", "-")
    cached = ["-o", f"cache_dir={REPORTS / 'cache' / name}"]
    command = [f"--randomly-seed={seed}", *cached, *arguments]
    measured = part == "unit" and os.environ.get("CI") == "true"
    began = time.monotonic()
    # With the floor of pyproject.toml.
    code, first = _pytest(part, name, [*(["--cov", "--cov-report="] if measured else []), *command])
    counts, took, unsteady = _counts(first), _took(first), _failed(first)
    if code == 1 and 0 < len(unsteady) <= _FEW:
        alone = [each for each in command if not each.startswith(("--numprocesses", "--dist"))]
        code, again = _pytest(f"{part}, what failed again", f"{name}-again", [*alone, "--lf"])
        unsteady -= _failed(again)
        counts += Counter(passed=len(unsteady), failed=-len(unsteady))
    else:
        unsteady = set()
    return Outcome(part, time.monotonic() - began, code, counts, took, tuple(sorted(unsteady)))


def _pytest(title: str, name: str, arguments: list[str]) -> tuple[int, ET.Element | None]:
    """Runs it; its exit code and what it reports, None where it could not even begin."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    print(f"\n== {title}: pytest {' '.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False)
    return done.returncode, ET.parse(report).getroot() if report.exists() else None


def _failed(report: ET.Element | None) -> set[str]:
    return {
        _name(case)
        for case in _cases(report)
        if case.find("failure") is not None or case.find("error") is not None
    }


def _took(report: ET.Element | None) -> Counter[str]:
    return Counter({_name(case): float(case.get("time", 0)) for case in _cases(report)})


def _cases(report: ET.Element | None) -> Iterable[ET.Element]:
    return [] if report is None else report.iter("testcase")


def _name(case: ET.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}"


def _counts(report: ET.Element | None) -> Counter[str]:
    suite = None if report is None else report.find("testsuite")
    if suite is None:
        return Counter(failed=1)
    number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    bad = number["failures"] + number["errors"]
    passed = number["tests"] - bad - number["skipped"]
    return Counter(passed=passed, failed=bad, skipped=number["skipped"])


def _counted(counts: Counter[str]) -> str:
    kinds = ["passed", "failed", *(["skipped"] if counts["skipped"] else [])]
    return ", ".join(f"{counts[kind]} {kind}" for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
