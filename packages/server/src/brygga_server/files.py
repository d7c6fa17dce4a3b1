"""Files of a service that are there whole or not at all.

`brygga.store.files` is the same for the control plane, whose `gc` removes what a killed process has
left: the names of unfinished files begin alike. Neither distribution may import the other, because
services outlive the Brygga that deployed them.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

PARTIAL = ".partial-"
"""Begins the name of a file that is not finished."""


def write_bytes(path: Path, content: bytes, *, private: bool = True, durable: bool = True) -> None:
    """Writes a file in one step: whoever looks sees the old one or the new one.

    Args:
        private: Whether only its owner may read it; otherwise the umask decides.
        durable: Whether it has to be there after a power failure. That takes milliseconds, which
            an event loop does not have.
    """
    partial = path.with_name(f"{PARTIAL}{token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(partial, flags, 0o600 if private else 0o666), "wb") as file:
        try:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    if durable:
        _sync_folder(path.parent)


def write_json(
    path: Path, content: Mapping[str, object], *, private: bool = True, durable: bool = True
) -> None:
    """Writes a JSON object in one step. See `write_bytes`."""
    write_bytes(path, json.dumps(content).encode(), private=private, durable=durable)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
