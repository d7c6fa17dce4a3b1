"""The sockets that clients come through: the service's own, one for probes, one for metrics."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from brygga_server.front import tls
from brygga_server.front.encrypted import EncryptedServer
from brygga_server.front.protocol import Connection
from brygga_server.front.service import FrontService
from brygga_server.settings import ServerSettings

BACKLOG = 2048


class ListenError(Exception):
    """The address cannot be listened on."""


def listen(settings: ServerSettings) -> socket.socket:
    """The service's own listening socket.

    Raises:
        ListenError: The address is taken or not ours.
    """
    if settings.listen_fd is not None:
        return socket.socket(fileno=settings.listen_fd)
    return _listen(settings.host, settings.port)


def listen_at(place: str) -> socket.socket:
    """A listening Unix socket. Its folder decides who may reach it.

    Raises:
        ListenError: It cannot be made.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        Path(place).unlink(missing_ok=True)
        sock.bind(place)
        Path(place).chmod(0o666)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(f"Cannot listen at {place}: {error.strerror}.") from error
    return sock


class Listeners:
    """All of a front's listening sockets, opened and closed together."""

    def __init__(self, service: FrontService, main: socket.socket) -> None:
        """Opens nothing yet.

        Args:
            service: Answers whoever comes.
            main: The service's own socket, which listens already.
        """
        self._service = service
        self._main = main
        self._tls = tls.context(service.settings)
        self._servers: list[asyncio.Server | EncryptedServer] = []

    async def open(self) -> None:
        """Lets clients in.

        Raises:
            ListenError: The port for probes or that for metrics is taken.
        """
        service, settings = self._service, self._service.settings
        await self._open(lambda: Connection(service), self._main, self._tls)
        if settings.health_port is not None:
            probes = _listen(settings.host, settings.health_port)
            await self._open(lambda: Connection(service), probes, self._tls)
        if settings.metrics_port is not None:
            # A port of its own, so that a firewall can tell who may read them.
            readers = _listen(settings.host, settings.metrics_port)
            await self._open(lambda: Connection(service, service.begin_metrics), readers, None)
        if settings.metrics_socket is not None:
            readers = listen_at(settings.metrics_socket)
            await self._open(lambda: Connection(service, service.begin_metrics), readers, None)

    def close(self) -> None:
        """Lets no more clients in; those inside stay."""
        for server in self._servers:
            server.close()

    async def _open(
        self, made: Callable[[], Connection], sock: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        service = self._service
        if context is not None:
            encrypted = EncryptedServer(
                sock,
                context,
                made,
                room=lambda: service.limits.connections - len(service.connections),
                seconds=lambda: service.limits.header_timeout,
            )
            self._servers.append(encrypted)
            return
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(made, sock=sock, backlog=BACKLOG))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            "Stop the program that uses the port, or choose another one in the settings."
        ) from error
    return sock
