"""Only this part of the benchmarks: `python -m serving` in benchmarks/."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .measure import measure
from .report import write

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> int:
    """Measures, writes and prints; 1 where a limit is broken."""
    found, rounds, about = measure(everybody=os.environ.get("PEERS", "") == "all")
    page = write(RESULTS, found, rounds, about)
    print(page.read_text())
    print(f"{page} and beside it .json and .png")
    return 0 if all(mark.ok for mark in found) else 1


if __name__ == "__main__":
    sys.exit(main())
