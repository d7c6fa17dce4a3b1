"""Files and folders that are there whole or not at all, and nobody else's to read.

Everything is made under a name that begins with `PARTIAL`, in the folder where it is to be, and is
renamed when it is whole. A process that is killed leaves such a name, which `gc` knows.

`brygga_server.files` is the same for services: neither distribution may import the other, because
services outlive the Brygga that deployed them, in an environment without it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

PARTIAL = ".partial-"
"""Begins the name of what is not finished."""
DISCARDED = ".discarded-"
"""Begins the name of what is being removed."""
SCRATCH = "brygga-scratch-"
"""Begins the name of a folder that only its process needs, where temporary files are."""

_FILE = 0o600
_FOLDER = 0o700


def make_folder(path: Path, mode: int | None = _FOLDER) -> Path:
    """Makes a folder, where it is missing, and those above it.

    Args:
        mode: It is this, whatever the umask; those above are its owner's alone. None is for
            folders that people chose: the umask decides, for those above as well.

    Returns:
        The folder.
    """
    try:
        path.mkdir(0o777 if mode is None else _FOLDER)
    except FileNotFoundError:
        make_folder(path.parent, None if mode is None else _FOLDER)
        return make_folder(path, mode)
    except FileExistsError:
        if not path.is_dir():
            raise
        return path
    if mode is not None:
        path.chmod(mode)
    return path


def write_text(path: Path, text: str, *, mode: int | None = _FILE, durable: bool = True) -> None:
    """Writes a file in one step: whoever looks sees the old one or the new one. See `replacing`."""
    with replacing(path, mode=mode, durable=durable) as file:
        file.write(text.encode())


def write_json(path: Path, content: Mapping[str, object], *, mode: int | None = _FILE) -> None:
    """Writes a JSON object in one step. See `replacing`."""
    write_text(path, json.dumps(content, indent=1) + "\n", mode=mode)


@contextmanager
def replacing(path: Path, *, mode: int | None = _FILE, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to be written, which takes the place of `path` when the block ends without an error.

    Args:
        mode: As of `make_folder`, which makes the folder above where it is missing.
        durable: Whether it has to be there after a power failure.
    """
    make_folder(path.parent, None if mode is None else _FOLDER)
    with new_file(path.parent, mode) as new:
        yield new.file
        new.become(path, durable=durable)


@dataclass(frozen=True)
class NewFile:
    """A file that is being written, and has no name yet that anybody looks for."""

    file: BinaryIO
    path: Path

    def become(self, path: Path, *, durable: bool = True) -> None:
        """Gives it its name, also where another file has it; on the same file system.

        Args:
            durable: Whether content and name have to be there after a power failure.
        """
        self.file.flush()
        if durable:
            os.fsync(self.file.fileno())
        self.path.replace(path)
        if durable:
            _sync_folder(path.parent)


@contextmanager
def new_file(folder: Path, mode: int | None = _FILE) -> Iterator[NewFile]:
    """A file without a name, for what is named by its content; removed unless it got one."""
    path = _unfinished(folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o666 if mode is None else _FILE), "wb") as file:
        try:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield NewFile(file, path)
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to be filled, which becomes `path` when the block ends without an error.

    Where somebody else has made `path` meanwhile, theirs stays.
    """
    make_folder(path.parent)
    with working_folder(path.parent) as folder:
        yield folder
        try:
            folder.rename(path)
        except OSError:
            if not path.is_dir():
                raise


@contextmanager
def working_folder(where: Path) -> Iterator[Path]:
    """A folder for what is to be moved to its place in `where`; what stays in it is removed."""
    with _removed_again(_unfinished(where)) as folder:
        yield folder


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder among the temporary ones of this machine, removed at the end of the block."""
    with _removed_again(Path(tempfile.gettempdir(), SCRATCH + token_hex(8))) as folder:
        yield folder


def discard(path: Path) -> Path:
    """Takes a folder's name away, in one step; returns what is left to be removed."""
    return path.rename(path.with_name(DISCARDED + token_hex(8)))


@contextmanager
def _removed_again(folder: Path) -> Iterator[Path]:
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unfinished(folder: Path) -> Path:
    return folder / f"{PARTIAL}{token_hex(8)}"


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
