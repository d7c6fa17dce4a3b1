"""Runs a front: event loop, listening socket, signals, children, and a beginning and an end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from brygga_server import orphans
from brygga_server.front import memory, scheduling
from brygga_server.front.clock import Clock
from brygga_server.front.control import Control
from brygga_server.front.handover import Handover, pass_on
from brygga_server.front.listeners import ListenError, Listeners, listen
from brygga_server.front.loop_errors import listen_to_complaints
from brygga_server.front.pool import Spawner
from brygga_server.front.process import Process
from brygga_server.front.protocol import Connection
from brygga_server.front.routes import Row
from brygga_server.front.self_watch import SelfWatch, watch_itself
from brygga_server.front.service import FrontService
from brygga_server.front.spawn import spawn
from brygga_server.settings import ServerSettings
from brygga_server.signals import NOISE, ORDERS, Signals, is_order
from brygga_server.supervisor_channel import SupervisorChannel

_LOOK = 0.05
_LOOK_AT_CONNECTIONS = 5  # every so many looks
_FLUSH = 4
_LONGEST_WAIT = 30.0  # for the first worker after a crash, before clients hear of it
_WORKERS_GRACE = 2.0  # for workers that have answered everything and only have to end


def run(
    settings: ServerSettings,
    *,
    first: Process | None = None,
    sock: socket.socket | None = None,
    spawner: Spawner = spawn,
    watch: Callable[[FrontService], Awaitable[None]] | None = None,
    file: str | None = None,
    succession: Handover | None = None,
    table: Sequence[Row] | None = None,
) -> int:
    """Serves until it is told to end; the exit code.

    Args:
        settings: All of them.
        first: A worker that has been started already, to save time.
        sock: A listening socket; made from the settings where it is None.
        spawner: Starts workers.
        watch: Runs beside the server until it ends and brings new generations, as `--reload` does;
            then a script that does not come up is waited for instead of ending the server.
        file: Where the configuration of the generation that serves is kept.
        succession: From whom this front takes over, and to whom it hands over.
        table: The routes, where they are not those of the profile.
    """
    sock = listen(settings) if sock is None else sock
    succession = succession or Handover(None, None)
    _raise_file_limit()
    memory.keep_freed_memory()
    if scheduling.crowded(settings):
        scheduling.let_workers_finish()
    orphans.become_subreaper()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        service = FrontService(
            runner.get_loop(),
            settings,
            spawner=spawner,
            forgiving=watch is not None,
            file=file,
            beside=succession.beside,
            table=table,
        )
        return runner.run(_Life(service, sock, succession).live(first, watch))


class _Life:
    """The front's own life: its beginning, its ticks, its children, its end."""

    def __init__(self, service: FrontService, sock: socket.socket, succession: Handover) -> None:
        self._service = service
        self._listeners = Listeners(service, sock)
        self._handover = succession
        self._signals = Signals(ORDERS | NOISE)
        self._control: Control | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._drained_by = float("inf")
        self._waits_for_idle = False
        self._asked_last = 0.0
        self._leaving = False  # another front has taken over
        self._self_watch: SelfWatch | None = None

    async def live(
        self,
        first: Process | None,
        watch: Callable[[FrontService], Awaitable[None]] | None,
    ) -> int:
        """From the first worker to the last; the exit code."""
        service, loop = self._service, asyncio.get_running_loop()
        listen_to_complaints(loop, service.note)
        loop.add_reader(self._signals.fileno(), self._hear)
        if os.getpid() == 1:
            self._self_watch = watch_itself()
        self._handover.open(Clock(loop), service.note, lambda: service.end(0), service.leave_groups)
        if not self._handover.beside:
            await self._open_control()
            if not self._can_wait():
                await self._open()
        memory.spare_the_collector()
        service.confine()
        service.generations.start(first)
        self._go_on_with(self.tick())
        self._go_on_with(self._succeed_and_hand_over())
        if not self._handover.beside and self._can_wait():
            self._go_on_with(self._open_when_ready())
        if watch is not None:
            self._go_on_with(watch(service))
        try:
            await service.ended.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await self.bury_all()
            if self._control is not None:
                self._control.close()
            service.flush()
        return service.exit_code or 0

    def _can_wait(self) -> bool:
        """Whether clients wait in the socket's backlog for what has been ready before.

        Those of v1's command wait for its first start as well, as they do there.
        """
        service = self._service
        if self._as_v1:
            return True
        known = service.settings.revision in service.status.ready_revisions
        return known and service.settings.listen_fd is not None

    @property
    def _as_v1(self) -> bool:
        settings = self._service.settings
        return settings.profile == "v1" and settings.listen_fd is None

    async def _open_when_ready(self) -> None:
        with contextlib.suppress(TimeoutError):
            longest = None if self._as_v1 else _LONGEST_WAIT
            await asyncio.wait_for(self._service.serving.wait(), longest)
        if not self._service.draining:
            await self._open()

    async def _open(self) -> None:
        """Clients can come."""
        service = self._service
        try:
            await self._listeners.open()
        except ListenError as error:
            service.note(str(error), "error")
            service.end(1)

    async def _open_control(self) -> None:
        """The control plane can come."""
        service = self._service
        path = service.settings.control_socket
        if path is None:
            return
        self._control = Control(
            path,
            {
                "status": lambda _: {"ok": True, **service.report()},
                "apply": lambda asked: service.generations.apply(str(asked.get("config"))),
                "contract": lambda _: {"ok": True, **service.contract()},
                "failure": lambda asked: {"ok": True, **service.failure(str(asked.get("request")))},
                "keys": lambda _: service.generations.reload_keys(),
            },
        )
        await self._control.open()

    async def _succeed_and_hand_over(self) -> None:
        service = self._service
        if self._handover.beside:
            await service.serving.wait()
            await self._handover.succeed(self._adopt)
            service.generations.reload_keys()  # they may have been changed in the meantime
            await self._open()
            await self._open_control()
            service.status.take_over()
            service.note(f"Took over with {len(service.connections)} connections")
        successor = await self._handover.wait_for_successor()
        if successor is not None:
            self._hand_over(successor)

    def _adopt(self, client: socket.socket) -> None:
        self._go_on_with(self._take(client))

    async def _take(self, client: socket.socket) -> None:
        connection = Connection(self._service)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, client)
        except OSError:
            client.close()  # it has gone in the meantime
        else:
            connection.rest()

    def _hand_over(self, successor: SupervisorChannel) -> None:
        """Accepts no more and gives away who rests; the others are told with their answer."""
        self._leaving = True
        service = self._service
        service.leave()
        self._listeners.close()
        if self._control is not None:
            self._control.close()
        self._waits_for_idle = True
        # What has begun may wait and then run as long as it always might.
        self._drained_by = time.monotonic() + 2 * service.settings.scoring_timeout_ms / 1000
        loop = asyncio.get_running_loop()
        # Clients that were accepted in this turn of the loop are known after the next.
        loop.call_later(_LOOK / 10, self._give_away, successor)

    def _give_away(self, successor: SupervisorChannel) -> None:
        try:
            count = pass_on(self._service.connections, successor)
        except OSError as error:
            self._service.note(f"Connections were lost on their way: {error}", "error")
        else:
            rest = len(self._service.connections) - count
            self._service.note(f"Passed {count} connections on, {rest} are being answered")
        finally:
            successor.close()

    def _go_on_with(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def tick(self) -> None:
        service = self._service
        beat = 0
        while True:
            await asyncio.sleep(_LOOK)
            beat += 1
            # Workers are reaped through their pidfd, at once; this is for those who were adopted.
            self.reap()
            service.look()
            if self._self_watch is not None:
                self._self_watch.beat()
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

    def _hear(self) -> None:
        alone = not self._handover.supervised and os.getpid() != 1
        orders = {signal.SIGTERM, signal.SIGINT}
        if alone:  # a terminal may go, which `nohup` has it ignore
            asked = (signal.SIGHUP, signal.SIGQUIT)
            orders |= {each for each in asked if signal.getsignal(each) != signal.SIG_IGN}
        for received in self._signals.read():
            if received.number not in orders or not is_order(received, alone=alone):
                self._service.note(f"{received.name} is no order to end", "warning")
            elif received.number == signal.SIGTERM:
                self.terminate()
            else:
                self.interrupt()

    def terminate(self) -> None:
        """Ends when everything asked is answered and no client rests on a connection."""
        self._stop(wait_for_idle=True)

    def interrupt(self) -> None:
        """Somebody at a terminal: what runs is finished, resting connections are not waited for."""
        self._stop(wait_for_idle=False)

    def _stop(self, *, wait_for_idle: bool) -> None:
        grace = time.monotonic() + self._service.settings.grace_s
        if self._leaving:
            self._leaving, self._drained_by = False, min(grace, self._drained_by)
            return
        if self._service.draining:
            self._service.end(0)
            return
        self._service.drain()
        self._handover.end()
        self._waits_for_idle = wait_for_idle
        self._asked_last = time.monotonic()
        self._drained_by = grace
        self._listeners.close()

    def _drained(self) -> bool:
        now = time.monotonic()
        resting = all(c.idle for c in self._service.connections)
        if not resting:
            self._asked_last = now
        if now >= self._drained_by or not self._service.connections:
            return True
        patience = self._service.settings.rest_grace_s
        over = patience is not None and now - self._asked_last >= patience
        return resting and (over or not self._waits_for_idle)

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
