"""A front that takes over from another, and one that hands over: no connection is lost by it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from brygga_server.front.clock import Clock
from brygga_server.front.protocol import Connection
from brygga_server.front.spawn import FRONT, TAG
from brygga_server.front.supervision import Say, Supervision
from brygga_server.front_plan import NEXT
from brygga_server.supervisor_channel import (
    HAND_OVER,
    READY,
    TAKE_OVER,
    SupervisorChannel,
    SupervisorLink,
)

_PATIENCE = 5.0  # for the front that hands over


class Handover:
    """What front and supervisor say to each other (see `brygga_server.supervisor_channel`)."""

    def __init__(self, link: SupervisorLink | None, file: str | None) -> None:
        """Says nothing yet.

        Args:
            link: None where there is no supervisor.
            file: The configuration; that of a front beside another has `.next` added.
        """
        self.beside = link is not None and link.beside
        self._link = link
        self._file = file
        self._words: asyncio.Queue[tuple[str, list[int]]] = asyncio.Queue()
        self._supervision: Supervision | None = None

    @property
    def supervised(self) -> bool:
        """Whether somebody starts this front again when it ends."""
        return self._link is not None

    def open(
        self,
        clock: Clock,
        say: Say,
        give_up: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        """From now on it is heard what the supervisor says, and whether it lives."""
        if self._link is not None:
            self._supervision = Supervision(
                clock,
                self._link,
                hear=lambda word, fds: self._words.put_nowait((word, fds)),
                say=say,
                give_up=give_up,
                workers=f"{TAG}={FRONT}",
                leave=leave,
            )
            self._supervision.open()

    def end(self) -> None:
        """We have been told to end."""
        if self._supervision is not None:
            self._supervision.end()

    async def succeed(self, adopt: Callable[[socket.socket], None]) -> None:
        """Says that we are ready; returns when the other front accepts no more.

        Args:
            adopt: Is given each connection that the other front passes on.
        """
        if self._supervision is None:
            return
        self._supervision.tell(READY)
        word, fds = await self._words.get()
        self._supervision.serve()
        if word == TAKE_OVER and fds:
            await _receive(socket.socket(fileno=fds[0]), adopt)
        self._keep_configuration()

    async def wait_for_successor(self) -> SupervisorChannel | None:
        """Returns when another front is to take over: what connections go to it through.

        None where there is no supervisor who could say so.
        """
        while self._supervision is not None:
            word, fds = await self._words.get()
            if word == HAND_OVER and fds:
                self._supervision.leave()
                return SupervisorChannel(socket.socket(fileno=fds[0]))
        return None

    def _keep_configuration(self) -> None:
        if self._file is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(self._file + NEXT).replace(self._file)


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
