"""The front put together: connections on one side, generations of workers on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from brygga_server.front.accesslog import AccessLog, LogWriter
from brygga_server.front.actions import Actions
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.application import Application
from brygga_server.front.clock import Clock
from brygga_server.front.confinement import confinement
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.exchange import Exchange
from brygga_server.front.generations import Generations
from brygga_server.front.keys import Keys
from brygga_server.front.limits import Limits, buffered_bytes
from brygga_server.front.logging_config import LoggingConfig
from brygga_server.front.memory import resident
from brygga_server.front.metrics import Metrics
from brygga_server.front.orphan_reaper import OrphanReaper
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.parser import Parser
from brygga_server.front.pool import Pool, Spawner
from brygga_server.front.process_tree import update_process_trees
from brygga_server.front.protocol import Connection
from brygga_server.front.routes import Routes, Row, rows
from brygga_server.front.scheduling import crowded
from brygga_server.front.spawn import workplace
from brygga_server.front.status import Status
from brygga_server.front.unpacker import Unpacker
from brygga_server.front.worker import Worker
from brygga_server.front.worker_failure import WorkerFailure
from brygga_server.settings import ServerSettings
from brygga_server.worker import frames

_PROCESS_TREES_EVERY = 0.25
_SLOW_SENDER = 65536  # bytes a second; slower ones keep no memory that others need
_CROWDED = 0.9  # of the connections there may be


class FrontService(Application[Connection]):
    """What connections, routes and pools talk to; it decides nothing that a part could decide."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        settings: ServerSettings,
        *,
        spawner: Spawner,
        log_fd: int = 1,
        forgiving: bool = False,
        file: str | None = None,
        beside: bool = False,
        table: Sequence[Row] | None = None,
    ) -> None:
        """Puts the parts together and starts nothing.

        Args:
            loop: The event loop.
            settings: Of the first generation.
            spawner: Starts the process of a worker.
            log_fd: Where lines of log go.
            forgiving: A first generation that fails does not end the server.
            file: Where the configuration of the generation that serves is kept.
            beside: Another front serves, until this one takes over.
            table: The routes, where they are not those of the profile.
        """
        self.settings = settings
        self._clock = Clock(loop)
        self.now = self._clock.now()
        self.connections: set[Connection] = set()
        self.limits = Limits.of(settings)
        self.draining = False
        self.exit_code: int | None = None
        self.ended = asyncio.Event()
        self.serving = asyncio.Event()  # the first generation is complete
        self._forgiving = forgiving
        self._writer = LogWriter(log_fd)
        log_file, why = _log_file(settings)
        self.log = AccessLog(
            self._writer,
            as_json=settings.log_format == "json",
            requests=settings.access_log,
            v1=settings.profile == "v1",
            level=settings.log_level,
            file=log_file,
        )
        if why:
            self.note(why, "warning")
        self.counters = Metrics()
        self.counters.gauges = self._gauges
        self.counters.worker_memory = lambda: {str(w.pid): float(w.measure()) for w in self._all()}
        self._admission = Admission(settings.queue_size, buffered_bytes(settings))
        table = rows(settings) if table is None else table
        self._answers = Answers(table[0].dialect, self.counters, self.log, self._admission)
        parser = Parser(self._clock, self.note)
        self.dispatch = Dispatch(self._clock, self._answers, self._admission, self.counters, parser)
        self._actions = Actions(self.dispatch, self._answers, self.counters)
        unpacker = Unpacker(loop.call_soon, self.reserve)
        self._routes = Routes(table, self._actions, self._answers, unpacker)
        self.status = Status(settings.status_file, settings.revision, beside=beside)
        self.status.complain = lambda text: self.note(text, "error")
        self._orphan_reaper = OrphanReaper(self._all)
        self._next_process_trees = 0.0
        self.generations = Generations(self._clock, self, self.status, spawner, file)
        self._confinement = confinement(settings)
        self.leave_groups = self._confinement.leave
        self.begin, self.handle = self._routes.begin, self._routes.handle
        self.begin_metrics = self._routes.begin_metrics
        self.take(settings, Keys.load(settings.keys_file))
        if settings.profile == "v1" and settings.cors_origins:
            origins = ", ".join(part.strip() for part in settings.cors_origins.split(","))
            self.note(f"Enabling CORS for the following origins: {origins}")

    def take(self, settings: ServerSettings, keys: Keys) -> None:
        """Settings that hold from now on: limits, keys and times of a new generation."""
        self.settings = settings
        self.limits = Limits.of(settings)
        self._admission.queue_size = settings.queue_size
        self._admission.max_buffered_bytes = buffered_bytes(settings)
        self._routes.take(settings, keys)
        self.dispatch.deadlines.timeout = settings.scoring_timeout_ms / 1000
        self.dispatch.deadlines.patience = settings.queue_timeout_ms / 1000
        self.dispatch.patient = crowded(settings)

    # -- for connections ------------------------------------------------------------------------

    def refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        """See `Application`."""
        self._answers.error(exchange, refusal.outcome, refusal.message)

    def reserve(self, exchange: Exchange, size: int) -> bool:
        """See `Application`. Where there is no room, the slowest senders give theirs up."""
        if self._admission.reserve(exchange, size):
            return True
        slow = [c for c in self.connections if c.body_pace < _SLOW_SENDER]
        for connection in sorted(slow, key=lambda c: c.body_pace):
            connection.expire()
            if self._admission.reserve(exchange, size):
                return True
        return False

    def abandon(self, exchange: Exchange) -> None:
        """See `Application`."""
        if exchange.done:
            return
        exchange.done = True
        self._admission.release(exchange)
        self.dispatch.forget(exchange)
        worker = self.dispatch.worker_of(exchange)
        if exchange.streaming and worker is not None:
            self.stalled(exchange, False)
            worker.channel.send(frames.encode_cancel(exchange.id))
        self.counters.count(499, Outcome.CLIENT_GONE, exchange.key)

    def stalled(self, exchange: Exchange, stalled: bool) -> None:
        """See `Application`."""
        worker = self.dispatch.worker_of(exchange)
        if worker is not None:
            worker.channel.pause(paused=stalled)

    # -- for pools ------------------------------------------------------------------------------

    def pool_changed(self, pool: Pool) -> None:
        """See `Watcher`."""
        self.generations.changed(pool)
        if self.dispatch.pool is not None:
            self.serving.set()
        self.dispatch.pump()

    def worker_spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        """See `Watcher`."""
        self.dispatch.spoke(worker, kind, payload)

    def worker_lost(self, worker: Worker, diagnosis: WorkerFailure) -> None:
        """See `Watcher`."""
        if not self.draining and worker.contract:
            self.counters.restarted(diagnosis.cause)
        self.dispatch.redelivery.lost(worker, diagnosis)
        self.generations.lost(worker, diagnosis)
        self._orphan_reaper.dig(self._clock.now())

    def note(self, text: str, level: str = "info") -> None:
        """See `Watcher`."""
        self.log.message(text, level)

    # -- its own life ---------------------------------------------------------------------------

    def failed(self, diagnosis: dict[str, object]) -> None:
        """The first generation does not come up."""
        self.note(str(diagnosis.get("message")), "error")
        if self._forgiving:
            self.note("Waiting for a change of the script.")
        else:
            self.end(3)

    def drain(self) -> None:
        """Finishes what runs; connections learn with their next answer that this is the end."""
        self.draining = self._actions.draining = True
        self.status.become("stopping", self.status.diagnosis)

    def leave(self) -> None:
        """As `drain`, because another front takes over: the service itself goes on."""
        self.status.release()
        self.generations.give_up_pending()
        self.drain()

    def confine(self) -> None:
        """Puts the front where its limits hold."""
        try:
            self._confinement.enter()
        except OSError as error:
            self.note(f"The front is not in a control group: {error}", "warning")

    def end(self, code: int) -> None:
        """The front has nothing more to do."""
        if self.exit_code is None:
            self.exit_code = code
        self.ended.set()

    def look(self) -> None:
        """Deadlines of runs, memory of workers: what must not wait for a request."""
        now = self._clock.now()
        self.dispatch.look(now)
        self._orphan_reaper.look(now)
        if now >= self._next_process_trees:
            self._next_process_trees = now + _PROCESS_TREES_EVERY
            update_process_trees(self._all())
            if self.status.stale:
                self.status.write()
            self.status.hold(self._held())
        front = 0
        if self.settings.memory_bytes is not None:
            # Bodies that wait are bounded by themselves; no worker is to pay for them.
            front = max(0, self._resident() - self._admission.buffered)
        for pool in self.generations.pools:
            pool.look(now, front)
        self._confinement.look(self.generations.pools)

    def look_at_connections(self) -> None:
        """Deadlines of connections; and log lines go out."""
        self.now = now = self._clock.now()
        for connection in [c for c in self.connections if c.deadline <= now]:
            connection.expire()
        crowded = len(self.connections) - _CROWDED * self.limits.connections
        if crowded > 0:
            resting = sorted((c for c in self.connections if c.idle), key=lambda c: c.deadline)
            for connection in resting[: int(crowded)]:
                connection.expire()  # who rests longest makes room for who asks
        for connection in [c for c in self.connections if c.half_closed]:
            connection.probe(now)

    def flush(self) -> None:
        """Writes the lines of log that have come together."""
        self._writer.flush()

    def report(self) -> dict[str, object]:
        """The status of the control socket: the file's content and what changes too fast for it."""
        return {
            **self.status.content(),
            "workers": [
                {"pid": w.pid, "state": w.state.value, "memory_bytes": w.measure(),
                 "requests": w.served, "in_flight": len(w.in_flight)}
                for w in self._all()
            ],
            "in_flight": self.dispatch.in_flight,
            "queue": self.dispatch.waiting,
            "traffic": self.counters.traffic(),
            "limits": self._confinement.describe(self.settings),
            "memory_bytes": self._held(),
        }  # fmt: skip

    def contract(self) -> dict[str, object]:
        """For the control socket: what run() takes; nothing before a worker has said so."""
        told = self._actions.contract
        return {name: told[name] for name in ("takes_input", "parameters") if name in told}

    def failure(self, request: str) -> dict[str, object]:
        """For the control socket: what run() raised with a request; null where nobody knows."""
        return {"failure": self._answers.failures.find(request)}

    def _held(self) -> int:
        """Bytes of front and workers."""
        return self._resident() + sum(w.memory for w in self._all())

    def _resident(self) -> int:
        """Bytes of the front and what it has started for itself."""
        helper = self.dispatch.parser.pid
        return resident() + (0 if helper is None else resident(helper))

    def _all(self) -> list[Worker]:
        return [w for pool in self.generations.pools for w in pool.workers]

    def _gauges(self) -> dict[str, float]:
        return {
            "queue_length": self.dispatch.waiting,
            "in_flight": self.dispatch.in_flight,
            "workers": len(self.dispatch.pool.ready) if self.dispatch.pool else 0,
            "connections": len(self.connections),
            "buffered_bytes": self._admission.buffered,
        }


def _log_file(settings: ServerSettings) -> tuple[LoggingConfig | None, str]:
    """The user's `logging.json`, or why it is not used; where v1 looks for it."""
    try:
        return LoggingConfig.find(workplace(settings).logging_files), ""
    except ValueError as error:
        return None, str(error)
