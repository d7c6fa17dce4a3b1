"""Workers that come to grief: what it means for each request they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from brygga_server.front.answers import Answers
from brygga_server.front.backlog import Backlog
from brygga_server.front.clock import Clock
from brygga_server.front.exchange import Exchange
from brygga_server.front.outcomes import Outcome
from brygga_server.front.worker import State, Worker
from brygga_server.front.worker_failure import WorkerFailure

_ATTEMPTS = 5  # deaths that nobody can be blamed for, before a request is given up


class Redelivery:
    """Blames the guilty, and gives the others to other workers."""

    def __init__(
        self, clock: Clock, backlog: Backlog, answers: Answers, pump: Callable[[], None]
    ) -> None:
        self._now = clock.now
        self._backlog = backlog
        self._answers = answers
        self._pump = pump
        self._stuck: list[Worker] = []

    def look(self) -> None:
        """Workers that were given up may have come back; called about twenty times a second."""
        for worker in self._stuck:
            if worker.state is State.STUCK and not worker.skipping:
                worker.come_back()
        self._stuck = [worker for worker in self._stuck if worker.state is State.STUCK]

    def lost(self, worker: Worker, why: WorkerFailure) -> None:
        """A worker is gone: the guilty request is told, the others are given to another worker."""
        guilty, suspects = _blame(worker)
        for exchange in suspects:
            exchange.attempts += exchange.batch is None
            exchange.suspected = True
            exchange.wants_fresh = exchange.wants_fresh or worker.inherited
        guilty += [exchange for exchange in suspects if exchange.attempts >= _ATTEMPTS]
        self._take_all(worker, but=guilty)
        outcome = Outcome.OUT_OF_MEMORY if why.cause == "out_of_memory" else Outcome.WORKER_DIED
        for exchange in guilty:
            if not exchange.done:
                self._answers.error(exchange, outcome, why.message, _evidence(why))
        self._pump()

    def give_up(self, worker: Worker) -> None:
        """Gives what a worker holds that takes too long to others, also where it may come back."""
        worker.give_up()
        if worker.state is State.STUCK:
            for exchange in worker.in_flight.values():
                batch = exchange.batch
                worker.skipping[exchange.id] = exchange.id if batch is None else batch.first
            worker.recall(max(worker.in_flight), self._now())
            worker.channel.pause(paused=False)  # for one that does not read its answer
            self._stuck.append(worker)
        self._take_all(worker, but=())
        self._pump()

    def _take_all(self, worker: Worker, but: Sequence[Exchange]) -> None:
        """Takes what a worker holds. Who is to run again has its time to wait anew."""
        now = self._now()
        cut = []
        for exchange in reversed(list(worker.in_flight.values())):
            self._backlog.take(exchange)
            if exchange.done or exchange in but:
                continue
            if exchange.streaming:
                cut.append(exchange)
            else:
                exchange.deadline = now + exchange.patience
                self._backlog.put_back(exchange)
        for exchange in cut:
            self._answers.end(exchange, complete=False)


def _blame(worker: Worker) -> tuple[list[Exchange], Sequence[Exchange]]:
    """Who is guilty of the end of a worker, and who may be, where that is not clear.

    Where a worker names nobody it is the first without a reply, if replies come in order. What
    an earlier request may have left is only laid at the door of one that ran in a fresh worker.
    """
    held = list(worker.in_flight.values())
    if worker.ended_for is not None and worker.ended_for.blames_nobody:
        return [], []
    named = [exchange for exchange in held if exchange.id in worker.suspects()]
    if worker.guest is not None:
        named = [worker.guest]
    if len(named) == 1 and (worker.fresh or not worker.inherited):
        batch = named[0].batch
        if batch is None or named[0].id != batch.first:
            return named, []
    suspects = named or held[: 1 if worker.threads == 1 else None]
    batches = [exchange.batch for exchange in suspects if exchange.batch is not None]
    return [], [e for e in held if e in suspects or (e.batch is not None and e.batch in batches)]


def _evidence(why: WorkerFailure) -> dict[str, object]:
    found: dict[str, object] = {
        "cause": why.cause,
        "signal": why.signal,
        "exit_code": why.exit_code,
    }
    if why.peak_memory_bytes and why.cause == "out_of_memory":
        found["peak_memory_bytes"] = why.peak_memory_bytes
        found["memory_limit_bytes"] = why.memory_limit_bytes
        found["memory_to_try_bytes"] = why.memory_to_try_bytes
    return found
