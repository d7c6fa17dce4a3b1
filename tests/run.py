"""Runs all tests: `make test`. Says at the end what each part took and how many tests it had."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "build" / "tests"
_REST = ("tests/integration", "tests/e2e")
PARTS = {
    "unit": ("-q", "--numprocesses=auto", "tests/unit"),
    "integration and e2e": (
        "--numprocesses=2",
        "--dist=loadscope",
        "--no-loadscope-reorder",
        "-m=not alone",
        *_REST,
    ),
    # They compare times, and a neighbour would take some of theirs.
    "alone": ("-m=alone", *_REST),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one part; counts are those of its report."""

    part: str
    seconds: float
    code: int
    counts: Counter[str]


def main() -> int:
    """Every part, also after one that failed; non-zero where one did."""
    seed = os.environ.get("BRYGGA_TEST_SEED") or str(random.getrandbits(32))
    REPORTS.mkdir(parents=True, exist_ok=True)
    outcomes = [_run(part, arguments, seed) for part, arguments in PARTS.items()]
    total: Counter[str] = Counter()
    print(f"\nIn an order of chance; the same again: make test BRYGGA_TEST_SEED={seed}")
    for outcome in outcomes:
        print(f"{outcome.seconds:7.0f} s  {outcome.part}: {_counted(outcome.counts)}")
        total += outcome.counts
    failed = [outcome.part for outcome in outcomes if outcome.code]
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    print(_counted(total), flush=True)
    return 1 if failed else 0


def _run(part: str, arguments: tuple[str, ...], seed: str) -> Outcome:
    report = REPORTS / f"{part.replace(' ', '-')}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"--randomly-seed={seed}", f"--junitxml={report}"]
    if part == "unit" and os.environ.get("CI") == "true":
        command += ["--cov", "--cov-report="]  # and the floor of pyproject.toml
    print(f"\n== {part}: pytest {' '.join(arguments)}", flush=True)
    began = time.monotonic()
    done = subprocess.run([*command, *arguments], cwd=ROOT, check=False)
    counts = _counts(report) if report.exists() else Counter(errors=1)
    return Outcome(part, time.monotonic() - began, done.returncode, counts)


def _counts(report: Path) -> Counter[str]:
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    bad = number["failures"] + number["errors"]
    passed = number["tests"] - bad - number["skipped"]
    return Counter(passed=passed, failed=bad, skipped=number["skipped"])


def _counted(counts: Counter[str]) -> str:
    kinds = ["passed", "failed", *(["skipped"] if counts["skipped"] else [])]
    return ", ".join(f"{counts[kind]} {kind}" for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
