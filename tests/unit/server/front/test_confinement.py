"""What is asked of control groups, and when; the kernel's part is played by plain files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brygga_server.front.confinement import confinement
from brygga_server.front.confinement.base import Confinement
from brygga_server.front.confinement.besteffort import BestEffort
from brygga_server.front.confinement.groups import ControlGroups
from brygga_server.front.confinement.hierarchies import V1, V2, Hierarchy
from brygga_server.settings import ServerSettings

MIB = 1 << 20
OWN = os.getpid()


class FilesV2(V2):
    """As the kernel makes a group: with its files in it."""

    def make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("cgroup.procs", "cgroup.subtree_control", "cpu.max", "memory.max"):
            (folder / name).touch()
        super().make(folder)


@dataclass
class Generation:
    settings: ServerSettings
    contract: dict[str, object] = field(default_factory=dict)
    pids: list[int] = field(default_factory=list)


def settings(revision: int, cores: float = 1.0, memory: int = 100 * MIB) -> ServerSettings:
    return ServerSettings(revision=revision, cpu_cores=cores, memory_bytes=memory)


def text(path: Path) -> str:
    # Files of the kernel hold what was written last; plain ones are not truncated by it.
    found = path.read_text()
    path.write_text("")
    return found


@pytest.fixture
def service(tmp_path: Path) -> Path:
    return tmp_path / "service"


@pytest.fixture
def groups(service: Path) -> ControlGroups:
    return ControlGroups(FilesV2(service))


def test_a_front_and_its_workers_have_groups_of_their_own(
    groups: ControlGroups, service: Path
) -> None:
    groups.enter()
    groups.before_exec(settings(7))()

    assert text(service / f"front-{OWN}" / "cgroup.procs") == "0"
    assert text(service / f"workers-{OWN}-7" / "cgroup.procs") == "0"
    assert text(service / f"workers-{OWN}-7" / "memory.max") == str(100 * MIB)
    assert "+cpu +memory" in text(service / "cgroup.subtree_control")


def test_the_quota_begins_when_the_generation_is_ready(
    groups: ControlGroups, service: Path
) -> None:
    first = Generation(settings(1, cores=0.5))
    groups.before_exec(first.settings)

    groups.look([first])
    assert text(service / "cpu.max") == "max 100000"

    first.contract = {"pid": 1}
    groups.look([first])
    assert text(service / "cpu.max") == "50000 100000"


def test_while_one_starts_those_that_serve_keep_their_quota(
    groups: ControlGroups, service: Path
) -> None:
    old, new = Generation(settings(1, 0.5), {"pid": 1}), Generation(settings(2, 2.0, 50 * MIB))
    for generation in (old, new):
        groups.before_exec(generation.settings)
    groups.look([old, new])

    assert text(service / "cpu.max") == "max 100000"
    assert text(service / f"workers-{OWN}-1" / "cpu.max") == "50000 100000"
    assert text(service / f"workers-{OWN}-2" / "cpu.max") == "max 100000"
    assert text(service / "memory.max") == str(150 * MIB)


def test_nothing_is_written_where_nothing_has_changed(groups: ControlGroups, service: Path) -> None:
    only = Generation(settings(1), {"pid": 1})
    groups.before_exec(only.settings)
    groups.look([only])
    text(service / "cpu.max")

    groups.look([only])

    assert text(service / "cpu.max") == ""


def test_groups_of_the_gone_are_removed(service: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    hierarchy = V1(service, service)
    found = ControlGroups(hierarchy)
    living = os.getppid()
    for name in (f"workers-{gone.pid}-1", f"front-{gone.pid}", f"workers-{living}-1", "theirs"):
        (service / name).mkdir(parents=True)

    found.look([])

    assert sorted(p.name for p in service.iterdir()) == ["theirs", f"workers-{living}-1"]


def test_what_cannot_be_set_is_told(groups: ControlGroups, service: Path) -> None:
    only = Generation(settings(1), {"pid": 1})
    groups.before_exec(only.settings)
    (service / "cpu.max").unlink()
    (service / "cpu.max").mkdir()

    groups.look([only])

    assert "cpu.max" in groups.describe(only.settings)


def test_evidence_of_the_kernel(service: Path) -> None:
    found = ControlGroups(V2(service))
    group = service / f"workers-{OWN}-1"
    group.mkdir(parents=True)
    (group / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    (group / "memory.peak").write_text("12345\n")

    assert (found.kernel_kills(settings(1)), found.peak(settings(1))) == (2, 12345)
    assert (found.kernel_kills(settings(9)), found.peak(settings(9))) == (0, 0)


def test_folders_decide_what_holds() -> None:
    def of(**folders: str) -> str:
        return confinement(ServerSettings(cpu_cores=1, control_groups=folders)).describe(
            settings(1)
        )

    assert "cgroup v2" in of(unified="/a")
    assert "cgroup v1" in of(cpu="/a", memory="/b")
    assert "the front's watch" in of(cpu="/a")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core cannot be divided")
def test_without_groups_workers_keep_to_their_cores() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        held = BestEffort()
        held.look([Generation(settings(1, cores=0.5), pids=[child.pid])])
        assert len(os.sched_getaffinity(child.pid)) == 1
        assert "1 of the machine's cores" in held.describe(settings(1, cores=0.5))
    finally:
        child.communicate(b"\n")


def test_the_seams_are_abstract() -> None:
    for base in (Confinement, Hierarchy):
        with pytest.raises(TypeError):
            base()  # type: ignore[abstract]


def test_where_a_process_is_now() -> None:
    cpu, memory = Path("/c/cpu,cpuacct/brygga/svc"), Path("/c/memory/brygga/svc")
    text = "4:memory:/user/one\n2:cpu,cpuacct:/\n1:cpuset:/x\n0::/user.slice/a:b\n"
    assert V1(cpu, memory).present(text) == [Path("/c/memory/user/one"), Path("/c/cpu,cpuacct")]
    assert V2(Path("/c/brygga/svc")).present(text) == [Path("/c/user.slice/a:b")]


def test_who_is_not_of_the_service_goes_back(
    groups: ControlGroups, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = service.parent.parent / "before"
    before.mkdir()
    (before / "cgroup.procs").touch()
    monkeypatch.setattr(groups._hierarchy, "present", lambda: [before])
    groups.enter()
    groups.leave()
    assert text(before / "cgroup.procs") == "0"
