"""Which processes belong to which worker: its children, theirs, and those it has put aside."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from brygga_server.front.worker import Worker
from brygga_server.orphans import Child


def update_process_trees(workers: Iterable[Worker]) -> None:
    """Renews `Worker.family`; costs a few file reads for each process."""
    workers = list(workers)
    mine = {worker.pid for worker in workers}
    for worker in workers:
        worker.family = list(_descendants(worker.pid))
    for pid in _children(os.getpid()):
        if pid in mine:
            continue
        # Its parent has ended: it is ours by adoption, and perhaps still some worker's.
        owner = _owner(pid, workers)
        if owner is not None:
            owner.family += [pid, *_descendants(pid)]


def _owner(pid: int, workers: Iterable[Worker]) -> Worker | None:
    try:
        child = Child(pid, os.getsid(pid))
    except ProcessLookupError:
        return None
    return next((worker for worker in workers if worker.owns(child)), None)


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    """The children of all threads of a process; none where it is gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found
