"""What a database says when it fails, as a sentence with a way out."""

from __future__ import annotations

import sqlite3

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError

_FULL = ("cannot grow: the disk is full", "Free some space, then try again.")

# The codes of https://www.sqlite.org/rescode.html: primary ones, and others where they say more.
_SQLITE = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "Wait until that has ended, then try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "is locked by another process",
        "Wait until that has ended, then try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        "Make the file and its folder writable for you, or choose another folder with BRYGGA_HOME.",
    ),
    sqlite3.SQLITE_PERM: (
        "cannot be opened",
        "Make the file and its folder readable and writable for you.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Look whether its folder exists and is writable, or choose another with BRYGGA_HOME.",
    ),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written",
        "Look at the disk (space, quota, its health), then try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Restore it from a backup; a copy from before the last upgrade lies beside it.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is damaged or not a database",
        "Restore it from a backup, or move it away to begin anew.",
    ),
}

# The classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "55P03": ("is locked by another process", "Wait until that has ended, then try again."),
    "40P01": ("is locked by another process", "Try again."),
    "53": ("is out of disk, memory or connections", "Free some, then try again."),
    "28": ("refuses the user", "Look at user and password in BRYGGA_STORE_URL."),
    "3D": ("is missing", "Create it, or correct BRYGGA_STORE_URL."),
    "42501": ("may not be changed by this user", "Grant that user all rights on the database."),
    "25006": ("is read-only", "Give the address of the primary server in BRYGGA_STORE_URL."),
}


def explained(error: BaseException, store: str, *, unreachable: bool = False) -> StoreError:
    """A `StoreError` for what a driver has raised.

    Args:
        store: Its name, for people.
        unreachable: Whether an error without a code of the server means that there was none.
    """
    what, hint = _explain(error, unreachable=unreachable)
    code = ErrorCode.DISK_FULL if is_full(error) else ErrorCode.STORE_UNAVAILABLE
    return StoreError(f"The store {store} {what}.", code=code, hint=hint)


def is_full(error: BaseException | None) -> bool:
    """Whether SQLite has found no room on the disk."""
    codes = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
    return getattr(error, "sqlite_errorcode", None) in codes


def _explain(error: BaseException, *, unreachable: bool) -> tuple[str, str]:
    if isinstance(error, sqlite3.Error):
        # Python's own refusals (a text that is not UTF-8, say) carry no code.
        code = getattr(error, "sqlite_errorcode", 0)
        for known in (code, code & 0xFF):
            if known in _SQLITE:
                return _SQLITE[known]
    state = getattr(error, "sqlstate", None) or ""
    for sqlstate in (state, state[:2]):
        if sqlstate in _POSTGRES:
            return _POSTGRES[sqlstate]
    reason = " ".join(str(error).split())
    if unreachable and not state:
        return f"cannot be reached: {reason}", "Look whether it runs and the address is right."
    return f"has failed: {reason}", "If it happens again, report it with this message."
