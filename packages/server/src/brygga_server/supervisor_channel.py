"""The line between a supervisor and a front: a few words, some of them with file descriptors.

A front that the supervisor starts beside another says `ready` when its workers are. The supervisor
then gives both an end of a new pair of sockets: the old front with `hand over`, the new one with
`take over`. The old one stops accepting, sends the connections that rest through it, and closes
it; then the new one accepts. The listening socket belongs to the supervisor and is never closed.

A front that lives says `beat`. Where the supervisor has ended, its front starts another one, which
says `here` with a pidfd of itself (see `brygga_server.front.supervision`).

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Self

READY = "ready"
HAND_OVER = "hand over"
TAKE_OVER = "take over"
BEAT = "beat"
HERE = "here"

_FD, _BESIDE = "BRYGGA_LINE_FD", "BRYGGA_BESIDE"  # workers are not given BRYGGA_*
_KEPT = "BRYGGA_KEPT"
_VERSION = 1
_MOST_FDS = 64
_PATIENCE = 5.0


@dataclass(frozen=True)
class Kept:
    """What a front keeps, so that another supervisor can go on where one was killed.

    Attributes:
        file: The supervisor's plan.
        listen: The listening socket.
        lock: The file whose lock says that the service runs: it is held as long as one of both
            lives.
        log: The pipe for the log, the end that is read: without one, who writes to it would die.
        supervisor: A pidfd of it; -1 where it has yet to say who it is.
    """

    file: str
    listen: int
    lock: int
    log: int
    supervisor: int = -1

    @property
    def descriptors(self) -> list[int]:
        """All of them."""
        return [fd for fd in (self.listen, self.lock, self.log, self.supervisor) if fd >= 0]

    def to_json(self) -> str:
        """For `of`."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """From what `to_json` made; the descriptors are ours now, and not our children's."""
        kept = cls(**json.loads(text))
        for fd in kept.descriptors:
            os.set_inheritable(fd, False)
        return kept


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
    def of(cls, fd: int) -> Self:
        """An end that was inherited; our own children do not have it."""
        sock = socket.socket(fileno=fd)
        sock.set_inheritable(False)
        return cls(sock)

    def environment(self, kept: Kept, *, beside: bool) -> dict[str, str]:
        """What tells a front of its end, and of what it is to keep."""
        return {
            _FD: str(self.fileno()),
            _BESIDE: "1" if beside else "0",
            _KEPT: kept.to_json(),
        }

    def beat(self) -> None:
        """Says that we live; where that is not read, it need not be said again."""
        with suppress(OSError):
            os.write(self.fileno(), json.dumps({"version": _VERSION, "word": BEAT}).encode())

    def say(self, word: str, *descriptors: int) -> None:
        """Sends a word and copies of descriptors.

        Raises:
            OSError: nobody listens.
        """
        self._send({"version": _VERSION, "word": word}, list(descriptors))

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


@dataclass(frozen=True)
class SupervisorLink:
    """What ties a front to its supervisor.

    Attributes:
        beside: Another front serves, from which this one takes over.
        kept: None where the supervisor is of a release that gave nothing to keep.
    """

    line: SupervisorChannel
    beside: bool
    kept: Kept | None

    @classmethod
    def inherited(cls, environ: MutableMapping[str, str] = os.environ) -> Self | None:
        """Ours; None where nobody supervises us."""
        fd, beside, kept = (environ.pop(name, None) for name in (_FD, _BESIDE, _KEPT))
        if fd is None:
            return None
        line = SupervisorChannel.of(int(fd))
        line.beat()
        return cls(line, beside == "1", None if kept is None else Kept.of(kept))
