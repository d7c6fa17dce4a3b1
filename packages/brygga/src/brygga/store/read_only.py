"""SQLite files that cannot be written: on a read-only disk, somebody else's, or without room.

A file with a write-ahead log is opened for writing even by those who only read: an index of the
log has to be made beside it. Where that cannot be had, SQLite reads the log without one, or, where
there is no log, the file is read into memory.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError

_TRIES = 50
_PAUSE_S = 0.02  # longer than a tick of the clock that files are stamped by
_JOURNAL_MODES = slice(18, 20)  # https://www.sqlite.org/fileformat.html#file_format_version_numbers
_ROLLBACK = b"\x01\x01"


def read_only(where: Path | str, reason: str) -> StoreError:
    """What would be changed can only be read."""
    return StoreError(
        f"{where} can only be read here, and this would change it: {reason}.",
        code=ErrorCode.STORE_READ_ONLY,
        hint="Do it as the user it belongs to, make it writable for you, or choose another home "
        "with BRYGGA_HOME.",
    )


def is_writable(file: Path) -> bool:
    """Whether a file that is there, and its folder, may be changed by this process."""
    return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def open_read_only(file: Path, timeout_s: float) -> sqlite3.Connection:
    """A connection that sees what is committed, and makes nothing on the disk.

    Raises:
        sqlite3.Error: it cannot be read either.
    """
    last: sqlite3.Error | None = None
    for _ in range(_TRIES):
        try:
            return _with_its_log(file, timeout_s)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            ):
                raise
            last = error
        found = _in_memory(file)
        if found is not None:
            return found
        time.sleep(_PAUSE_S)  # whoever writes is about to make the log, or to remove it
    assert last is not None
    raise last


def _with_its_log(file: Path, timeout_s: float) -> sqlite3.Connection:
    address = f"file:{quote(str(file))}?mode=ro&readonly_shm=1"
    connection = sqlite3.connect(address, uri=True, timeout=timeout_s)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except BaseException:
        connection.close()
        raise
    return connection


def _in_memory(file: Path) -> sqlite3.Connection | None:
    """A copy of a file without a log; None where it has one, or changes meanwhile."""
    try:
        before = _state(file)
        content = bytearray(file.read_bytes())
    except OSError:
        return None
    if _log_size(file) or _state(file) != before:
        return None
    if time.time_ns() - before[1] < _PAUSE_S * 1e9:
        return None  # another change in the same tick would not be seen
    content[_JOURNAL_MODES] = _ROLLBACK
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(content))
    connection.execute("PRAGMA query_only = ON")
    return connection


def _state(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _log_size(file: Path) -> int:
    try:
        return file.with_name(file.name + "-wal").stat().st_size
    except OSError:
        return 0
