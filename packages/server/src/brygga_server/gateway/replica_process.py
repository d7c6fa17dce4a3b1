"""The first process of a container: a front on a Unix socket that the gateway reaches.

``python -I -m brygga_server.gateway.replica_process CONFIG SOCKET END [stay]``

The front runs in this process. A revision that never came up ends with code 0, because engines
start anew whatever ends with another one; so does one whose settings cannot be used. Whoever
connects to END ends it as SIGTERM does.

Where the engine is told to start it anew always, it is told to stay: when it would have ended in
one of these ways it does nothing any more until SIGTERM comes, which is the engine's. Whoever asks
the engine for that puts a file `leave` beside END before, in case the front has that SIGTERM.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from brygga_server import cli
from brygga_server.front.listeners import listen_at
from brygga_server.front.status import refuse
from brygga_server.settings import SettingsError, read
from brygga_server.signals import let_through


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end."""
    config, place, end, *how = sys.argv[1:] if argv is None else argv
    front, ending = listen_at(place), end_on_connection(listen_at(end))
    try:
        settings = read({"listen_fd": str(front.detach())}, file=config)
        cli.check(settings)
    except SettingsError as error:
        print(f"brygga-server: {error}", file=sys.stderr)  # noqa: T201 - its log
        refuse(config, str(error))
        code = cli.FAILED
    else:
        code = cli.serve(settings)
    if how and (code == cli.FAILED or was_connected(ending)):
        stay(ending, Path(end).with_name("leave"))
    return 0 if code == cli.FAILED else code


def end_on_connection(sock: socket.socket) -> socket.socket:
    """Lets the kernel send us SIGTERM when somebody connects.

    No thread and no loop is needed for it: the front forks its workers, and owns the loop.
    """
    fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sock, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(sock, fcntl.F_SETFL, fcntl.fcntl(sock, fcntl.F_GETFL) | os.O_ASYNC)
    return sock


def was_connected(sock: socket.socket) -> bool:
    """Whether it was ended by a connection; asking forgets it."""
    sock.setblocking(False)
    found = False
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.accept()[0].close()
            found = True
    return found


def stay(sock: socket.socket, leave: Path) -> None:
    """Waits for a SIGTERM that no connection has sent, unless `leave` says that one has been."""
    # A handler, since the kernel drops what the first process of a container has none for; and a
    # socket, since any thread that the front has left may be the one that is interrupted.
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno())
    let_through()  # the front had them kept, to read them
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    while not leave.exists() and heard.recv(1) and was_connected(sock):
        pass


if __name__ == "__main__":
    sys.exit(main())
