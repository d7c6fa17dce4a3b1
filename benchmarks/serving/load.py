"""Load from wrk, pinned to a core that the servers do not have."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

MISSING = "wrk makes the load, and is not installed here: apt-get install wrk"
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class BrokenError(Exception):
    """A server did not answer as it should."""


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    rate: float  # answers a second
    median: float  # seconds
    answers: int
    processor: float = 0.0  # seconds that the server took for them, user and system

    @property
    def per_second_of_processor(self) -> float:
        """How many answers a second of processor time was enough for."""
        return self.answers / self.processor if self.processor else 0.0


def check_wrk() -> None:
    """Ends the program with a sentence where wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit(MISSING)


def cores() -> tuple[int, int]:
    """The core of the servers and that of the load; the same where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def ask(url: str, body: bytes) -> object:
    """One answer, decoded."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def run(url: str, body: bytes, connections: int, seconds: int, folder: Path) -> Load:
    """Posts `body` from so many connections for so long.

    Raises:
        BrokenError: Some answers were errors, or did not come.
    """
    script = folder / "post.lua"
    text = body.decode().replace("]]", "] ]")  # `]]` ends a long string of Lua
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [[{text}]]\n"
    )
    command = ["taskset", "-c", str(cores()[1]), "wrk", "-t1", f"-c{connections}"]
    command += [f"-d{seconds}s", "--latency", "-s", str(script), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise BrokenError(f"{url}:\n{done.stdout}")
    return _parse(done.stdout)


def _parse(text: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s|m)\b", text)
    answers = re.search(r"(\d+) requests in", text)
    if rate is None or median is None or answers is None:
        raise BrokenError(f"wrk said something else than expected:\n{text}")
    return Load(float(rate[1]), float(median[1]) * _UNITS[median[2]], int(answers[1]))
