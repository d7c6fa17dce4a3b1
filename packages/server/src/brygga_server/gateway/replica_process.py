"""The first process of a container: a front on a Unix socket that the gateway reaches.

``python -I -m brygga_server.gateway.replica_process CONFIG SOCKET END``

The front runs in this process. A revision that never came up ends with code 0, because engines
start anew whatever ends with another one. Whoever connects to END ends it as SIGTERM does.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

_FAILED = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end."""
    config, place, end = sys.argv[1:] if argv is None else argv
    from brygga_server import cli

    front, _end = listen(place), end_on_connection(listen(end))
    code = cli.main(["--config", config, "--listen-fd", str(front.detach())])
    return 0 if code == _FAILED else code


def listen(place: str) -> socket.socket:
    """A listening Unix socket. Its folder decides who may reach it."""
    Path(place).unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(place)
    Path(place).chmod(0o666)
    sock.listen(2048)
    return sock


def end_on_connection(sock: socket.socket) -> socket.socket:
    """Lets the kernel send us SIGTERM when somebody connects.

    No thread and no loop is needed for it: the front forks its workers, and owns the loop.
    """
    fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sock, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(sock, fcntl.F_SETFL, fcntl.fcntl(sock, fcntl.F_GETFL) | os.O_ASYNC)
    return sock


if __name__ == "__main__":
    sys.exit(main())
