"""A port of this machine that leads to the pods of a service."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Sequence

from brygga.error_codes import ErrorCode
from brygga.errors import BryggaError, InvalidInputError
from brygga.images.dockerfile import PORT
from brygga.targets.base import ForwardedPort
from brygga.targets.kubernetes.api import ClusterApi
from brygga.targets.kubernetes.websocket import WebSocket

_DATA = b"\0"
_CHUNK = 32_768


def forward(api: ClusterApi, pods: Callable[[], Sequence[str]], port: int) -> ForwardedPort:
    """Listens on loopback; each connection goes to one of the pods that are ready then.

    Args:
        port: 0 takes a free one.

    Raises:
        InvalidInputError: the port is taken.
    """
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise InvalidInputError(
            f"Port {port} cannot be listened on: {error.strerror}.",
            code=ErrorCode.PORT_TAKEN,
            hint="Name another one, or none.",
        ) from error

    clients: set[socket.socket] = set()

    def serve(client: socket.socket, turn: int) -> None:
        clients.add(client)
        _serve(api, pods, client, turn)
        clients.discard(client)

    def accept() -> None:
        with contextlib.suppress(OSError):  # it was closed
            for turn in itertools.count():
                client, _ = listening.accept()
                threading.Thread(target=serve, args=(client, turn), daemon=True).start()

    def close() -> None:
        for each in (listening, *clients):
            with contextlib.suppress(OSError):  # it has ended already
                each.shutdown(socket.SHUT_RDWR)
        listening.close()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    return ForwardedPort(url, close, accepting.join)


def _serve(
    api: ClusterApi, pods: Callable[[], Sequence[str]], client: socket.socket, turn: int
) -> None:
    """One connection, until either side ends it; where no pod is ready it is ended at once."""
    with client, contextlib.suppress(BryggaError, OSError):
        ready = pods()
        if not ready:
            return
        pod = ready[turn % len(ready)]
        with api.talk(pod, "portforward", [("ports", str(PORT))]) as tunnel:
            back = threading.Thread(target=_bring_back, args=(tunnel, client), daemon=True)
            back.start()
            while data := client.recv(_CHUNK):
                tunnel.send(_DATA + data)
            back.join(timeout=1)


def _bring_back(tunnel: WebSocket, client: socket.socket) -> None:
    """What the pod sends. The first message of each channel only names its port."""
    named = set()
    with contextlib.suppress(OSError):
        while (message := tunnel.receive()) is not None:
            channel, data = message[:1], message[1:]
            if channel not in named:
                named.add(channel)
            elif channel == _DATA:
                client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)
