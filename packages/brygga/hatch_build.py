"""Puts the wheel of brygga-server and its lock into brygga, as package data.

A service runs on the server that `brygga` carried when it was deployed, so the
two are released together and neither is looked up on an index.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilder


class ServerWheelHook(BuildHookInterface):
    """Builds `packages/server` beside this project into `src/brygga/_server/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before every build; an sdist already carries the two files."""
        target = Path(self.root) / "src/brygga/_server"
        server = Path(self.root).parent / "server"
        if not server.is_dir():
            return
        for old in target.glob("*.whl"):
            old.unlink()
        for _ in WheelBuilder(str(server)).build(directory=str(target), versions=["standard"]):
            pass
        shutil.copyfile(server / "requirements.txt", target / "requirements.txt")
