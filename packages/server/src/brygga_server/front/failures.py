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
    try:
        found = json.loads(told)
        short = {k: v[-_TEXT:] if isinstance(v, str) else v for k, v in found.items()}
    except (ValueError, AttributeError):
        return b""
    return json.dumps(short).encode()[:_LARGEST]
