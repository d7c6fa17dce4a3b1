"""The port of a gateway for `/metrics` alone, for as long as what serves has one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable


class MetricsListener:
    """Opens and closes the port as generations come and go."""

    def __init__(
        self, host: str, made: Callable[[], asyncio.Protocol], say: Callable[[str], None]
    ) -> None:
        """Listens nowhere yet.

        Args:
            host: The address to listen on.
            made: Makes the connection of a client.
            say: Hears of a port that cannot be had.
        """
        self._host = host
        self._made = made
        self._say = say
        self._port = 0
        self._refused = 0
        self._server: asyncio.AbstractServer | None = None

    async def be_at(self, port: int) -> None:
        """Listens at that port and no other; 0 is none. One that is taken is tried again."""
        if port == self._port:
            return
        self.close()
        if not port:
            return
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self._host, port))
        except OSError as error:
            sock.close()
            if self._refused != port:
                self._say(f"metrics cannot be given on port {port}: {error.strerror}")
            self._refused = port
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._made, sock=sock)
        self._port, self._refused = port, 0

    def close(self) -> None:
        """Lets nobody in any more."""
        if self._server is not None:
            self._server.close()
        self._server, self._port = None, 0
