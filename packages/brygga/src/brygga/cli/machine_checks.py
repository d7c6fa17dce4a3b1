"""What `brygga doctor` looks at of the machine: container engines and control groups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from brygga.cli.finding import Finding
from brygga.cli.session import Session
from brygga.errors import BryggaError
from brygga.hints import Hint, Shell


def check_engine(_: Session) -> Iterator[Finding]:
    """Whether the container target has an engine; nobody has to have one."""
    from brygga.images.engine import connect

    try:
        engine = connect()
    except BryggaError as error:
        yield Finding("engine", "ok", f"none, so no target container: {error.message}")
        return
    yield Finding("engine", "ok", f"answers at {engine.address}")


def check_control_groups(_: Session) -> Iterator[Finding]:
    """Whether the kernel can hold limits for us, and groups that nobody is in any more."""
    from brygga.targets.local import cgroups

    found = cgroups.find_control_groups("brygga-doctor")
    cgroups.remove_control_groups(found)
    if not found:
        yield Finding(
            "limits",
            "ok",
            "no control groups to be had here: affinity and a watch hold limits (docs/limits.md)",
        )
        return
    version = "v2" if "unified" in found else "v1"
    yield Finding("limits", "ok", f"cgroup {version}: the kernel holds CPU and memory")
    parents = {Path(folder).parent for folder in found.values()}
    for folder in sorted(path for parent in parents for path in parent.glob("*") if path.is_dir()):
        if not cgroups.members({"": str(folder)}):
            yield Finding(
                "limits",
                "warning",
                f"nobody is in the control group {folder} any more",
                Hint.do(
                    Shell(
                        ("find", str(folder), "-depth", "-type", "d", "-exec", "rmdir", "{}", "+")
                    )
                ),
            )
