"""The status file: what state the service is in, for whoever looks from outside."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from brygga_server import signal_scope
from brygga_server.files import write_json
from brygga_server.front_plan import NEXT

Diagnosed = dict[str, object] | None
_NOTED = 20  # one part in as many
_SMALL = 20 << 20  # bytes


class Status:
    """Written atomically at each change; the revisions that were ready once survive restarts."""

    def __init__(self, file: str | None, revision: int, *, beside: bool = False) -> None:
        """Reads which revisions were ready once.

        Args:
            file: None: nobody looks.
            revision: The one that is to serve.
            beside: Another front still writes the file; until `take_over` ours is beside it.
        """
        self._final = self._file = None if file is None else Path(file)
        self.state = "starting"
        self.revision = revision
        self.ready_revisions = self._remembered()
        self.since = time.time()
        self.diagnosis: Diagnosed = None
        self.pending: Diagnosed = None
        self.memory_bytes = 0
        self._written: dict[str, object] = {}
        self.stale = False  # the file could not be written, and says something old
        self.complain: Callable[[str], None] = lambda _: None
        self.beside = beside
        if self._file is not None and beside:
            self._file = self._file.with_name(self._file.name + NEXT)

    def take_over(self) -> None:
        """From now on the file is ours."""
        if self.beside and self._file is not None and self._final is not None:
            beside, self._file = self._file, self._final
            self.ready_revisions = sorted({*self._remembered(), *self.ready_revisions})
            self._written = {}
            self.write()
            beside.unlink(missing_ok=True)
        self.beside = False

    def release(self) -> None:
        """The file is another's."""
        self._file = None

    def content(self) -> dict[str, object]:
        """What stands in the file."""
        return {
            "version": 1,
            "state": self.state,
            "revision": self.revision,
            "ready_revisions": self.ready_revisions,
            "since": self.since,
            "pid": os.getpid(),
            "diagnosis": self.diagnosis,
            "pending": self.pending,
            "signals": signal_scope.describe(),
            "memory_bytes": self.memory_bytes,
        }

    def become(self, state: str, diagnosis: Diagnosed = None) -> None:
        """The service has another state now."""
        if state != self.state:
            self.since = time.time()
        self.state = state
        self.diagnosis = diagnosis
        if state == "ready" and self.revision not in self.ready_revisions:
            self.ready_revisions = [*self.ready_revisions, self.revision]
        self.write()

    def hold(self, memory_bytes: int) -> None:
        """What front and workers hold now; noted where that has become another number to people.

        In a container the file is all that can be looked at from outside for nothing.
        """
        if abs(memory_bytes - self.memory_bytes) * _NOTED > max(memory_bytes, _SMALL):
            self.memory_bytes = memory_bytes
            self.write()

    def write(self) -> None:
        """Writes the file where it differs from what stands there."""
        content = self.content()
        if self._file is None or content == self._written:
            return
        try:
            # Read by another user where this runs in a container; not worth a wait for the disk.
            write_json(self._file, content, private=False, durable=False)
        except OSError as error:
            # A full disk must not end a service that serves; `write` is called again.
            if not self.stale:
                self.complain(f"The status file {self._file} cannot be written: {error.strerror}")
            self.stale = True
            return
        self.stale = False
        self._written = content

    def _remembered(self) -> list[int]:
        if self._file is None:
            return []
        try:
            data = json.loads(self._file.read_bytes())
            return [int(number) for number in data["ready_revisions"]]
        except (OSError, ValueError, KeyError, TypeError):
            return []  # none yet, or from before a crash of the disk: then it has to prove itself


def refuse(config: str, message: str, *, beside: bool = False) -> None:
    """Says in the status file that a front cannot be started with its settings.

    Args:
        config: The file of the settings; where not even that names a status file, nobody looks.
    """
    try:
        settings = json.loads(Path(config).read_bytes())["settings"]
        file, revision = settings["status_file"], int(settings.get("revision") or 0)
        status = Status(str(file), revision, beside=beside)
    except (OSError, ValueError, KeyError, TypeError):
        return
    status.become("failed", {"cause": "settings_invalid", "message": message})
