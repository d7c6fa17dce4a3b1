"""Workers that die, hang or keep others waiting: what it means for each request they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from brygga_server.front.answers import Answers
from brygga_server.front.backlog import NEVER, Backlog
from brygga_server.front.clock import Clock
from brygga_server.front.exchange import Exchange
from brygga_server.front.outcomes import Outcome
from brygga_server.front.worker import Worker
from brygga_server.front.worker_failure import WorkerFailure

_ATTEMPTS = 3  # deaths that nobody can be blamed for, before a request is given up
_SOON = 0.05  # seconds between two looks at what cannot be foretold


class Redelivery:
    """Holds deadlines, blames the guilty and gives the others to other workers."""

    def __init__(
        self, clock: Clock, backlog: Backlog, answers: Answers, pump: Callable[[], None]
    ) -> None:
        self.timeout = 60.0  # seconds that a run may take before its worker is replaced
        self._now = clock.now
        self._backlog = backlog
        self._answers = answers
        self._pump = pump
        self._recalled: list[Worker] = []

    def lost(self, worker: Worker, why: WorkerFailure) -> None:
        """A worker is gone: the guilty request is told, the others are given to another worker."""
        suspects = worker.suspects()
        guilty = suspects if len(suspects) == 1 else set()
        held = self._backlog.take_all(worker)
        if _part(held, suspects):
            guilty = set()  # one of them: it will show when each runs by itself
        # Where nobody can be blamed: those that ran, or, since replies come in order, the first
        # without one. They are run again, each with a worker for itself.
        unclear = set() if guilty else suspects or {e.id for e in held[:1]}
        again = []
        for exchange in held:
            if exchange.done:
                continue
            if exchange.streaming:
                self._answers.end(exchange, complete=False)
                continue
            if exchange.alone and exchange.batch is not None:
                exchange.batch = None
                again.append(exchange)
                continue
            if exchange.id not in guilty:
                exchange.attempts += exchange.id in unclear
                exchange.alone = exchange.alone or exchange.attempts > 0
                if exchange.attempts < _ATTEMPTS:
                    again.append(exchange)
                    continue
            cause = Outcome.OUT_OF_MEMORY if why.cause == "out_of_memory" else Outcome.WORKER_DIED
            self._answers.error(exchange, cause, why.message, _evidence(why))
        if held or worker.ended_for is None:  # else it was ended, and its requests given back then
            self._give_back(again)

    def look(self, now: float) -> None:
        """Deadlines; called about twenty times a second."""
        if self._recalled:
            self._look_at_recalled(now)
        backlog = self._backlog
        if now < backlog.next_deadline:
            return
        backlog.next_deadline = NEVER
        for exchange, worker in list(backlog.running.values()):
            if exchange.id in worker.in_flight:  # else it was taken back for another's sake
                due = self._look_at(exchange, worker, now)
                backlog.next_deadline = min(backlog.next_deadline, due)
        for exchange in list(backlog.apart):
            if now >= exchange.deadline:
                backlog.leave_apart(exchange)
                self._time_out(exchange)
            else:
                backlog.next_deadline = min(backlog.next_deadline, exchange.deadline)
        for exchange in [e for e in backlog.queue if e.waiting]:
            # A moment more, so that a hanging worker that came due at the same time goes first.
            if now >= exchange.deadline + _SOON:
                backlog.leave(exchange)
                self._time_out(exchange)
            else:
                backlog.next_deadline = min(backlog.next_deadline, exchange.deadline)

    def recall(self, workers: Iterable[Worker], now: float) -> None:
        """Takes back what workers that are held up have not begun, for others to run.

        It is given to them by a later `look`, once it is certain what has been begun.
        """
        for worker in workers:
            if worker.recalled is None and worker.channel.reading:
                behind = _not_begun(worker, {id_ for id_, _ in worker.running()})
                if behind:
                    worker.recall(max(exchange.id for exchange in behind), now)
                    self._recalled.append(worker)

    def skipped(self, worker: Worker, id_: int) -> None:
        """A worker confirms that it has not begun a request, and will not."""
        exchange = worker.in_flight.get(id_)
        if exchange is not None:
            self._take_back(worker, [exchange])
        worker.skipping.discard(id_)

    def _look_at_recalled(self, now: float) -> None:
        """Takes back what a worker that hangs cannot confirm."""
        for worker in list(self._recalled):
            last, since = worker.recalled or (0, now)
            if worker.in_flight:  # else it is gone, or done
                if now < since + _SOON or not worker.channel.reading:
                    continue
                running = worker.running()
                worker.channel.drain()  # afterwards: what ran then may have been answered since
                not_begun = _not_begun(worker, {id_ for id_, _ in running})
                self._take_back(worker, [e for e in not_begun if e.id <= last])
                # One that seems to begin at that very moment may yet turn out not to.
                if any(id_ <= last and begun > since - _SOON for id_, begun in running):
                    continue
            worker.recalled = None
            self._recalled.remove(worker)

    def _take_back(self, worker: Worker, exchanges: list[Exchange]) -> None:
        for exchange in reversed(exchanges):
            worker.skipping.add(exchange.id)
            self._backlog.take(exchange, worker)
            if not exchange.done:
                self._backlog.enqueue(exchange, first=True)
        if exchanges:
            self._pump()

    def _look_at(self, exchange: Exchange, worker: Worker, now: float) -> float:
        """What a request at a worker is due for; returns when to look again."""
        running = worker.running()
        id_of_run = exchange.id if exchange.batch is None else exchange.batch.first
        begun = next((t for id_, t in running if id_ in (exchange.id, id_of_run)), None)
        if begun is None:
            return self._look_at_next(exchange, worker, running, now)
        limit = begun + max(exchange.timeout, self.timeout)
        if now >= limit:
            self._overdue(exchange, worker)
            return NEVER
        if exchange.done or exchange.streaming:
            return limit
        if now >= begun + exchange.timeout:
            self._time_out(exchange)
            return limit
        return begun + exchange.timeout

    def _look_at_next(
        self, exchange: Exchange, worker: Worker, running: list[tuple[int, float]], now: float
    ) -> float:
        """The same for one that stands behind another in its worker."""
        if exchange.done and not running and now >= exchange.deadline + self.timeout:
            self._overdue(exchange, worker)  # a worker that does not say any more what it does
            return NEVER
        due = exchange.deadline
        if running and exchange.timeout >= self.timeout:
            # Should the other never end, its worker is replaced, and this one gets its time anew.
            due = max(due, running[0][1] + self.timeout + _SOON)
        if now >= due and not exchange.done:
            self._time_out(exchange)
        return now + _SOON if exchange.done else min(due, now + _SOON)

    def _overdue(self, exchange: Exchange, worker: Worker) -> None:
        """Ends a worker for one request; the others it held are given to the next."""
        held = self._backlog.take_all(worker)
        worker.end(f"run() took longer than {self.timeout:g} s")
        together = _part(held, {exchange.id})
        if exchange.streaming and not exchange.done:
            self._answers.end(exchange, complete=False)
        elif not exchange.done and not together:
            self._time_out(exchange)
        self._give_back([e for e in held if not e.done])

    def _give_back(self, exchanges: list[Exchange]) -> None:
        """Puts requests back in front of the queue.

        Their worker's end was not their fault, nor that of those who wait for its successor: their
        time begins anew, once.
        """
        now = self._now()
        parted = {e for e in exchanges if e.alone and e.batch is not None}
        for exchange in reversed(exchanges):
            exchange.batch = None
            self._backlog.enqueue(exchange, first=True)
        for exchange in self._backlog.queue:
            if not exchange.waiting or exchange.extended:
                continue
            # Of a batch that was parted the guilty one is yet to run, before the others or not.
            exchange.extended = exchange not in parted
            turns = 1 if exchange.extended else 2
            exchange.deadline = now + turns * exchange.timeout
        self._pump()

    def _time_out(self, exchange: Exchange) -> None:
        message = f"Scoring timeout after {round(exchange.timeout * 1000)} ms"
        self._answers.error(exchange, Outcome.TIMEOUT, message)


def _not_begun(worker: Worker, running: set[int]) -> list[Exchange]:
    """What a worker holds and neither runs nor streams, `running` being the ids that it names."""
    held = worker.in_flight.values()
    batches = [e.batch for e in held if e.id in running and e.batch is not None]
    return [
        e
        for e in held
        if e.id not in running and not e.streaming and (e.batch is None or e.batch not in batches)
    ]


def _part(held: list[Exchange], suspects: set[int]) -> bool:
    """Lets the members of a batch that came to grief run by themselves; whether there is one."""
    batches = [e.batch for e in held if e.id in suspects and e.batch is not None]
    for exchange in held:
        if exchange.batch is not None and exchange.batch in batches:
            exchange.alone = True
    return bool(batches)


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
