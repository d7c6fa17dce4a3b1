"""What a script writes of its run: a line of JSON for each thing, in the order they happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brygga.runs.run import Run


class Journal:
    """The file of one run, read from where it was left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0

    def replay(self, run: Run) -> None:
        """Makes part of the run what was written since."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                _take(run, json.loads(line))


def _take(run: Run, said: Mapping[str, Any]) -> None:
    values = {key: value for key, value in said.items() if key != "op"}
    if said["op"] == "log":
        run.log(values["name"], values["value"], kind=values["kind"], step=values["step"])
    elif said["op"] == "upload":
        run.upload(values["name"], Path(values["file"]))
    elif said["op"] == "tags":
        run.set_tags(values)
    elif said["op"] == "properties":
        run.add_properties(values)
    elif said["op"] == "fail":
        run.failure = values
