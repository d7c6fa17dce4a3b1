"""Watching what this process changes outside of itself, for tests that it changes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CHANGES = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.kill",
        "os.killpg",
        "os.link",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
        "os.utime",
        "subprocess.Popen",
    }
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_lists: list[list[str]] = []
_is_hooked = False


@contextmanager
def changes() -> Iterator[list[str]]:
    """A list of what is changed meanwhile, by any thread: files, folders and other processes.

    By the interpreter's own audit events, so that what others change is not in it.
    """
    global _is_hooked  # noqa: PLW0603 - a hook cannot be taken away again
    if not _is_hooked:
        sys.addaudithook(_note)
        _is_hooked = True
    found: list[str] = []
    _lists.append(found)
    try:
        yield found
    finally:
        _lists.remove(found)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if not _lists:
        return
    written = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if event in _CHANGES or written:
        for each in _lists:
            each.append(f"{event} {arguments}")
