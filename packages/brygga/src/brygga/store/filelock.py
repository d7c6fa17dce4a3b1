"""A lock between processes, on a file."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.store.files import make_folder
from brygga.store.read_only import read_only

_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.05


class FileLock:
    """A lock that one process holds at a time, and that ends with it however it ends.

    The file stays when the lock is released: removing it would let two processes hold two files of
    one name. It holds what its last holder wrote into it. Not reentrant; two objects on the same
    path exclude each other within a process as well.
    """

    def __init__(self, path: Path, *, purpose: str = "") -> None:
        """Names the lock; nothing is locked yet.

        Args:
            path: The file; it and its folder are made when the lock is first taken.
            purpose: Written into the file by whoever holds it, for those that find it held.
        """
        self.path = path
        self._purpose = purpose
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def fileno(self) -> int:
        """The file descriptor, for a child that is to hold the lock as well until it ends.

        What a killed process has started goes on: with this, nobody gets in its way.
        """
        if self._fd is None:
            raise RuntimeError(f"{self.path} is not held")
        return self._fd

    def try_acquire(self, *, shared: bool = False) -> bool:
        """Takes the lock if nobody holds it. Shared, several may hold it that are all shared."""
        if self._fd is not None:
            raise RuntimeError(f"{self.path} is held by this object already")
        fd = self._open()
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            if not shared:
                self._sign(fd)
        except BlockingIOError:
            os.close(fd)
            return False
        except OSError as error:
            os.close(fd)
            raise StoreError(
                f"The lock {self.path} cannot be taken: {error.strerror}.",
                code=ErrorCode.FILE_LOCK_UNUSABLE,
                hint="Look whether its disk is full, or a network folder without locks.",
            ) from error
        self._fd = fd
        return True

    def acquire(self, timeout_s: float, *, shared: bool = False) -> None:
        """Takes the lock, waiting for it.

        Raises:
            StoreError: it was still held after `timeout_s`; says what the holder does.
        """
        deadline = time.monotonic() + timeout_s
        pause = _FIRST_PAUSE_S
        while not self.try_acquire(shared=shared):
            if time.monotonic() >= deadline:
                doing = self.holder()
                raise StoreError(
                    f"The lock {self.path} was held for {timeout_s:g} s by another process"
                    f"{f' ({doing})' if doing else ''}.",
                    code=ErrorCode.FILE_LOCK_HELD,
                    hint="Wait until that has ended, then try again.",
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    @contextmanager
    def acquired(self, timeout_s: float, *, shared: bool = False) -> Iterator[Self]:
        """`acquire` for the length of a block."""
        self.acquire(timeout_s, shared=shared)
        try:
            yield self
        finally:
            self.release()

    @contextmanager
    def tried(self, *, shared: bool = False) -> Iterator[bool]:
        """`try_acquire` for the length of a block; says whether the lock is held."""
        mine = self.try_acquire(shared=shared)
        try:
            yield mine
        finally:
            if mine:
                self.release()

    def release(self) -> None:
        """Gives the lock back; idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def holder(self) -> str:
        """What the last holder said it does; empty where it said nothing."""
        try:
            return self.path.read_text(errors="replace")
        except OSError:
            return ""

    def is_held(self) -> bool:
        """Whether anybody holds it; only looks, so that it works where nothing can be written."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return is_locked(fd)
        finally:
            os.close(fd)

    def __enter__(self) -> Self:
        self.acquire(timeout_s=float("inf"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _sign(self, fd: int) -> None:
        """Says what it is held for, unless there is no room even for that."""
        try:
            os.ftruncate(fd, 0)
            os.pwrite(fd, self._purpose.encode(), 0)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise

    def _open(self) -> int:
        try:
            make_folder(self.path.parent)
            # Not inherited by children: a lock would outlive its holder in them.
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise read_only(self.path.parent, str(error.strerror)) from error
            raise StoreError(
                f"The lock {self.path} cannot be opened: {error.strerror}.",
                code=ErrorCode.FILE_LOCK_UNUSABLE,
                hint="Make its folder writable for you, or choose another with BRYGGA_HOME.",
            ) from error


def is_locked(fd: int) -> bool:
    """Whether somebody holds an exclusive lock on a file, by another descriptor than this one."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
