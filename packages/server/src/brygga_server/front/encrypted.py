"""Clients that speak TLS: they count, and have their time, from the moment they are let in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

_PAUSE_SECONDS = 0.1  # when there are no more files


class EncryptedServer:
    """Accepts clients and greets them; whoever stays silent makes room for who comes next."""

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext,
        made: Callable[[], asyncio.Protocol],
        *,
        room: Callable[[], int],
        seconds: Callable[[], float],
    ) -> None:
        """Lets clients in from now on; needs a running loop.

        Args:
            sock: Listens already.
            context: What connections are encrypted with.
            made: The protocol of a client that has been greeted.
            room: How many more connections there may be.
            seconds: How long a client may take for its greeting.
        """
        self._sock, self._context, self._made = sock, context, made
        self._room, self._seconds = room, seconds
        self._greeted: dict[asyncio.Task[None], None] = {}  # oldest first
        sock.setblocking(False)
        self._accepting = asyncio.ensure_future(self._accept())

    def close(self) -> None:
        """Lets no more clients in; those inside stay."""
        self._accepting.cancel()
        self._sock.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(self._sock)
            except OSError:  # out of files, or a client that is gone already
                self._make_room(1)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._make_room(len(self._greeted) + 1 - max(1, self._room()))
            task = asyncio.ensure_future(self._greet(client))
            self._greeted[task] = None
            task.add_done_callback(self._greeted.pop)

    def _make_room(self, count: int) -> None:
        for task in list(self._greeted)[: max(0, count)]:
            task.cancel()

    async def _greet(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, TimeoutError):
            await loop.connect_accepted_socket(
                self._made,
                client,
                ssl=self._context,
                ssl_handshake_timeout=max(0.1, self._seconds()),
            )
