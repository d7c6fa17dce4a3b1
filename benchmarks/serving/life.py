"""What the server costs beside its requests: start, memory, and memory after many requests."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from statistics import median

from . import load
from .contestants import Contestant
from .model import Subject
from .server import Running
from .works import Mark

_BEFORE, _IN_ALL = 10_000, 200_000
_STARTS = 5
_MEBI = 1 << 20


def growth(contestant: Contestant, folder: Path, subject: Subject) -> Mark:
    """How much the whole server has grown between the 10,000th and the 200,000th request."""
    body = contestant.encode(subject.rows[:1])
    with contestant.running(folder, subject) as server:
        server.wait(body)
        answered, before = 0, 0
        while answered < _IN_ALL:
            seconds = 2 if answered < _BEFORE else 5
            answered += load.run(server.url, body, 16, seconds, folder).answers
            if answered >= _BEFORE and not before:
                before = server.resident()
        grown = (server.resident() - before) / _MEBI
    return Mark(
        f"{answered:,} requests: growth after the first {_BEFORE:,}", grown, 5, 1,
        at_most=True, unit="MiB",
    )  # fmt: skip


def start(contestant: Contestant, folder: Path, subject: Subject) -> list[Mark]:
    """From exec to ready with a script that imports nothing, and the front's memory then."""
    times, sizes = [], []
    for _ in range(_STARTS):
        server = contestant.running(folder, subject)
        server.command = [part.replace("score.py", "score_nothing.py") for part in server.command]
        began = time.perf_counter()
        with server:
            _wait_ready(server)
            times.append(time.perf_counter() - began)
            sizes.append(server.resident(server.process.pid) / _MEBI)
    return [
        Mark("exec to ready, no imports of the script's", median(times), 0.4, 0.2,
             at_most=True, unit="s"),
        Mark("memory of the front without connections", median(sizes), 60, 40,
             at_most=True, unit="MiB"),
    ]  # fmt: skip


def _wait_ready(server: Running) -> None:
    url = f"http://127.0.0.1:{server.port}/ready"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.002)
    raise load.BrokenError(f"{server.name} is not ready after 30 s")
