"""What run() raised of late, by request, for whoever owns the service.

Clients are told that it failed, no more. What it raised is asked for on the control socket, which
only the user who runs the service can open.
"""

from __future__ import annotations

import json
from collections import OrderedDict

from brygga_server.worker.frames import Buffer

_KEPT = 64
_LARGEST = 1 << 16  # bytes that are kept of one
_TEXT = 1 << 14  # of its message and its traceback, where they are more


class RecentFailures:
    """The newest few; what is kept is bounded whatever scripts raise."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, request: str, meta: Buffer) -> None:
        """What a worker says of a request whose run() has raised."""
        if not request or not meta:
            return
        told = bytes(meta)
        if len(told) > _LARGEST:
            told = _shortened(told)
        self._kept[request] = told
        self._kept.move_to_end(request)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def find(self, request: str) -> dict[str, object] | None:
        """Error, file, line and traceback; None where nothing is known any more."""
        told = self._kept.get(request)
        try:
            found = None if told is None else json.loads(told)
        except ValueError:  # a worker writes to the same pipe as the script
            return None
        return found if isinstance(found, dict) else None


def _shortened(told: bytes) -> bytes:
    """The beginning of the error and the end of its traceback, which is where people look."""
    try:
        found = dict(json.loads(told))
    except (ValueError, TypeError):
        return b""
    most = _TEXT  # characters, of which some take six bytes
    while most:
        short = {k: _cut(k, v, most) if isinstance(v, str) else v for k, v in found.items()}
        encoded = json.dumps(short).encode()
        if len(encoded) <= _LARGEST:
            return encoded
        most //= 2
    return b""


def _cut(name: str, text: str, most: int) -> str:
    return text[:most] if name == "error" else text[-most:]
