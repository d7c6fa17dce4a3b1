"""Runs a front: event loop, listening socket, signals, children, and a beginning and an end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from brygga_server import orphans
from brygga_server.front.control import serve_control
from brygga_server.front.pool import Spawner
from brygga_server.front.protocol import Connection
from brygga_server.front.service import FrontService
from brygga_server.front.spawn import Process, spawn
from brygga_server.settings import Settings

_LOOK = 0.05
_LOOK_AT_CONNECTIONS = 5  # every so many looks
_FLUSH = 4
_WORKERS_GRACE = 2.0  # for workers that have answered everything and only have to end
_BACKLOG = 2048


class ListenError(Exception):
    """The address cannot be listened on."""


def run(
    settings: Settings,
    *,
    first: Process | None = None,
    sock: socket.socket | None = None,
    spawner: Spawner = spawn,
    beside: Callable[[FrontService], Awaitable[None]] | None = None,
    file: str | None = None,
) -> int:
    """Serves until it is told to end; the exit code.

    Args:
        settings: All of them.
        first: A worker that has been started already, to save time.
        sock: A listening socket; made from the settings where it is None.
        spawner: Starts workers.
        beside: Runs beside the server until it ends and brings new generations, as `--reload` does;
            then a script that does not come up is waited for instead of ending the server.
        file: Where the configuration of the generation that serves is kept.
    """
    sock = listen(settings) if sock is None else sock
    _raise_file_limit()
    orphans.become_subreaper()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            service = FrontService(
                runner.get_loop(),
                settings,
                spawner=spawner,
                forgiving=beside is not None,
                file=file,
            )
            return runner.run(_serve(service, first, sock, beside))
        finally:
            if settings.control_socket is not None:
                Path(settings.control_socket).unlink(missing_ok=True)


def listen(settings: Settings) -> socket.socket:
    """The listening socket that settings ask for.

    Raises:
        ListenError: The address is taken or not ours.
    """
    if settings.listen_fd is not None:
        return socket.socket(fileno=settings.listen_fd)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Stop the program that uses the port, or choose another one with --port."
        ) from error
    return sock


async def _serve(
    service: FrontService,
    first: Process | None,
    sock: socket.socket,
    beside: Callable[[FrontService], Awaitable[None]] | None,
) -> int:
    loop, settings = asyncio.get_running_loop(), service.settings
    life = _Life(loop, service)
    loop.add_signal_handler(signal.SIGTERM, life.terminate)
    loop.add_signal_handler(signal.SIGINT, life.interrupt)
    server = await loop.create_server(lambda: Connection(service), sock=sock, backlog=_BACKLOG)
    life.server = server
    control = None
    if settings.control_socket is not None:
        control = await serve_control(
            settings.control_socket,
            {
                "status": lambda _: {"ok": True, **service.report()},
                "apply": lambda asked: service.generations.apply(str(asked.get("config"))),
                "keys": lambda _: service.generations.reload_keys(),
            },
        )
    service.generations.start(first)
    tasks = [asyncio.ensure_future(life.tick())]
    if beside is not None:
        tasks.append(asyncio.ensure_future(beside(service)))
    try:
        await service.ended.wait()
    finally:
        for task in tasks:
            task.cancel()
        await life.bury_all()
        if control is not None:
            control.close()
        service.flush()
    return service.exit_code or 0


class _Life:
    """The front's own life: its ticks, its children, its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, service: FrontService) -> None:
        self.server: asyncio.AbstractServer | None = None
        self._loop = loop
        self._service = service
        self._drained_by = float("inf")
        self._waits_for_idle = False

    async def tick(self) -> None:
        service = self._service
        beat = 0
        while True:
            await asyncio.sleep(_LOOK)
            beat += 1
            # Workers are reaped through their pidfd, at once; this is for those who were adopted.
            self.reap()
            service.look()
            if beat % _LOOK_AT_CONNECTIONS == 0:
                service.look_at_connections()
            if beat % _FLUSH == 0:
                service.flush()
            if service.draining and self._drained():
                service.end(0)

    def reap(self) -> None:
        """Collects every child that has ended; adopted ones too, so that none stays a zombie."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._service.generations.reaped(pid, os.waitstatus_to_exitcode(status))

    def terminate(self) -> None:
        """Ends when everything asked is answered and no client rests on a connection."""
        self._stop(wait_for_idle=True)

    def interrupt(self) -> None:
        """Somebody at a terminal: what runs is finished, resting connections are not waited for."""
        self._stop(wait_for_idle=False)

    def _stop(self, *, wait_for_idle: bool) -> None:
        if self._service.draining:
            self._service.end(0)
            return
        self._service.drain()
        self._waits_for_idle = wait_for_idle
        self._drained_by = time.monotonic() + self._service.settings.grace_s
        if self.server is not None:
            self.server.close()

    def _drained(self) -> bool:
        if time.monotonic() >= self._drained_by:
            return True
        if self._waits_for_idle:
            return not self._service.connections
        return all(c.idle for c in self._service.connections)

    async def bury_all(self) -> None:
        """Leaves no process behind: workers are asked, then killed, then whoever they left."""
        generations = self._service.generations
        generations.stop()
        until = time.monotonic() + _WORKERS_GRACE
        while generations.workers and time.monotonic() < until:
            await asyncio.sleep(0.01)
            if not self._service.draining:  # a failed start has nothing to finish
                generations.end_all()
            self.reap()
        generations.end_all()
        until = time.monotonic() + _WORKERS_GRACE
        while generations.workers and time.monotonic() < until:
            await asyncio.sleep(0.01)
            self.reap()
        orphans.end_all_children()


def _raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError) as error:
        print(f"The limit of open files stays as it is: {error}", file=sys.stderr)  # noqa: T201
