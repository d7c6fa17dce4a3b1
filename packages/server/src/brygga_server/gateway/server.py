"""The process of a gateway: its port, its control socket, its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import ssl
import sys
import time

import uvloop

from brygga_server.front.clock import Clock
from brygga_server.front.control import Control
from brygga_server.front.encrypted import EncryptedServer
from brygga_server.front.supervision import Supervision
from brygga_server.gateway.balancer import Balancer
from brygga_server.gateway.downstream import Downstream
from brygga_server.gateway.limits import Room, limits_of, look_at_clients
from brygga_server.gateway.metrics_listener import MetricsListener
from brygga_server.gateway.plan import GatewayPlan, GatewayPlanError
from brygga_server.gateway.scrape import Scraper
from brygga_server.gateway.traffic import PassingTraffic
from brygga_server.supervisor_channel import SupervisorLink

_BACKLOG = 2048
_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 30.0


class GatewayServer:
    """Connections on one side, generations of replicas on the other."""

    def __init__(self, plan: GatewayPlan) -> None:
        self.connections: set[Downstream] = set()
        self.limits = limits_of(plan.current.settings)
        self.room = Room(self.connections)
        self.traffic = PassingTraffic()
        self.now = time.monotonic()
        self.draining = False
        self.balancer = Balancer(plan, self._say)
        self.scraper = Scraper(self.balancer, plan.file.with_name("metrics.json"))
        self._plan = plan
        self._limits_of = plan.current
        self._metrics: MetricsListener | None = None
        self._ended = asyncio.Event()
        self._end_by = float("inf")
        self._supervision: Supervision | None = None
        self._server: asyncio.AbstractServer | EncryptedServer | None = None

    async def serve(self, sock: socket.socket, link: SupervisorLink | None = None) -> int:
        """Serves until it is told to end; its exit code."""
        loop = asyncio.get_running_loop()
        if link is not None:
            self._supervision = Supervision(
                Clock(loop), link, hear=_ignore, say=self._say, give_up=self._stop
            )
            self._supervision.open()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        control = Control(
            self._plan.control_socket,
            {
                "status": lambda _: self._report(),
                "apply": lambda asked: self.balancer.apply(asked.get("generation")),
                "abandon": lambda asked: self.balancer.abandon(asked.get("id")),
            },
        )
        await control.open()
        balancing = asyncio.ensure_future(self.balancer.run())
        self._metrics = MetricsListener(
            sock.getsockname()[0], lambda: Downstream(self, for_metrics=True), self._say
        )
        self._server = await self._listen(sock)
        try:
            while not self._ended.is_set():
                await self._heed()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _LOOK_SECONDS)
                self._look(time.monotonic())
        finally:
            balancing.cancel()
            self.balancer.close()
            control.close()
        return 0

    async def _listen(self, sock: socket.socket) -> asyncio.AbstractServer | EncryptedServer:
        context = tls(self._plan)
        if context is not None:
            return EncryptedServer(
                sock,
                context,
                lambda: Downstream(self),
                room=lambda: self.limits.connections - len(self.connections),
                seconds=lambda: self.limits.header_timeout,
            )
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Downstream(self), sock=sock, backlog=_BACKLOG)

    async def _heed(self) -> None:
        """Has what serves now decide over limits and the port for metrics."""
        serving = self.balancer.current.plan
        if serving.settings is not self._limits_of.settings:
            self.limits, self._limits_of = limits_of(serving.settings), serving
        if self._metrics is not None and not self.draining:
            await self._metrics.be_at(serving.metrics_port)

    def _report(self) -> dict[str, object]:
        report = {
            **self.balancer.report(),
            "connections": len(self.connections),
            "buffered_bytes": self.room.buffered,
            "traffic": self.traffic.report(),
        }
        return {**report, "state": "stopping"} if self.draining else report

    def _say(self, text: str, level: str = "info") -> None:
        """A line of log, as what serves has it."""
        as_json = self.balancer.current.plan.log_format == "json"
        print(log_line(text, level, time.time(), as_json=as_json), flush=True, file=sys.stdout)  # noqa: T201

    def _look(self, now: float) -> None:
        self.now = now
        look_at_clients(self.connections, self.limits, now)
        if self.draining and (self.balancer.idle or now >= self._end_by):
            self._ended.set()

    def _stop(self) -> None:
        """The first is a wish: what was asked is answered. The second is an order."""
        if self.draining:
            self._ended.set()
            return
        self.draining = True
        if self._supervision is not None:
            self._supervision.end()
        self._end_by = time.monotonic() + _GRACE_SECONDS
        if self._server is not None:
            self._server.close()
        if self._metrics is not None:
            self._metrics.close()
        for connection in [c for c in self.connections if not c.active]:
            connection.expire()


def tls(plan: GatewayPlan) -> ssl.SSLContext | None:
    """What clients are shown; None for plain HTTP.

    Raises:
        GatewayPlanError: certificate or key cannot be used.
    """
    if not plan.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(plan.certificate, plan.key)
    except (OSError, ssl.SSLError) as error:
        raise GatewayPlanError(
            f"The certificate {plan.certificate} cannot be used: {error}."
        ) from error
    return context


def run(plan: GatewayPlan, listen_fd: int, link: SupervisorLink | None = None) -> int:
    """Runs a gateway on an inherited listening socket."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sock = socket.socket(fileno=listen_fd)

    async def main() -> int:
        return await GatewayServer(plan).serve(sock, link)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def log_line(text: str, level: str, now: float, *, as_json: bool) -> str:
    """What the gateway has to say, in the form of the fronts' own lines."""
    moment, millis = time.gmtime(now), int(now % 1 * 1000)
    if not as_json:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", moment)
        return f"{stamp},{millis:03} {level[0].upper()} [{os.getpid()}] gateway - {text}"
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", moment)
    told = {
        "time": f"{stamp}.{millis:03}Z", "level": level, "pid": os.getpid(), "logger": "gateway",
        "message": text,
    }  # fmt: skip
    return json.dumps(told)


def _ignore(_word: str, _descriptors: list[int]) -> None:
    """No gateway takes over from another."""
