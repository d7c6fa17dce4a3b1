"""A front that takes over from another, and one that hands over: no connection is lost by it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from brygga_server.front.protocol import Connection
from brygga_server.front_plan import NEXT
from brygga_server.supervisor_channel import HAND_OVER, READY, TAKE_OVER, SupervisorChannel

_PATIENCE = 5.0  # for the front that hands over


class Handover:
    """What front and supervisor say to each other (see `brygga_server.supervisor_channel`)."""

    def __init__(self, line: SupervisorChannel | None, file: str | None, beside: bool) -> None:
        """Says nothing yet.

        Args:
            line: None where there is no supervisor.
            file: The configuration; that of a front beside another has `.next` added.
            beside: Whether another front serves, from which this one takes over.
        """
        self.beside = beside and line is not None
        self._line = line
        self._file = file

    @property
    def supervised(self) -> bool:
        """Whether somebody starts this front again when it ends."""
        return self._line is not None

    async def succeed(self, adopt: Callable[[socket.socket], None]) -> None:
        """Says that we are ready; returns when the other front accepts no more.

        Args:
            adopt: Is given each connection that the other front passes on.
        """
        if self._line is None:
            return
        self._line.say(READY)
        word, fds = await self._word()
        if word == TAKE_OVER and fds:
            await _receive(socket.socket(fileno=fds[0]), adopt)
        self._keep_configuration()

    async def wait_for_successor(self) -> SupervisorChannel | None:
        """Returns when another front is to take over: what connections go to it through.

        None where there is no supervisor who could say so.
        """
        while self._line is not None:
            word, fds = await self._word()
            if word == HAND_OVER and fds:
                return SupervisorChannel(socket.socket(fileno=fds[0]))
        return None

    def _keep_configuration(self) -> None:
        if self._file is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(self._file + NEXT).replace(self._file)

    async def _word(self) -> tuple[str, list[int]]:
        assert self._line is not None
        await _readable(self._line.fileno())
        said = self._line.hear()
        if said is None:
            self._line = None  # the supervisor is gone, and so are we in a moment
            return "", []
        return said


def pass_on(connections: Iterable[Connection], successor: SupervisorChannel) -> int:
    """Passes the connections that rest to the front that takes over; how many they were."""
    copies = [copy for copy in (c.detach() for c in list(connections)) if copy is not None]
    try:
        successor.pass_on(copies)
    finally:
        for copy in copies:
            os.close(copy)
    return len(copies)


async def _receive(sock: socket.socket, adopt: Callable[[socket.socket], None]) -> None:
    """Until the other side has closed, or says nothing for too long."""
    line = SupervisorChannel(sock)
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                await _readable(line.fileno())
                said = line.hear()
                if said is None:
                    return
                for fd in said[1]:
                    adopt(socket.socket(fileno=fd))
    except TimeoutError:
        return  # it hangs: then its connections stay where they are
    finally:
        line.close()


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)
