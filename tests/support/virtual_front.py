"""The scheduler of a front by itself: clients and workers are played, time is moved by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from support.exchanges import KeptExchange, told
from support.scripted_worker import GOOD, LOOK, Ask, Script, ScriptedProcess
from support.virtual_loop import VirtualLoop

from brygga_server.front.accesslog import AccessLog, LogWriter
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.clock import Clock
from brygga_server.front.dialects.base import Dialect
from brygga_server.front.dialects.native import NativeDialect
from brygga_server.front.dispatch import Dispatch
from brygga_server.front.generations import Generations
from brygga_server.front.keys import Keys
from brygga_server.front.metrics import Metrics
from brygga_server.front.parser import Parser
from brygga_server.front.pool import Pool
from brygga_server.front.spawn import SpawnError
from brygga_server.front.status import Status
from brygga_server.front.worker import Worker
from brygga_server.front.worker_failure import WorkerFailure
from brygga_server.settings import ServerSettings, read

CONTRACT: Mapping[str, object] = {
    "decorated": True,
    "parameters": [{"name": "data", "kind": "numpy", "dtype": "<f8", "shape": [None, 1]}],
    "batch": {"parameter": "data", "max_rows": 8, "max_wait_ms": 0},
}


class Client(KeptExchange):
    """A request, and whoever sent it."""

    def __init__(self, number: int, *, joinable: bool, wanted: float, dialect: Dialect) -> None:
        body = b'{"data": [[%d]]}' % number if joinable else b"%d" % number
        kind = b"application/json" if joinable else b"text/plain"
        super().__init__(body, kind, dialect=dialect)
        self.number = number
        self.wanted_timeout = wanted
        self.gone = False

    def __repr__(self) -> str:
        return f"<{self.number}: {[(a.head.status, bytes(a.body)) for a in self.answers]}>"

    @property
    def status(self) -> int:
        """Of the answer, 0 while there is none."""
        return self.answers[0].head.status if self.answers else 0

    @property
    def right(self) -> bool:
        """Whether it was told what a good request is told."""
        return self.status == 200 and self.answers[0].body == b"%d" % self.number

    @property
    def busy(self) -> bool:
        """Whether it was turned away, since the queue was full."""
        return self.status == 503 and b"is busy" in bytes(self.answers[0].body)


class VirtualFront:
    """Dispatch, pools and generations as the server puts them together."""

    def __init__(self, script: Script, **settings: object) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop, self.loop.time)
        self.script = script
        self.settings: ServerSettings = read({"workers": 1, "access_log": False, **settings}, {})
        self.draining = False
        self.processes: list[ScriptedProcess] = []
        self.broken_starts = 0  # so many processes will not start
        self.notes: list[str] = []
        self.clients: list[Client] = []
        self._null = os.open(os.devnull, os.O_WRONLY)
        log = AccessLog(LogWriter(self._null), as_json=False, requests=False, v1=False)
        metrics = Metrics()
        self.admission = Admission(self.settings.queue_size, 1 << 30)
        self._dialect = told(NativeDialect(), self.settings)
        answers = Answers(self._dialect, metrics, log, self.admission)
        parser = Parser(self.clock, self.note)
        self.dispatch = Dispatch(self.clock, answers, self.admission, metrics, parser)
        self.status = Status(None, 1)
        self.generations = Generations(self.clock, self, self.status, self._spawn)
        self.take(self.settings, Keys(None))
        self._look()

    def close(self) -> None:
        """Lets go of every descriptor."""
        self.draining = True
        self.generations.end_all()
        self.loop.settle()
        for process in self.processes:
            process.die(0)
        os.close(self._null)

    # -- clients --------------------------------------------------------------------------------

    def ask(
        self, number: int, doing: Ask = GOOD, *, joinable: bool = True, wanted: float = 0.0
    ) -> Client:
        """Sends a request; one that is not `joinable` is never run together with others.

        Args:
            doing: What a worker does when it runs it.
        """
        self.script.asks[number] = doing
        client = Client(number, joinable=joinable, wanted=wanted, dialect=self._dialect)
        self.clients.append(client)
        self.dispatch.submit(client)
        return client

    def leave(self, client: Client) -> None:
        """A client does not wait any more; as `FrontService.abandon`."""
        client.gone = client.done = True
        self.dispatch.forget(client)

    @property
    def unanswered(self) -> list[Client]:
        """Those that still wait for their answer."""
        return [client for client in self.clients if not client.answers and not client.gone]

    @property
    def at_rest(self) -> bool:
        """Whether every worker there should be is ready, and runs nothing."""
        pool = self.dispatch.pool
        return pool is not None and pool.complete and not any(w.in_flight for w in pool.workers)

    # -- time -----------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.loop.advance(seconds)

    def _look(self) -> None:
        self.dispatch.look(self.loop.now)
        for worker in self.generations.workers:
            assert isinstance(worker.process, ScriptedProcess)
            worker.family = [worker.pid] * worker.process.children
        for pool in self.generations.pools:
            pool.look(self.loop.now, 0)
        self.loop.call_later(LOOK, self._look)

    # -- as pools and generations see it --------------------------------------------------------

    def pool_changed(self, pool: Pool) -> None:
        self.generations.changed(pool)
        self.dispatch.pump()

    def worker_spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        self.dispatch.spoke(worker, kind, payload)

    def worker_lost(self, worker: Worker, failure: WorkerFailure) -> None:
        self.dispatch.redelivery.lost(worker, failure)
        self.generations.lost(worker, failure)

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append(f"{level}: {text}")

    def take(self, settings: ServerSettings, keys: Keys) -> None:
        self.settings = settings
        self.admission.queue_size = settings.queue_size
        self.dispatch.deadlines.timeout = settings.scoring_timeout_ms / 1000
        self.dispatch.deadlines.patience = settings.queue_timeout_ms / 1000

    def failed(self, diagnosis: dict[str, object]) -> None:
        raise AssertionError(f"the only generation failed: {diagnosis}")

    def _spawn(self, settings: ServerSettings, blas_threads: int) -> ScriptedProcess:
        if self.broken_starts:
            self.broken_starts -= 1
            raise SpawnError("The interpreter cannot be started.")
        process = ScriptedProcess(self.loop, self.script)
        self.processes.append(process)
        return process


class Made(Protocol):
    """Makes a front and has its workers start."""

    def __call__(
        self, *, batched: bool = False, threads: int = 1, init: float = 0.1, **settings: object
    ) -> VirtualFront: ...


@contextmanager
def fronts(**common: object) -> Iterator[Made]:
    """Closes all that were made; they have the settings in common."""
    there: list[VirtualFront] = []

    def make(
        *, batched: bool = False, threads: int = 1, init: float = 0.1, **settings: object
    ) -> VirtualFront:
        contract = {**CONTRACT, "batch": CONTRACT["batch"] if batched else None}
        script = Script(contract, init, threads)
        front = VirtualFront(script, threads_per_worker=threads, **{**common, **settings})
        there.append(front)
        front.generations.start()
        front.advance(init + 0.1)
        return front

    yield make
    for front in there:
        front.close()
