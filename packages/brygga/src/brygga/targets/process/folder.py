"""Where the process target keeps a service on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.targets.local.folder import ServiceFolder, read_json


@dataclass(frozen=True)
class ProcessFolder(ServiceFolder):
    """The files of one service, below `services/<name>` of its workspace."""

    @property
    def serve_file(self) -> Path:
        """The configuration a front starts from: that of the revision that serves."""
        return self.path / "run" / "serve.json"

    @property
    def status_file(self) -> Path:
        """Written by the front: state, revision, diagnosis."""
        return self.path / "run" / "status.json"

    @property
    def next_status_file(self) -> Path:
        """Written by a front that starts beside the one that serves, until it takes over."""
        return next_to(self.status_file)

    @property
    def keys_file(self) -> Path:
        """Hashes of the keys that are accepted."""
        return self.path / "run" / "keys.json"

    def revision(self, number: int) -> Path:
        """The folder of one revision: its app root, configuration and secrets."""
        return self.path / "revisions" / str(number)

    def interpreters(self) -> Iterator[str]:
        """Those of workers, front and supervisor."""
        for file in (self.serve_file, *self.path.glob("revisions/*/serve.json")):
            settings = (read_json(file) or {}).get("settings")
            if isinstance(settings, dict):
                yield str(settings["python"])
        for file in (self.supervisor_file, next_to(self.supervisor_file)):
            front = (read_json(file) or {}).get("front")
            if isinstance(front, list):
                yield str(front[0])

    def started_with(self) -> Mapping[str, object]:
        """The settings of the front that serves."""
        settings = (read_json(self.serve_file) or {}).get("settings")
        return settings if isinstance(settings, dict) else {}


def next_to(path: Path) -> Path:
    """The same file for a front that is to take over; it becomes `path` when that does."""
    return path.with_name(f"{path.name}.next")
