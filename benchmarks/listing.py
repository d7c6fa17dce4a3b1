"""What it costs to look at fifty services: rows of ten revisions each, as after a reboot.

Their processes are gone, so that the figure is that of the store and of files. What a service that
runs adds is one answer of its front, which is measured by itself.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from deploying import Figure

from brygga import Environment, ServiceSpec, Workspace
from brygga.settings import Settings
from brygga.store.rows import NewRevision, Whereabouts, WorkspaceKey
from brygga.store.store import open_store
from brygga.store.url import sqlite_url

SERVICES, REVISIONS = 50, 10
SCRIPT = "def init(): ...\ndef run(data): return data\n"


def measure() -> Iterator[Figure]:
    """All figures of this file; takes about half a minute."""
    with tempfile.TemporaryDirectory(prefix="brygga-bench-") as folder:
        home = Path(folder) / "home"
        workspace = Workspace.create("bench", settings=Settings(home=home))
        yield _one_that_runs(workspace, Path(folder))
        _fill(home / "workspaces" / "bench")
        assert len(workspace.services.snapshots()) == SERVICES
        yield Figure(
            f"{SERVICES} services: services.snapshots()",
            1000 * _median(20, workspace.services.snapshots),
            150,
            "ms",
        )
        Workspace.create("empty", settings=Settings(home=home))
        name = f"{SERVICES} services: brygga service list, against that of an empty workspace"
        yield Figure(name, _ratio(9, _command(home, "bench"), _command(home, "empty")), 1.3, "x")


def _ratio(times: int, action: Callable[[], object], reference: Callable[[], object]) -> float:
    """What an action costs against a reference, each pair side by side; the median of all pairs.

    In the time that processors were at it, not that of the clock: what else the machine does
    meanwhile changes neither much, and both alike.
    """
    found = []
    for _ in range(1 + times):  # the first reads files that are not in memory yet
        both = []
        for each in (reference, action):
            before = _spent_by_children()
            each()
            both.append(_spent_by_children() - before)
        found.append(both[1] / both[0])
    return statistics.median(found[1:])


def _spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _command(home: Path, workspace: str) -> Callable[[], object]:
    brygga = str(Path(sysconfig.get_path("scripts")) / "brygga")
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return partial(
        subprocess.run,
        [brygga, "--workspace", workspace, "service", "list", "--json"],
        check=True,
        capture_output=True,
        env={**kept, "BRYGGA_HOME": str(home)},
    )


def _one_that_runs(workspace: Workspace, folder: Path) -> Figure:
    script = folder / "score.py"
    script.write_text(SCRIPT)
    service = workspace.services.deploy(
        "runs", entry_script=script, environment=Environment.from_packages([])
    )
    try:
        service.wait_for_deployment(timeout_s=120)
        return Figure(
            "one service that runs: snapshot()", 1000 * _median(50, service.snapshot), 20, "ms"
        )
    finally:
        service.delete()


def _fill(folder: Path) -> None:
    """Rows as deployments write them, and the files that a reboot leaves."""
    key = WorkspaceKey("local", "local", "bench")
    store = open_store(sqlite_url(folder / "workspace.db"), key)
    files = [{"path": f"package/module_{n}.py", "sha256": "ab" * 32, "size": n} for n in range(200)]
    for number in range(SERVICES):
        name = f"service-{number:02}"
        for _ in range(REVISIONS):
            store.services.add_revision(
                NewRevision(
                    service=name,
                    target="process",
                    place=Whereabouts(os.uname().nodename, str(folder.parents[1])),
                    spec=ServiceSpec(name).to_dict(),
                    bundle={"models": [{"name": "m", "version": 0}], "code": files},
                    bundle_digest="d" * 64,
                )
            )
        store.services.set_current(name, REVISIONS)
        store.services.mark(name, REVISIONS, "ready")
        own = folder / "services" / name
        (own / "run").mkdir(parents=True)
        applied = {
            "version": 1,
            "revision": REVISIONS,
            "host": "127.0.0.1",
            "port": 20_000 + number,
        }
        (own / "service.json").write_text(json.dumps(applied))


def _median(times: int, action: Callable[[], object]) -> float:
    action()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)
