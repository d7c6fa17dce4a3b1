"""All of it in one sitting: servers side by side, asked in turns."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import life, load
from .contestants import OURS, OURS_BATCHED, Contestant, contestants
from .environments import CACHE
from .model import Subject, prepare
from .server import Running
from .works import WORKS, Mark, Rounds, asked, marks

_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))


def measure(*, everybody: bool) -> tuple[list[Mark], Rounds, dict[str, Any]]:
    """The marks, all loads behind them, and what they were measured on.

    Args:
        everybody: With the peers that take long to install.
    """
    load.check_wrk()
    subject = prepare(CACHE / "model")
    print(f"model: logistic regression on {subject.source}", flush=True)
    taking_part = contestants(everybody=everybody)
    with tempfile.TemporaryDirectory(prefix="brygga-bench-") as name:
        folder = Path(name)
        rounds = _rounds(taking_part, folder, subject)
        found = marks(rounds, taking_part)
        by_name = {c.name: c for c in taking_part}
        found.append(life.growth(by_name[OURS_BATCHED], folder, subject))
        found += life.start(by_name[OURS], folder, subject)
    return found, rounds, _about(subject)


def _rounds(taking_part: Sequence[Contestant], folder: Path, subject: Subject) -> Rounds:
    rounds: Rounds = {}
    with ExitStack() as stack:
        servers: dict[str, Running] = {}
        for contestant in taking_part:
            server = stack.enter_context(contestant.running(folder, subject))
            servers[contestant.name] = server
            _check(contestant, server, subject)
        for number in range(_ROUNDS):
            for work in WORKS:
                for contestant in asked(work, taking_part):
                    body = contestant.encode(subject.rows[: work.rows])
                    server = servers[contestant.name]
                    if not number:
                        load.run(server.url, body, work.connections, 1, folder)  # warm
                    before = server.processor()
                    found = load.run(server.url, body, work.connections, _SECONDS, folder)
                    found = replace(found, processor=server.processor() - before)
                    rounds.setdefault((work.name, contestant.name), []).append(found)
                    print(
                        f"{number + 1}/{_ROUNDS} {work.name:<44} {contestant.name:<30} "
                        f"{found.rate:9.0f}/s {found.median * 1e3:8.2f} ms "
                        f"{found.per_second_of_processor:9.0f} per s of processor",
                        flush=True,
                    )
    return rounds


def _check(contestant: Contestant, server: Running, subject: Subject) -> None:
    """Waits for a server, and sees to it that it says what the model says."""
    told = server.wait(contestant.encode(subject.rows[:30]))
    if contestant.labels(told) != subject.labels[:30]:
        raise load.BrokenError(f"{contestant.name} answers {told!r}")


def _about(subject: Subject) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "model": f"LogisticRegression, {subject.source}",
        "scikit-learn": version("scikit-learn"),
        "rounds": _ROUNDS,
        "seconds": _SECONDS,
    }
