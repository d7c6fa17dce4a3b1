"""The line between a supervisor and a front: a few words, some of them with file descriptors.

A front that the supervisor starts beside another says `ready` when its workers are. The supervisor
then gives both an end of a new pair of sockets: the old front with `hand over`, the new one with
`take over`. The old one stops accepting, sends the connections that rest through it, and closes
it; then the new one accepts. The listening socket belongs to the supervisor and is never closed.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Self

READY = "ready"
HAND_OVER = "hand over"
TAKE_OVER = "take over"

_FD, _BESIDE = "BRYGGA_LINE_FD", "BRYGGA_BESIDE"  # workers are not given BRYGGA_*
_VERSION = 1
_MOST_FDS = 64
_PATIENCE = 5.0


class SupervisorChannel:
    """One end of a line, or of the pair of sockets that connections go through."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.settimeout(_PATIENCE)

    @classmethod
    def pair(cls) -> tuple[Self, Self]:
        """Both ends of a new one; what is said stays in one piece."""
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(one), cls(other)

    @classmethod
    def inherited(cls) -> tuple[Self | None, bool]:
        """The line to our supervisor if we have one, and whether another front still serves."""
        fd = os.environ.pop(_FD, None)
        beside = os.environ.pop(_BESIDE, "") == "1"
        if fd is None:
            return None, False
        sock = socket.socket(fileno=int(fd))
        sock.set_inheritable(False)
        return cls(sock), beside

    def environment(self, *, beside: bool) -> dict[str, str]:
        """What tells a front of its end."""
        return {_FD: str(self.fileno()), _BESIDE: "1" if beside else "0"}

    def say(self, word: str, *lines: SupervisorChannel) -> None:
        """Sends a word and copies of other lines.

        Raises:
            OSError: nobody listens.
        """
        self._send({"version": _VERSION, "word": word}, [line.fileno() for line in lines])

    def pass_on(self, connections: list[int]) -> None:
        """Sends copies of clients' sockets.

        Raises:
            OSError: nobody listens.
        """
        for begin in range(0, len(connections), _MOST_FDS):
            self._send({"version": _VERSION}, connections[begin : begin + _MOST_FDS])

    def hear(self) -> tuple[str, list[int]] | None:
        """The next word with the file descriptors that came along; None: the other end is gone."""
        try:
            data, fds, _, _ = socket.recv_fds(self._sock, 4096, _MOST_FDS)
            said = json.loads(data) if data else None
        except (OSError, ValueError):
            return None
        return None if said is None else (str(said.get("word", "")), fds)

    def fileno(self) -> int:
        """For selectors."""
        return self._sock.fileno()

    def close(self) -> None:
        """Ends our side."""
        self._sock.close()

    def _send(self, said: dict[str, object], fds: list[int]) -> None:
        socket.send_fds(self._sock, [json.dumps(said).encode()], fds)
