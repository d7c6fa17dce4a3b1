"""Finding control groups: which hierarchies will do, and what is made of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from brygga.targets.local.cgroups import Mount, find_control_groups, remove_control_groups


def mount(path: Path, *controllers: str) -> Mount:
    path.mkdir(exist_ok=True)
    return Mount(path, frozenset(controllers))


def unified(folder: Path) -> Mount:
    """As the kernel shows it, one level of ours made already."""
    for place in (folder / "v2", folder / "v2" / "brygga"):
        place.mkdir()
        (place / "cgroup.subtree_control").write_text("")
    return mount(folder / "v2", "unified", "cpu", "memory", "pids")


def test_version_2_is_preferred_and_hands_its_controllers_down(tmp_path: Path) -> None:
    found = find_control_groups("svc", [mount(tmp_path / "cpu", "cpu"), unified(tmp_path)])

    assert found == {"unified": str(tmp_path / "v2" / "brygga" / "svc")}
    assert Path(found["unified"]).is_dir()
    for level in ("v2", "v2/brygga"):
        assert (tmp_path / level / "cgroup.subtree_control").read_text() == "+cpu +memory"


def test_version_1_takes_a_hierarchy_for_each(tmp_path: Path) -> None:
    """Also where systemd keeps a unified one without controllers beside them."""
    mounts = [
        mount(tmp_path / "empty", "unified"),
        mount(tmp_path / "cpu,cpuacct", "cpu", "cpuacct"),
        mount(tmp_path / "memory", "memory"),
    ]
    # The kernel would put these files there.
    for each in ("cpu,cpuacct", "memory"):
        (tmp_path / each / "brygga" / "svc").mkdir(parents=True)
        (tmp_path / each / "brygga" / "svc" / "cgroup.procs").touch()

    assert find_control_groups("svc", mounts) == {
        "cpu": str(tmp_path / "cpu,cpuacct" / "brygga" / "svc"),
        "memory": str(tmp_path / "memory" / "brygga" / "svc"),
    }


def test_half_of_it_is_none(tmp_path: Path) -> None:
    assert find_control_groups("svc", [mount(tmp_path / "memory", "memory")]) == {}
    assert find_control_groups("svc", []) == {}


@pytest.mark.may_skip
@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_without_rights_there_are_none(tmp_path: Path) -> None:
    place = unified(tmp_path)
    (tmp_path / "v2").chmod(0o500)
    assert find_control_groups("svc", [place]) == {}


def test_a_part_of_the_tree_with_processes_in_it_is_left_alone(tmp_path: Path) -> None:
    """The kernel refuses to hand controllers down there; nothing is left behind."""
    place = unified(tmp_path)
    control = tmp_path / "v2" / "cgroup.subtree_control"
    control.unlink()
    control.mkdir()  # cannot be written to, whoever tries

    assert find_control_groups("svc", [place]) == {}
    assert not (tmp_path / "v2" / "brygga" / "svc").exists()


def test_groups_are_removed_with_what_is_below_them(tmp_path: Path) -> None:
    folder = tmp_path / "brygga" / "svc"
    (folder / "workers-1-1").mkdir(parents=True)

    remove_control_groups({"cpu": str(folder)})
    remove_control_groups({"cpu": str(folder)})

    assert list(tmp_path.iterdir()) == []
