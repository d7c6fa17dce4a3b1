"""Ending a cluster so that nothing of it is left: processes, mounts, links, groups, files."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from cluster.commands import end, processes, run
from cluster.layout import BRIDGE, Layout, Node
from cluster.nodes import CGROUPS

_ROUNDS = 20
_PAUSE_S = 0.2


def tear_down(layout: Layout) -> None:
    """Idempotent; also of one that was never started to the end."""
    noted = processes(layout)
    containerds = {pid for name, pid in noted.items() if name.startswith("containerd-")}
    for pid in noted.values():
        if pid not in containerds:
            end(layout, pid, signal.SIGTERM)
    for node in layout.nodes:
        _end_containers(node)
    for pid in noted.values():
        end(layout, pid, signal.SIGKILL)
    for node in layout.nodes:
        _end_shims(node)
    _unmount(layout)
    for node in layout.nodes:
        run("ip", "netns", "del", node.name, check=False)
        run("ip", "link", "del", node.link, check=False)
        _remove_groups(node)
        shutil.rmtree(node.state, ignore_errors=True)
        for socket in (node.socket, Path(f"{node.socket}.ttrpc")):
            socket.unlink(missing_ok=True)
    run("ip", "link", "del", BRIDGE, check=False)
    shutil.rmtree(layout.root, ignore_errors=True)


def left_over(layout: Layout) -> list[str]:
    """What there is still of a cluster; empty after it was torn down."""
    names = [node.name for node in layout.nodes]
    found = [f"mount {place}" for place in _mounts(layout)]
    found += [f"group {group}" for node in layout.nodes for group in _groups(node)]
    found += [f"namespace {name}" for name in names if Path("/run/netns", name).exists()]
    found += [f"link {BRIDGE}"] if Path("/sys/class/net", BRIDGE).exists() else []
    found += [f"file {layout.root}"] if layout.root.exists() else []
    found += [f"process {pid}" for node in layout.nodes for pid in _shims(node)]
    return found


def _end_containers(node: Node) -> None:
    """Whatever runs in it, before its containerd ends: nobody could find it after that."""
    if not node.socket.exists():
        return
    ctr = ("ctr", "-a", node.socket, "-n", "k8s.io")
    for _ in range(_ROUNDS):
        tasks = run(*ctr, "tasks", "ls", "-q", check=False).split()
        if not tasks:
            break
        for task in tasks:
            run(*ctr, "tasks", "kill", "-s", "SIGKILL", task, check=False)
        time.sleep(_PAUSE_S)
        for task in tasks:
            run(*ctr, "tasks", "delete", "-f", task, check=False)
    for container in run(*ctr, "containers", "ls", "-q", check=False).split():
        run(*ctr, "containers", "rm", container, check=False)


def _shims(node: Node) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
        if b"containerd-shim-runc-v2" in words[0] and str(node.socket).encode() in words:
            yield int(place.name)


def _end_shims(node: Node) -> None:
    for pid in _shims(node):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _mounts(layout: Layout) -> list[str]:
    """The inner ones first."""
    ours = (f"{layout.root}/", *(f"{node.state}/" for node in layout.nodes), "/run/netns/cni-")
    places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted({each for each in places if each.startswith(ours)}, reverse=True)


def _unmount(layout: Layout) -> None:
    for place in _mounts(layout):
        run("umount", "-l", place, check=False)
    for namespace in Path("/run/netns").glob("cni-*"):
        namespace.unlink(missing_ok=True)


def _groups(node: Node) -> list[Path]:
    """The inner ones first."""
    tops = [each / node.group for each in CGROUPS.iterdir() if (each / node.group).is_dir()]
    inner = [group for top in tops for group in top.rglob("*") if group.is_dir()]
    return sorted([*inner, *tops], key=lambda group: -len(group.parts))


def _remove_groups(node: Node) -> None:
    for _ in range(_ROUNDS):
        for group in _groups(node):
            with contextlib.suppress(OSError):  # a process in it is just ending
                group.rmdir()
        if not _groups(node):
            return
        time.sleep(_PAUSE_S)
