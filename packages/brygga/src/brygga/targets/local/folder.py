"""Where the process target keeps a service on disk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.files import make_folder


@dataclass(frozen=True)
class ServiceFolder:
    """The files of one service, below `services/<name>` of its workspace."""

    path: Path

    @property
    def service_file(self) -> Path:
        """What was last applied: enough to start it again after a reboot."""
        return self.path / "service.json"

    @property
    def serve_file(self) -> Path:
        """The configuration a front starts from: that of the revision that serves."""
        return self.path / "run" / "serve.json"

    @property
    def supervisor_file(self) -> Path:
        """What the supervisor is started with."""
        return self.path / "run" / "supervisor.json"

    @property
    def lock_file(self) -> Path:
        """Held by the supervisor as long as it lives: the identity of what runs."""
        return self.path / "run" / "supervisor.lock"

    @property
    def state_file(self) -> Path:
        """Written by the supervisor: boot id, process id, address."""
        return self.path / "run" / "state.json"

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

    @property
    def log_file(self) -> Path:
        """The log of the front and all workers; rotated beside itself."""
        return self.path / "logs" / "service.log"

    def revision(self, number: int) -> Path:
        """The folder of one revision: its app root, configuration and secrets."""
        return self.path / "revisions" / str(number)

    def interpreters(self) -> Iterator[str]:
        """Paths of the interpreters that its files name."""
        for file in (self.serve_file, *self.path.glob("revisions/*/serve.json")):
            settings = (read_json(file) or {}).get("settings")
            if isinstance(settings, dict):
                yield str(settings["python"])
        for file in (self.supervisor_file, next_to(self.supervisor_file)):
            front = (read_json(file) or {}).get("front")
            if isinstance(front, list):
                yield str(front[0])

    @property
    def identity(self) -> str:
        """A name that no other service of this machine has."""
        return f"{self.path.name}-{self._hash}"

    @property
    def control_socket(self) -> Path:
        """The front's; in a short folder: the address of a socket has room for 107 bytes.

        Which folder depends on the environment, so what a service was started with counts.
        """
        settings = (read_json(self.serve_file) or {}).get("settings")
        used = settings.get("control_socket") if isinstance(settings, dict) else None
        return self.new_control_socket if used is None else Path(str(used))

    @property
    def new_control_socket(self) -> Path:
        """That of a front that is started here and now."""
        return _runtime_folder() / f"{self._hash}.sock"

    @property
    def _hash(self) -> str:
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:20]


def next_to(path: Path) -> Path:
    """The same file for a front that is to take over; it becomes `path` when that does."""
    return path.with_name(f"{path.name}.next")


def read_json(path: Path) -> dict[str, object] | None:
    """A JSON object that was written before; None where there is no such file.

    Raises:
        StoreError: the file is there but cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read: {error}.",
            code=ErrorCode.SERVICE_STATE_UNREADABLE,
            hint="Delete the service and deploy it again.",
        ) from error
    return data if isinstance(data, dict) else None


def _runtime_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and os.access(base, os.W_OK):
        folder = Path(base) / "brygga"
    else:
        folder = Path(tempfile.gettempdir()) / f"brygga-{os.getuid()}"
    make_folder(folder)
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise StoreError(
            f"The folder {folder} for sockets is not this user's alone.",
            code=ErrorCode.SOCKETS_FOLDER_UNSAFE,
            hint="Remove it, or set XDG_RUNTIME_DIR to a folder that is.",
        )
    return folder
