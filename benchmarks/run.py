"""Runs the benchmarks, prints tables, writes files, and fails where a limit is broken.

`run.py deploying` (or `serving`, `containers`, `listing`) runs one part only.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from containers import measure as measure_containers
from deploying import Figure, measure
from listing import measure as measure_listing
from serving.__main__ import main as serving

from brygga import EngineUnavailableError

RESULTS = Path(__file__).parent / "results"


def main(*parts: str) -> int:
    codes = [_PARTS[part]() for part in parts or _PARTS]
    return max(codes)


def deploying() -> int:
    """From `deploy` to the first answer; see deploying.py."""
    return _report("deploying", measure())


def containers() -> int:
    """The same with containers, and the price of the gateway; see containers.py."""
    try:
        return _report("containers", measure_containers())
    except EngineUnavailableError as error:
        print(f"containers were not measured: {error}")
        return 0


def listing() -> int:
    """Looking at many services; see listing.py."""
    return _report("listing", measure_listing())


def _report(part: str, measured: Iterable[Figure]) -> int:
    figures = []
    for figure in measured:
        figures.append(figure)
        print(_line(figure), flush=True)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{part}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    rows = [
        {k: v for k, v in asdict(f).items() if v != float("inf")} | {"ok": f.ok} for f in figures
    ]
    machine = {"python": platform.python_version(), "system": platform.platform()}
    file.write_text(json.dumps({"machine": machine, "figures": rows}, indent=2) + "\n")
    return 0 if all(f.ok for f in figures) else 1


_PARTS = {"serving": serving, "deploying": deploying, "containers": containers, "listing": listing}


def _line(figure: Figure) -> str:
    limit = "" if figure.limit == float("inf") else f"at most {figure.limit:g} {figure.unit}"
    mark = "ok" if figure.ok else "TOO SLOW"
    return f"{figure.name:<78} {figure.value:9.2f} {figure.unit:<3} {limit:<16} {mark}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
