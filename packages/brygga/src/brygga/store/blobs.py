"""Content by its sha256, in a folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from brygga.error_codes import ErrorCode
from brygga.errors import CorruptError, InvalidInputError, StoreError
from brygga.store.filelock import FileLock
from brygga.store.files import PARTIAL, make_folder, new_file, replacing
from brygga.store.read_only import read_only

_CHUNK = 1 << 20
_DIGEST_LENGTH = 64
_COLLECTING_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Blob:
    """Content that is kept: its sha256 (hex) and its size in bytes."""

    sha256: str
    size: int


class BlobStore:
    """Files named by the sha256 of their content, as `sha256/ab/cdef...`.

    A blob is there whole or not at all: it is written under a temporary name, synced and renamed.
    Blobs are read-only and never change; equal content is kept once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "sha256"
        self._lock_file = folder / "collecting.lock"

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keeps `collecting` away while content is put here that no row names yet.

        Content of equal bytes may be here already and be about to lose its last row: without this
        it could be deleted between `put_file` and the commit of the row that needs it.
        """
        lock = FileLock(self._lock_file)
        if lock.try_acquire():
            self._remove_partials()
            lock.release()
        with lock.acquired(_COLLECTING_TIMEOUT_S, shared=True):
            yield

    @contextmanager
    def collecting(self) -> Iterator[bool]:
        """Says whether nobody is in `keeping`, and keeps it so: then unused content may go."""
        lock = FileLock(self._lock_file, purpose="removing content that is no longer used")
        alone = lock.try_acquire()
        try:
            yield alone
        finally:
            lock.release()

    def put_file(self, path: Path) -> Blob:
        """Keeps a copy of a file, read piece by piece.

        Raises:
            InvalidInputError: it is not a regular file, or cannot be read.
        """
        try:
            # Not blocking on a pipe that has taken the file's place.
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(path, error) from error
        with os.fdopen(fd, "rb", buffering=0) as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise InvalidInputError(
                    f"{path} is not a regular file.",
                    code=ErrorCode.FILE_WRONG_KIND,
                    hint="Give a file.",
                )
            return self._put(source, path)

    def put_bytes(self, content: bytes) -> Blob:
        """Keeps content that is in memory."""
        return self._put(io.BytesIO(content), None)

    def has(self, sha256: str) -> bool:
        """Whether the content is here; it is not read."""
        return self.path_of(sha256).is_file()

    def size(self, sha256: str) -> int | None:
        """Its bytes; None where it is not here."""
        try:
            return self.path_of(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def put_verified(self, source: io.BufferedIOBase, sha256: str) -> None:
        """Keeps content that has to have this digest.

        Raises:
            CorruptError: it has another; nothing was kept.
        """
        self._put(source, None, sha256)

    def path_of(self, sha256: str) -> Path:
        """Where the content lies, or would; it must not be changed there."""
        if len(sha256) != _DIGEST_LENGTH or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(f"{sha256!r} is not a sha256 in hex")
        return self._root / sha256[:2] / sha256[2:]

    @contextmanager
    def open(self, sha256: str) -> Iterator[io.BufferedReader]:
        """Opens the content for reading. It is not verified: use `copy_to` for that.

        Raises:
            StoreError: it is not here.
        """
        try:
            file = self.path_of(sha256).open("rb")
        except FileNotFoundError as error:
            raise StoreError(
                f"The content sha256:{sha256} is missing from {self._root}.",
                code=ErrorCode.STORE_CONTENT_MISSING,
                hint="Restore it from a backup, or register it again.",
            ) from error
        except OSError as error:
            raise self._unusable("read", error) from error
        with file:
            yield file

    def copy_to(self, sha256: str, path: Path, *, executable: bool = False) -> None:
        """Writes the content to a new file that appears only when it is whole and verified.

        A file that is there is replaced; missing folders are made.

        Raises:
            CorruptError: what is kept does not match its digest; `path` is as it was.
            StoreError: it is not here.
            InvalidInputError: `path` cannot be written.
        """
        with self.open(sha256) as source:
            try:
                make_folder(path.parent, mode=None)
                mode = 0o755 if executable else 0o644
                # A copy: not worth the wait for the disk, of what may be gigabytes.
                with replacing(path, mode=mode, durable=False) as target:
                    digest, _ = _copy(source, target)
                    if digest != sha256:
                        raise CorruptError(f"The content in {self.path_of(sha256)}", sha256)
            except _ReadError as error:
                raise self._unusable("read", error.cause) from error.cause
            except OSError as error:
                raise InvalidInputError(
                    f"{path} cannot be written: {error.strerror}.",
                    code=ErrorCode.FILE_UNWRITABLE,
                    hint="Choose another place.",
                ) from error

    def delete(self, sha256: str) -> None:
        """Removes the content; idempotent."""
        path = self.path_of(sha256)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable("changed", error) from error

    def sizes(self) -> dict[str, int]:
        """All digests, and the bytes of their content."""
        found = {}
        for folder in self._root.glob("??"):
            for path in folder.iterdir():
                digest = folder.name + path.name
                with contextlib.suppress(FileNotFoundError):
                    found[digest] = path.stat().st_size
        return found

    def unfinished(self) -> dict[str, int]:
        """Names and bytes of what writers left that were killed; some may still be at work."""
        found = {}
        for path in self._root.glob(f"{PARTIAL}*"):
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = path.stat().st_size
        return found

    def delete_unfinished(self, name: str) -> None:
        """Removes one of these; only within `collecting`, when nobody is at work."""
        (self._root / Path(name).name).unlink(missing_ok=True)

    def _put(
        self,
        source: io.RawIOBase | io.BufferedIOBase,
        origin: Path | None,
        expected: str | None = None,
    ) -> Blob:
        writing = FileLock(self._lock_file).acquired(_COLLECTING_TIMEOUT_S, shared=True)
        try:
            make_folder(self._root)
            with writing, new_file(self._root, mode=0o444) as new:
                try:
                    digest, size = _copy(source, new.file)
                except _ReadError as error:
                    raise _unreadable(origin or Path(), error.cause) from error.cause
                if expected not in (None, digest):
                    raise CorruptError("The content", str(expected))
                # Also where such a blob is there: it may have been damaged on disk.
                path = self.path_of(digest)
                make_folder(path.parent)
                new.become(path)
        except OSError as error:
            raise self._unusable("written", error) from error
        return Blob(digest, size)

    def _remove_partials(self) -> None:
        """Clears away what writers left that were killed."""
        for partial in self._root.glob(f"{PARTIAL}*"):
            partial.unlink(missing_ok=True)

    def _unusable(self, doing: str, error: OSError) -> StoreError:
        if doing != "read" and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return read_only(self._folder, str(error.strerror))
        return StoreError(
            f"The folder {self._folder} cannot be {doing}: {error.strerror}.",
            code=ErrorCode.STORE_FOLDER_UNUSABLE,
            hint="Look whether its disk is full and whether it is yours to write.",
        )


class _ReadError(Exception):
    """Reading failed, not writing: the two are told apart for the message."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _copy(source: io.RawIOBase | io.BufferedIOBase, target: BinaryIO) -> tuple[str, int]:
    """Copies all; returns the sha256 and the number of bytes."""
    digest = hashlib.sha256()
    size = 0
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    while True:
        try:
            count = source.readinto(buffer)
        except OSError as error:
            raise _ReadError(error) from error
        if not count:
            return digest.hexdigest(), size
        digest.update(view[:count])
        target.write(view[:count])
        size += count


def _unreadable(path: Path, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"{path} cannot be read: {error.strerror}.",
        code=ErrorCode.FILE_UNREADABLE,
        hint="Look whether it is there and yours.",
    )
