"""One generation of workers: started, counted, replaced, drained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from brygga_server.front import worker_failure
from brygga_server.front.clock import Clock, Timer
from brygga_server.front.confinement import confinement
from brygga_server.front.inputs import Inputs
from brygga_server.front.memory import available
from brygga_server.front.process import Process
from brygga_server.front.spawn import SpawnError, blas_threads, spawn, wanted_workers
from brygga_server.front.worker import NO_INPUTS, Ending, State, Worker, WorkerEvents
from brygga_server.front.worker_failure import WorkerFailure
from brygga_server.settings import ServerSettings

_LONGEST_PAUSE = 30.0
_FATAL_DEATHS = 3
_SHARE_OF_MEMORY = 0.8  # what all workers together may hold after init()
_END_AT = 0.9  # of the memory limit
_SHARED_EVERY = 0.25
_START_LATER = 0.5  # seconds that a successor may take longer than the worker it is for
_SILENCE = 5.0  # seconds that a worker may hold requests without running one
_NOISE = 0.05  # of the limit: less left over proves nothing, allocators keep some
_EVIDENT = 0.7  # killed at this share of the limit, memory is the likely reason

Spawner = Callable[[ServerSettings, int], Process]


class Watcher(Protocol):
    """Who hears what happens in a pool."""

    def pool_changed(self, pool: Pool) -> None:
        """A worker became ready or ended; `pool.complete` and `pool.failure` may be new."""

    def worker_spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        """A frame of a worker that is ready."""

    def worker_lost(self, worker: Worker, diagnosis: WorkerFailure) -> None:
        """A worker is gone with the requests in `worker.in_flight`."""

    def note(self, text: str, level: str = "info") -> None:
        """Something for the log."""


class Pool:
    """The workers of one configuration."""

    def __init__(
        self,
        clock: Clock,
        settings: ServerSettings,
        watcher: Watcher,
        *,
        proven: bool,
        spawner: Spawner = spawn,
    ) -> None:
        """Starts nothing yet.

        Args:
            clock: What time it is.
            settings: Of this generation.
            watcher: Hears of everything.
            proven: The revision was complete once, in this life or an earlier one, so that it is
                restarted for ever instead of failing.
            spawner: Starts a process.
        """
        self.settings = settings
        self.workers: list[Worker] = []
        self.failure: WorkerFailure | dict[str, object] | None = None
        self.proven = proven
        self.contract: dict[str, object] = {}
        self.inputs = NO_INPUTS
        self._clock = clock
        self._watcher = watcher
        self._spawner = spawner
        self._target = wanted_workers(settings)
        self._sized = settings.workers is not None or settings.memory_bytes is None
        self._held = 0  # bytes, as last seen
        self._shared = 0  # bytes that the workers' measures count more than once
        self._next_shared = 0.0
        self._deaths = 0  # since a worker last served or became ready
        self._retry: Timer | None = None
        self._stopping = False
        self._events = WorkerEvents(
            ready=self._worker_ready,
            stuck=self._worker_stuck,
            back=self._worker_back,
            exited=self._worker_exited,
            spoke=self._worker_spoke,
        )
        self._confinement = confinement(settings)
        self._kernel_kills = self._confinement.kernel_kills(settings)

    @property
    def ready(self) -> list[Worker]:
        """Workers that can be given requests."""
        return [w for w in self.workers if w.state is State.READY]

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are ready."""
        return [worker.pid for worker in self.ready]

    @property
    def stuck(self) -> list[Worker]:
        """Workers that were given up, and may come back until others are ready."""
        return [w for w in self.workers if w.state is State.STUCK]

    @property
    def complete(self) -> bool:
        """Whether every worker there should be is ready."""
        return self._sized and len(self.ready) >= self._target

    @property
    def of_one(self) -> bool:
        """Whether there is to be one worker; others may be missing, or one too many for a while."""
        return self._sized and self._target == 1

    def start(self, first: Process | None = None) -> None:
        """Starts the workers; where memory decides their number, the first is measured before."""
        if first is not None:
            self._adopt(first)
        while self._missing > 0 and self._start_one():
            pass

    def stop(self) -> None:
        """Lets the workers finish what they hold; `end_all` is for those who do not."""
        self._stopping = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._end_stuck()
        for worker in self.workers:
            worker.stop()

    def end_all(self) -> None:
        """Kills whoever is left."""
        self._stopping = True
        for worker in self.workers:
            worker.end(Ending.STOPPING)

    def find(self, pid: int) -> Worker | None:
        """The worker with this process id."""
        return next((w for w in self.workers if w.pid == pid), None)

    def look(self, now: float, front_memory: int) -> None:
        """Looks after time and memory; called a few times a second."""
        for worker in self.workers:
            if worker.state is State.STARTING and worker.ended_for is None:
                if now - worker.started > self.settings.init_timeout_s:
                    worker.end(Ending.INIT_TIMEOUT)
            elif worker.state is State.STOPPING:
                worker.stop()
            elif (
                worker.state is State.STUCK
                and now > worker.stuck_since + worker.start_seconds + _START_LATER
            ):
                worker.end(Ending.DEADLINE)  # its successor may wait for what it holds: a lock, say
            worker.watch(now, min(_SILENCE, self.settings.scoring_timeout_ms / 2000))
            if len(worker.family) > self.settings.max_processes:
                worker.end(
                    Ending.PROCESSES,
                    f"it had started {len(worker.family)} processes, "
                    f"max_processes is {self.settings.max_processes}",
                )
        if self.settings.memory_bytes is not None and self.workers:
            self._look_at_memory(now, front_memory, self.settings.memory_bytes * _END_AT)

    def _worker_ready(self, worker: Worker) -> None:
        contract = worker.contract
        if any(contract.get(k) != self.contract.get(k) for k in Inputs.KEYS):
            self.inputs = Inputs(contract)
        worker.inputs = self.inputs
        if self.settings.memory_bytes is not None:
            worker.settled = worker.measure()
        self.contract = contract
        self._deaths = 0
        if not self._sized:
            self._size(worker)
        # One alone proves nothing: there may be no room for the next, ever.
        self.proven = self.proven or self.complete
        if not self._stopping:
            self.start()
        if len(self.ready) >= self._target:
            self._end_stuck()
        self._watcher.pool_changed(self)

    def _worker_stuck(self, worker: Worker) -> None:
        if self._stopping or not worker.interruptible or not self._room_beside(worker):
            worker.end(Ending.DEADLINE)
            return
        worker.state = State.STUCK
        self.start()
        self._watcher.pool_changed(self)

    def _worker_back(self, worker: Worker) -> None:
        worker.state = State.READY
        for spare in [w for w in self.workers if w.state is State.STARTING]:
            if self._missing < 0 and spare.ended_for is None:
                spare.end(Ending.SPARE)
        self._watcher.pool_changed(self)

    def _worker_exited(self, worker: Worker) -> None:
        returncode = worker.process.collect()
        if returncode is not None:  # else reaped with the adopted ones, and heard of there
            self.reaped(worker, returncode)

    def _worker_spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        self._deaths = 0
        self._watcher.worker_spoke(worker, kind, payload)

    def reaped(self, worker: Worker, returncode: int) -> None:
        """A worker has ended, for whatever reason."""
        was_starting = worker.state is State.STARTING
        worker.bury(returncode)
        was_starting = was_starting and not worker.contract
        self.workers.remove(worker)
        found = self._explain(worker, returncode)
        self._watcher.worker_lost(worker, found)
        worker.let_go()
        if self._stopping:
            self._watcher.pool_changed(self)
            return
        expected = worker.ended_for in (Ending.RESIZED, Ending.SPARE)
        if was_starting and not expected:
            self._end_stuck()  # they may hold what their successor needs
        if not expected:
            more = found.memory_to_try_bytes
            hint = "" if more is None else f" Try a limit of {more / 2**30:g} GB."
            self._watcher.note(
                f"Worker with pid {worker.pid} is replaced: {found.message}{hint}", "error"
            )
            self._deaths += 1
        if was_starting and not self.proven:
            fatal = worker.diagnosis is not None or found.cause == "init_timeout"
            if fatal or self._deaths >= _FATAL_DEATHS:
                self.fail(worker.diagnosis or found)
                return
        self._restart(0.0 if expected else self._pause())
        self._watcher.pool_changed(self)

    def fail(self, why: WorkerFailure | dict[str, object]) -> None:
        """Gives up: this configuration does not come up."""
        self.failure = why
        self._stopping = True
        for worker in self.workers:
            worker.end(Ending.FAILED)
        self._watcher.pool_changed(self)

    def _look_at_memory(self, now: float, front_memory: int, bound: float) -> None:
        total = self._held = front_memory + sum(worker.weigh(now) for worker in self.workers)
        if total <= bound:
            return
        if now >= self._next_shared:
            # What children share with their worker must not count twice; looked up now and then,
            # since that costs time. In between, all that grows counts.
            self._next_shared = now + _SHARED_EVERY
            self._shared = sum(worker.shared() for worker in self.workers)
        if total - self._shared > bound:
            if self.stuck:
                self._end_stuck()
                return
            largest = max(self.workers, key=lambda w: w.memory)
            if largest.ended_for is None:
                limit = self.settings.memory_bytes or 0
                largest.inherited = _left_over(largest, total - self._shared, limit, _END_AT)
                largest.end(Ending.MEMORY)

    @property
    def _missing(self) -> int:
        """How many workers there should be more; negative where there are too many."""
        counted = sum(w.state is not State.STUCK for w in self.workers)
        leaving = sum(w.ended_for is Ending.SPARE for w in self.workers)
        return (self._target if self._sized else 1) - counted + leaving

    def _end_stuck(self) -> None:
        for worker in self.stuck:
            worker.end(Ending.DEADLINE)

    def _room_beside(self, worker: Worker) -> bool:
        """Whether there is memory for a successor as long as a worker is still there."""
        size = worker.settled or worker.measure()
        starting = [w for w in self.workers if w.state is State.STARTING]
        needed = size + sum(max(0, size - w.memory) for w in starting)  # these grow as well
        if self.settings.memory_bytes is None:
            return available() > 2 * needed
        return self._held + needed <= _SHARE_OF_MEMORY * self.settings.memory_bytes

    def _start_one(self) -> bool:
        try:
            process = self._spawner(self.settings, blas_threads(self.settings, self._target))
        except SpawnError as error:
            found = WorkerFailure(cause="python_missing", message=str(error))
            if not self.proven:
                self.fail(found)
            else:
                self._watcher.note(found.message, "error")
                self._end_stuck()
                self._deaths += 1
                self._restart(self._pause())
            return False
        self._adopt(process)
        return True

    def _adopt(self, process: Process) -> None:
        worker = Worker(self._clock, process, self._events, self.settings.threads_per_worker)
        worker.interruptible = self.settings.on_timeout == "interrupt"
        self.workers.append(worker)

    def _size(self, first: Worker) -> None:
        """Now that the size of a worker is known: as many as memory holds.

        The first was given the BLAS threads that belong to the number hoped for; if fewer fit, it
        is replaced by one with its fair share.
        """
        self._sized = True
        size = first.measure() or 1
        fits = max(1, int(_SHARE_OF_MEMORY * (self.settings.memory_bytes or 0) / size))
        if fits < self._target:
            before = blas_threads(self.settings, self._target)
            self._watcher.note(
                f"{fits} of {self._target} workers fit in memory at {size / 2**20:.0f} MiB each."
            )
            self._target = fits
            if blas_threads(self.settings, fits) != before:
                first.end(Ending.RESIZED)

    def _pause(self) -> float:
        """None after a first death, since somebody waits; then longer and longer."""
        if self._deaths <= 1:
            return 0.0
        return min(_LONGEST_PAUSE, 0.25 * 2.0 ** min(self._deaths - 2, 10))

    def _restart(self, pause: float) -> None:
        if self._missing <= 0:
            return
        if not pause:
            self.start()
        elif self._retry is None:
            self._watcher.note(
                f"{self._deaths} workers ended without serving; next try in {pause:g} s.", "warning"
            )
            self._retry = self._clock.loop.call_later(pause, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if not self._stopping:
            self.start()

    def _explain(self, worker: Worker, returncode: int) -> WorkerFailure:
        limit = self.settings.memory_bytes
        if worker.ended_for is Ending.INIT_TIMEOUT:
            seconds = self._clock.now() - worker.started
            return WorkerFailure(
                cause="init_timeout",
                message=f"init() was not done after {seconds:.0f} s, "
                f"init_timeout_s is {self.settings.init_timeout_s:g}.",
            )
        kernel = self._confinement.kernel_kills(self.settings)
        by_kernel = (
            worker.ended_for is None
            and returncode == -9
            and (
                kernel > self._kernel_kills
                or (limit is not None and worker.peak > _EVIDENT * limit)
            )
        )
        self._kernel_kills = kernel
        starved = by_kernel or worker.ended_for is Ending.MEMORY
        if by_kernel:  # too fast for us to have seen it
            worker.peak = max(worker.peak, self._confinement.peak(self.settings))
            worker.inherited = _left_over(worker, worker.peak, limit or 0, _EVIDENT)
        if worker.ended_for is not None and worker.ended_for.may_be_left_over:
            worker.inherited = True
        found = worker_failure.of_exit(returncode, worker.peak, limit, out_of_memory=starved)
        if worker.diagnosis is not None:
            said = worker.diagnosis
            return WorkerFailure(
                cause=str(said.get("cause", found.cause)),
                message=str(said.get("message", found.message)),
                exit_code=found.exit_code,
                signal=found.signal,
            )
        if worker.ended_for not in (None, Ending.MEMORY):
            return WorkerFailure(
                cause=found.cause,
                message=f"The worker was ended: {worker.ended_because}.",
                signal=found.signal,
            )
        return found


def _left_over(worker: Worker, total: int, limit: int, share: float) -> bool:
    """Whether so much memory would have done without what earlier requests left in a worker."""
    return worker.left_over > _NOISE * limit and total - worker.left_over <= share * limit
