"""The folder of a workspace, and which workspaces there are on this machine."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.filelock import FileLock
from brygga.store.files import DISCARDED, discard, make_folder, write_json
from brygga.store.read_only import read_only
from brygga.store.rows import WorkspaceKey

LOCAL = "local"


class WorkspaceFolder:
    """Where one workspace keeps what is its own.

    Attributes:
        key: Which workspace it is.
        path: The folder; it may not be there.
    """

    def __init__(self, home: Path, key: WorkspaceKey) -> None:
        self.key = key
        self._home = home
        self.path = home / "workspaces" / _folder_name(key)

    @classmethod
    def all(cls, home: Path) -> Iterator[Self]:
        """The folders of the workspaces there are, by name."""
        try:
            files = sorted((home / "workspaces").glob("*/workspace.json"))
        except OSError as error:
            raise _unreadable(home / "workspaces", error) from error
        for file in files:
            if not file.parent.name.startswith(DISCARDED):
                yield cls(home, _read(file))

    @property
    def database(self) -> Path:
        """The SQLite file, where no other store is set."""
        return self.path / "workspace.db"

    @property
    def blobs(self) -> Path:
        """Content by digest."""
        return self.path / "blobs"

    @property
    def secrets(self) -> Path:
        """Keys and secrets of services."""
        return self.path / "secrets.json"

    @property
    def services(self) -> Path:
        """What the process target keeps."""
        return self.path / "services"

    @property
    def containers(self) -> Path:
        """What the container target keeps."""
        return self.path / "containers"

    @property
    def images(self) -> Path:
        """Logs and outcomes of builds."""
        return self.path / "images"

    @property
    def vault(self) -> Path:
        """Secrets of the workspace itself."""
        return self.path / "vault.json"

    @property
    def data(self) -> Path:
        """Files that people put beside the workspace."""
        return self.path / "data"

    @property
    def collected(self) -> Path:
        """What the scripts of services collect: it stays when a service goes."""
        return self.data / "model-data"

    @property
    def runs(self) -> Path:
        """Where scripts run for runs."""
        return self.path / "runs"

    @property
    def operations(self) -> Path:
        """What was and is being done, for others to follow."""
        return self.path / "operations"

    @property
    def locks(self) -> Path:
        """Locks of operations on services."""
        return self.path / "locks"

    def exists(self) -> bool:
        """Whether the workspace is there.

        Raises:
            StoreError: the folder belongs to another workspace, or cannot be read.
        """
        file = self._file
        try:
            if not file.exists():
                return False
        except OSError as error:
            raise _unreadable(file, error) from error
        found = _read(file)
        if found != self.key:
            raise StoreError(
                f"{file} is of the workspace {found.name!r} in {found.resource_group!r}.",
                code=ErrorCode.WORKSPACE_FOLDER_TAKEN,
                hint="Move that folder away, or choose another name.",
            )
        return True

    def changing(self) -> FileLock:
        """The lock for creating and deleting the workspace."""
        return changing_lock(self._home, self.path.name)

    def make(self) -> None:
        """Makes the folder. It counts as a workspace once it is marked by `mark`."""
        self._sweep()
        try:
            make_folder(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def mark(self) -> None:
        """Writes which workspace it is: the last step of making one."""
        try:
            write_json(self._file, {"version": 1, **vars(self.key)})
        except OSError as error:
            raise _unwritable(self._file, error) from error

    def remove(self) -> None:
        """Removes all of it; idempotent. The workspace is gone at once, its files soon after."""
        try:
            discard(self.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._sweep()

    def _sweep(self) -> None:
        """Removes what was discarded, also by those that were killed before they had removed it."""
        for discarded in self.path.parent.glob(f"{DISCARDED}*"):
            # What cannot be removed now is tried again by the next.
            shutil.rmtree(discarded, ignore_errors=True)

    @property
    def _file(self) -> Path:
        return self.path / "workspace.json"


def changing_lock(home: Path, folder: str) -> FileLock:
    """The lock for creating and deleting the workspace in a folder of that name."""
    return FileLock(home / "locks" / f"workspace-{folder}.lock")


def _folder_name(key: WorkspaceKey) -> str:
    if (key.subscription_id, key.resource_group) == (LOCAL, LOCAL):
        return key.name
    text = "\n".join((key.subscription_id, key.resource_group, key.name))
    return f"{key.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _read(file: Path) -> WorkspaceKey:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return WorkspaceKey(data["subscription_id"], data["resource_group"], data["name"])
    except OSError as error:
        raise _unreadable(file, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file} does not say which workspace it is of.",
            code=ErrorCode.WORKSPACE_FOLDER_UNUSABLE,
            hint="Restore it from a backup, or move its folder away.",
        ) from error


def _unreadable(file: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{file} cannot be read: {error.strerror}.",
        code=ErrorCode.WORKSPACE_FOLDER_UNUSABLE,
        hint="Make it readable for you, or choose another home with BRYGGA_HOME.",
    )


def _unwritable(path: Path, error: OSError) -> StoreError:
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return read_only(path.parent, str(error.strerror))
    return StoreError(
        f"{path} cannot be written: {error.strerror or os.strerror(error.errno or 0)}.",
        code=ErrorCode.WORKSPACE_FOLDER_UNUSABLE,
        hint="Make it writable for you, or choose another folder with BRYGGA_HOME.",
    )
