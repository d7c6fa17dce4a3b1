"""Where a target that runs services on this machine keeps one of them on disk."""

from __future__ import annotations

import abc
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.files import make_folder


@dataclass(frozen=True)
class ServiceFolder(abc.ABC):
    """The files of one service, whatever runs behind its port.

    What holds the port, a front or a gateway, is started by a supervisor and answers on a control
    socket.
    """

    path: Path

    @property
    def service_file(self) -> Path:
        """What was last applied: enough to start it again after a reboot."""
        return self.path / "service.json"

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
    def log_file(self) -> Path:
        """The log of the service; rotated beside itself."""
        return self.path / "logs" / "service.log"

    @property
    def boot_script(self) -> Path:
        """Starts it after a reboot, where no systemd does."""
        return self.path / "boot.sh"

    @abc.abstractmethod
    def interpreters(self) -> Iterator[str]:
        """Paths of the interpreters that its files name."""

    @abc.abstractmethod
    def started_with(self) -> Mapping[str, object]:
        """The settings of what holds the port; empty before it was started for the first time."""

    @property
    def control_socket(self) -> Path:
        """Where what holds the port is asked; in a short folder, see `new_control_socket`.

        Which folder depends on the environment, so what it was started with counts, as long as
        that folder is there: it may go with a session, and goes with a reboot.
        """
        used = self.started_with().get("control_socket")
        place = None if used is None else Path(str(used))
        return place if place and place.parent.is_dir() else self.new_control_socket

    @property
    def new_control_socket(self) -> Path:
        """That of what is started here and now: a socket's address has room for 107 bytes."""
        return _runtime_folder() / f"{self.place}.sock"

    @property
    def identity(self) -> str:
        """A name that no other service of this machine has, for people."""
        return f"{self.path.name}-{self.place}"

    @property
    def place(self) -> str:
        """The same as 20 hex digits."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:20]


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


def make_runtime_folder() -> Path:
    """The folder for sockets, made where it is missing.

    Raises:
        StoreError: somebody else could put something there.
    """
    folder = _runtime_folder()
    return make_folder(folder)


def _runtime_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and os.access(base, os.W_OK):
        folder = Path(base) / "brygga"
    else:
        folder = Path(tempfile.gettempdir()) / f"brygga-{os.getuid()}"
    try:
        info = folder.lstat()
    except FileNotFoundError:
        return folder
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise StoreError(
            f"The folder {folder} for sockets is not this user's alone.",
            code=ErrorCode.SOCKETS_FOLDER_UNSAFE,
            hint="Remove it, or set XDG_RUNTIME_DIR to a folder that is.",
        )
    return folder
