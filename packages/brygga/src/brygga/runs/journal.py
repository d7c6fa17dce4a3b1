"""What a script writes of its run: a line of JSON for each thing, in the order they happened.

It is for interpreters that cannot open the store. Beside it stands how much of it is part of the
run already, so that a script can wait until it finds there what it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brygga.errors import BryggaError
from brygga.store.rows import Metric

if TYPE_CHECKING:
    from brygga.runs.run import Run


class Journal:
    """The file of one run, read from where it was left.

    Attributes:
        path: What the script writes.
        taken: How many bytes of that are part of the run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.taken = path.with_suffix(".taken")
        self._read = 0

    def replay(self, run: Run) -> list[str]:
        """Makes part of the run what was written since; returns what could not be."""
        if not self.path.exists():
            return []
        problems: list[str] = []
        metrics: list[Metric] = []  # one after another, which are taken in one go
        begun = self._read
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                try:
                    said = json.loads(line)
                    if said["op"] == "log":
                        metrics.append(_metric(said))
                        continue
                    _log(run, metrics, problems)
                    _take(run, said)
                except BryggaError as error:
                    problems.append(str(error))
                except (ValueError, KeyError):  # processes of one script that wrote at once
                    problems.append(f"Not understood of what the script said: {line!r}")
        _log(run, metrics, problems)
        if self._read != begun:
            self.taken.write_text(str(self._read), encoding="ascii")
        return problems


def _metric(said: Mapping[str, Any]) -> Metric:
    from brygga.runs.run import metric

    return metric(said["name"], said["value"], kind=said["kind"], step=said["step"])


def _log(run: Run, metrics: list[Metric], problems: list[str]) -> None:
    """Takes metrics; where one of them cannot be, the others all the same."""
    if not metrics:
        return
    try:
        run.log_all(metrics)
    except BryggaError:
        for each in metrics:
            try:
                run.log_all([each])
            except BryggaError as error:
                problems.append(str(error))
    metrics.clear()


def _take(run: Run, said: Mapping[str, Any]) -> None:
    values = {key: value for key, value in said.items() if key != "op"}
    if said["op"] == "upload":
        run.upload(values["name"], Path(values["file"]))
    elif said["op"] == "tags":
        run.set_tags(values)
    elif said["op"] == "properties":
        run.add_properties(values)
    elif said["op"] == "part":
        part = run.part(values["id"], values.get("parameters"), values.get("properties"))
        for name, value in values.get("metrics", {}).items():
            part.log(name, value)
        for name, file in values.get("files", {}).items():
            part.upload(name, Path(file))
    elif said["op"] == "fail":
        run.failure = values
