"""What holds a service to its CPU and memory: control groups, or the best we can do."""

from __future__ import annotations

from pathlib import Path

from brygga_server.front.confinement.base import Confinement
from brygga_server.front.confinement.besteffort import BestEffort
from brygga_server.front.confinement.groups import ControlGroups
from brygga_server.front.confinement.hierarchies import V1, V2
from brygga_server.settings import ServerSettings

__all__ = ["Confinement", "confinement"]


def confinement(settings: ServerSettings) -> Confinement:
    """The best there is for these settings."""
    folders = {name: Path(path) for name, path in settings.control_groups.items()}
    if "unified" in folders:
        return ControlGroups(V2(folders["unified"]))
    if "cpu" in folders and "memory" in folders:
        return ControlGroups(V1(folders["cpu"], folders["memory"]))
    return BestEffort()
