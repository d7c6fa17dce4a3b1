"""Limits of services of this machine: they hold, and whoever breaks them dies alone."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from support.load import Load

from brygga import Environment, Service, ServiceCallError, Workspace
from brygga.targets.local.cgroups import find_control_groups, members, remove_control_groups
from brygga.testing.services import wait_until

GIB = 1 << 30

GLUTTON = """
import json
def init(): ...
def run(raw):
    size = json.loads(raw)
    kept = b"x" * size if size > 0 else b""
    return {"echo": size, "kept": len(kept)}
"""

BURNER = """
import json, threading, time
def init():
    until = time.process_time() + BURN
    while time.process_time() < until:
        pass
def run(raw):
    seconds = json.loads(raw)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return seconds
"""


@pytest.fixture
def groups() -> None:
    """Skips where the kernel or our rights do not give us control groups."""
    found = find_control_groups("brygga-tests")
    remove_control_groups(found)
    if not found:
        pytest.skip("control groups cannot be made here: it takes root, or a part of the tree")


@pytest.fixture
def deployed(workspace: Workspace, tmp_path: Path) -> Any:
    def deploy(name: str, text: str, **options: Any) -> Service:
        script = tmp_path / f"{name}.py"
        script.write_text(text)
        environment = Environment.from_packages([])
        service = workspace.services.deploy(
            name, entry_script=script, environment=environment, auth=False, **options
        )
        service.wait_for_deployment(timeout_s=60)
        return service

    return deploy


def port_of(service: Service) -> int:
    return int(str(service.scoring_uri).rsplit(":", 1)[1].split("/")[0])


def folders_of(service: Service, workspace: Workspace) -> dict[str, str]:
    front = service.details["front"]
    lines = Path(f"/proc/{front}/cgroup").read_text().splitlines()
    own = {line.split(":")[1]: line.split(":")[2] for line in lines}
    found = {}
    for name in ("cpu", "memory", ""):
        path = Path("/sys/fs/cgroup") / name / own.get(name, "").lstrip("/")
        if "brygga" in str(path):
            found[name or "unified"] = str(path.parent)
    return found


@pytest.mark.usefixtures("groups")
def test_a_script_that_eats_memory_dies_alone(deployed: Any, workspace: Workspace) -> None:
    """At once, so that nobody but the kernel is fast enough; the other worker serves on."""
    glutton = deployed("glutton", GLUTTON, memory_gb=0.25, workers=2)
    neighbour = deployed("neighbour", GLUTTON, memory_gb=0.25)
    assert "cgroup" in str(glutton.details["limits"])
    front = glutton.details["front"]

    def label(answer: object) -> object:
        return "right"

    with (
        Load(port_of(glutton), 2, 40, label=label) as own,
        Load(port_of(neighbour), 2, 40, label=label) as other,
    ):
        for _ in range(3):
            with pytest.raises(ServiceCallError) as caught:
                glutton.run(2 * GIB)
            answer = json.loads(caught.value.body)
            assert answer["cause"] == "out_of_memory"
            assert answer["memory_limit_bytes"] == GIB // 4
            # The worker's own; the front has some of the limit beside it.
            assert 0.6 < answer["peak_memory_bytes"] / answer["memory_limit_bytes"] < 1.3
            wait_until(lambda: len(glutton.details["workers"]) == 2)
    assert (own.failures, other.failures) == ([], [])
    assert min(own.answered, other.answered) > 10
    assert glutton.details["front"] == front
    assert neighbour.run(0)["kept"] == 0


@pytest.mark.alone
@pytest.mark.usefixtures("groups")
def test_use_of_the_cpu_keeps_to_its_quota(deployed: Any, workspace: Workspace) -> None:
    """Two workers that burn what they get have half a core together."""
    seconds = float(os.environ.get("BRYGGA_TEST_CPU_SECONDS", "4"))
    burner = deployed("burner", BURNER.replace("BURN", "0"), cpu_cores=0.5, workers=2)
    folders = folders_of(burner, workspace)
    with Load(port_of(burner), 4, 1000, label=lambda _: None, body=0.2):
        wait_until(lambda: burner.details["in_flight"])
        before, began = used(members(folders)), time.monotonic()
        time.sleep(seconds)
        spent = used(members(folders)) - before
        share = spent / (time.monotonic() - began)
    print(f"{share:.3f} of 0.5 cores over {seconds:g} s")
    assert 0.1 < share <= 0.55  # less than the quota where others want the cores, never more


@pytest.mark.alone
@pytest.mark.usefixtures("groups")
def test_starting_is_not_slowed_down_by_the_quota(deployed: Any, workspace: Workspace) -> None:
    """A second of work in init(), with a tenth of a core: a second, not ten; also in an update."""
    for turn in range(2):
        began = time.monotonic()
        service = deployed("burner", BURNER.replace("BURN", "1.0") + f"# {turn}\n", cpu_cores=0.1)
        assert time.monotonic() - began < 6
    folder = folders_of(service, workspace)
    quota = Path(folder["cpu"]) / "cpu.cfs_quota_us" if "cpu" in folder else None
    if quota is not None:
        wait_until(lambda: quota.read_text().strip() == "10000")


@pytest.mark.usefixtures("groups")
def test_an_update_moves_the_limits_and_deleting_removes_the_groups(
    deployed: Any, workspace: Workspace
) -> None:
    service = deployed("burner", BURNER.replace("BURN", "0"), cpu_cores=1, memory_gb=0.5)
    service = deployed("burner", BURNER.replace("BURN", "0"), cpu_cores=0.5, memory_gb=0.25)
    folders = folders_of(service, workspace)
    memory = Path(folders["memory"]) / "memory.limit_in_bytes" if "memory" in folders else None
    if memory is not None:
        wait_until(lambda: memory.read_text().strip() == str(GIB // 4))

    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert members(folders)
    service.delete()

    assert not any(Path(folder).exists() for folder in folders.values())


def used(pids: set[int]) -> float:
    """Seconds of CPU that processes have used."""
    ticks = 0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")
