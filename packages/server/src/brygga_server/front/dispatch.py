"""The queue in front of the workers: who runs what, until when, and what a death means for whom."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from math import ceil
from time import perf_counter, perf_counter_ns

from brygga_server.front import arrays, batching, requests
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.causes import Cause
from brygga_server.front.diagnosis import Diagnosis
from brygga_server.front.exchange import Exchange
from brygga_server.front.inputs import Inputs, RefusedError
from brygga_server.front.metrics import Metrics
from brygga_server.front.pool import Pool
from brygga_server.front.worker import Worker
from brygga_server.worker import frames

FRAME_SECONDS = 0.005  # of work sent to a worker at once
FRAME_REQUESTS = 64
FRAME_BYTES = 1 << 20
BATCHES = 1  # held by a worker at a time: whoever comes while they run is for the next one
_ATTEMPTS = 3  # deaths that nobody can be blamed for, before a request is given up
_AVERAGE = 0.1  # weight of the newest run in the moving average
_NEVER = float("inf")
_SOON = 0.05  # seconds between two looks at what cannot be foretold
_LOOKS = 16  # at the sockets before a batch is sent, while each brings new requests


class Dispatch:
    """Hands requests to workers and their replies to `Answers`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        answers: Answers,
        admission: Admission,
        metrics: Metrics,
    ) -> None:
        self.pool: Pool | None = None  # that new requests go to
        self.timeout = 60.0  # seconds that a run may take before its worker is replaced
        self.patient = False  # a worker has to wait while the front reads, so it may read on
        self._loop = loop
        self._answers = answers
        self._admission = admission
        self._metrics = metrics
        self._queue: deque[Exchange] = deque()
        self._scheduled = False
        self._looks = 0
        self._news = False  # something was submitted since the last look
        self._next_id = 0
        self._average = FRAME_SECONDS  # seconds of a run; one at a time until it is known
        self._next_deadline = _NEVER
        self._running: dict[int, Exchange] = {}
        self._wait: asyncio.TimerHandle | None = None  # for a batch to fill

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._admission.waiting > 0 or any(not e.done for e in self._running.values())

    @property
    def in_flight(self) -> int:
        """Requests at the workers."""
        return len(self._running)

    def submit(self, exchange: Exchange, timeout: float) -> None:
        """Queues a request, which may wait for `timeout` seconds, and run as long.

        A run that takes less than the limit of the service but more than its client wanted is
        answered in time and left alone: a hasty client must not cost others their worker.
        """
        admission = self._admission
        if admission.waiting >= admission.queue_size:
            self.pump()
            if admission.waiting >= admission.queue_size and not self._room():
                self._answers.error(exchange, Cause.OVERLOAD)
                return
        if self.pool is not None and not self._lay_out(exchange, self.pool.inputs):
            return
        exchange.queued = perf_counter()
        exchange.deadline = time.monotonic() + timeout
        exchange.timeout = timeout
        self._enqueue(exchange)
        self._news = True
        # Requests that came with the same look at the sockets travel together.
        self._schedule_pump()

    def forget(self, exchange: Exchange) -> None:
        """The client is gone: frees its place; a run that has begun goes on for nobody."""
        if exchange.waiting:
            self._leave(exchange)
            exchange.body, exchange.form = b"", None
            # Places of the gone are passed over when their turn comes; no worker, no turn.
            if len(self._queue) > 2 * self._admission.waiting + 256:
                self._queue = deque(e for e in self._queue if e.waiting)

    def spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        """A worker has answered, or said more of an answer.

        Raises:
            FrameError: About a request that it does not hold.
        """
        if kind == frames.REPLIES:
            for reply in frames.decode_replies(payload):
                self._replied(worker, reply)
        else:
            id_, data = frames.decode_chunk(payload)
            exchange = worker.in_flight.get(id_)
            if exchange is None or not exchange.streaming:
                raise frames.FrameError(f"a chunk of request {id_}, which is not streamed")
            if kind == frames.CHUNK:
                self._answers.chunk(exchange, data)
            else:
                self._done(worker, exchange)
                self._answers.end(exchange, complete=not data)
        if self._queue:
            if self.patient and worker.inputs.batched:
                self._schedule_pump()  # clients that were just answered may have asked again
            else:
                self.pump()

    def lost(self, worker: Worker, why: Diagnosis) -> None:
        """A worker is gone: the guilty request is told, the others are given to another worker."""
        suspects = worker.suspects()
        guilty = suspects if len(suspects) == 1 else set()
        held = list(worker.in_flight.values())
        worker.in_flight.clear()
        if _part(held, suspects):
            guilty = set()  # one of them: it will show when each runs by itself
        # Where nobody can be blamed: those that ran, or, since replies come in order, the first
        # without one. They are run again, each with a worker for itself.
        unclear = set() if guilty else suspects or {e.id for e in held[:1]}
        again = []
        for exchange in held:
            self._running.pop(exchange.id, None)
            exchange.worker = None
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
            cause = Cause.OUT_OF_MEMORY if why.cause == "out_of_memory" else Cause.WORKER_DIED
            self._answers.error(exchange, cause, why.message, _evidence(why))
        if held or worker.ended_for is None:  # else it was ended, and its requests given back then
            self._give_back(again)

    def look(self, now: float) -> None:
        """Deadlines; called about twenty times a second."""
        if now < self._next_deadline:
            return
        self._next_deadline = _NEVER
        for exchange in list(self._running.values()):
            if exchange.worker is not None:
                due = self._look_at(exchange, exchange.worker, now)
                self._next_deadline = min(self._next_deadline, due)
        for exchange in [e for e in self._queue if e.waiting]:
            # A moment more, so that a hanging worker that came due at the same time goes first.
            if now >= exchange.deadline + _SOON:
                self._leave(exchange)
                self._time_out(exchange)
            else:
                self._next_deadline = min(self._next_deadline, exchange.deadline)

    def refuse_all(self, cause: Cause) -> None:
        """Answers whatever waits."""
        while self._queue:
            exchange = self._queue.popleft()
            if exchange.waiting:
                self._leave(exchange)
                self._answers.error(exchange, cause)

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
            return _NEVER
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
            return _NEVER
        due = exchange.deadline
        if running and exchange.timeout >= self.timeout:
            # Should the other never end, its worker is replaced, and this one gets its time anew.
            due = max(due, running[0][1] + self.timeout + _SOON)
        if now >= due and not exchange.done:
            self._time_out(exchange)
        return now + _SOON if exchange.done else min(due, now + _SOON)

    def _overdue(self, exchange: Exchange, worker: Worker) -> None:
        """Ends a worker for one request; the others it held are given to the next."""
        held = list(worker.in_flight.values())
        worker.in_flight.clear()
        for other in held:
            self._running.pop(other.id, None)
            other.worker = None
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
        now = time.monotonic()
        parted = {e for e in exchanges if e.alone and e.batch is not None}
        for exchange in reversed(exchanges):
            exchange.batch = None
            self._enqueue(exchange, first=True)
        for exchange in self._queue:
            if not exchange.waiting or exchange.extended:
                continue
            # Of a batch that was parted the guilty one is yet to run, before the others or not.
            exchange.extended = exchange not in parted
            turns = 1 if exchange.extended else 2
            exchange.deadline = now + turns * exchange.timeout
        self.pump()

    def _time_out(self, exchange: Exchange) -> None:
        message = f"Scoring timeout after {round(exchange.timeout * 1000)} ms"
        self._answers.error(exchange, Cause.TIMEOUT, message)

    def _replied(self, worker: Worker, reply: frames.Reply) -> None:
        exchange = worker.in_flight.get(reply.id)
        if exchange is None or exchange.streaming:
            raise frames.FrameError(f"a reply to request {reply.id}, which it does not hold")
        if reply.flags & frames.TOGETHER:
            self._replied_together(worker, exchange.batch, reply)
            return
        if not reply.flags & frames.STREAMED:
            if self._done(worker, exchange):
                self._average += _AVERAGE * (reply.run_ns * 1e-9 - self._average)
        else:
            exchange.streaming = True
        if not exchange.done:
            self._answers.scored(exchange, reply)

    def _replied_together(
        self, worker: Worker, batch: batching.Batch | None, reply: frames.Reply
    ) -> None:
        if batch is None or batch.left != len(batch.members) or batch.first != reply.id:
            raise frames.FrameError(f"a reply to a batch that begins with request {reply.id}")
        started = perf_counter_ns()
        if reply.flags & frames.ARRAY:
            bodies: Sequence[frames.Buffer] = arrays.each_to_json(reply, batch.rows)
        else:
            bodies = arrays.texts(reply, len(batch.members))
        encode_ns = reply.encode_ns + perf_counter_ns() - started
        self._average += _AVERAGE * (reply.run_ns * 1e-9 - self._average)
        for exchange in batch.members:
            self._done(worker, exchange)
        self._answers.scored_together(batch, bodies, reply, encode_ns)

    def _done(self, worker: Worker, exchange: Exchange) -> bool:
        """Takes an answered request from its worker; whether that ends a run."""
        del worker.in_flight[exchange.id]
        self._running.pop(exchange.id, None)
        exchange.worker = None
        worker.served += 1
        batch = exchange.batch
        if batch is not None:
            batch.left -= 1
            if batch.left:
                return False
        worker.runs -= 1
        return True

    def _enqueue(self, exchange: Exchange, *, first: bool = False) -> None:
        exchange.waiting = True
        self._admission.waiting += 1
        self._next_deadline = min(self._next_deadline, exchange.deadline)
        if first:
            self._queue.appendleft(exchange)
        else:
            self._queue.append(exchange)

    def _leave(self, exchange: Exchange) -> None:
        exchange.waiting = False
        self._admission.waiting -= 1

    def _schedule_pump(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._scheduled_pump)

    def _scheduled_pump(self) -> None:
        if self.patient and self._news and self._looks < _LOOKS and self._batched:
            # The sockets are looked at once more, as long as that brings something: the next batch
            # is the larger for it, and the worker could not run meanwhile.
            self._news = False
            self._looks += 1
            self._loop.call_soon(self._scheduled_pump)
            return
        self._looks = 0
        self._scheduled = False
        self.pump()

    @property
    def _batched(self) -> bool:
        return self.pool is not None and self.pool.inputs.batched

    def _capacity(self, worker: Worker) -> int:
        """How many requests a worker may hold at a time."""
        fits = int(FRAME_SECONDS / max(self._average, 1e-6))
        return worker.threads * max(1, min(FRAME_REQUESTS, fits))

    def _room(self) -> bool:
        if self.pool is None:
            return False
        return any(w.runs < self._capacity(w) for w in self.pool.ready)

    def pump(self) -> None:
        """Gives what waits to the workers that have room, idle ones first, in equal shares."""
        if self.pool is None or not self._queue:
            return
        ready = self.pool.ready
        if len(ready) > 1:
            ready.sort(key=lambda w: w.runs)
        for number, worker in enumerate(ready):
            waiting = self._admission.waiting
            if not waiting:
                break
            share = ceil(waiting / (len(ready) - number))
            if worker.inputs.batched:
                self._send_batches(worker, share)
                continue
            capacity = self._capacity(worker)
            # One that is half full is left alone: a frame for each reply costs more than a run.
            if worker.runs < worker.threads or 2 * worker.runs <= capacity:
                self._send(worker, min(share, capacity - worker.runs))
        if not self._admission.waiting:
            self._queue.clear()

    def _send_batches(self, worker: Worker, share: int) -> None:
        inputs = worker.inputs
        wait = batching.wait_for(self._queue, inputs.max_rows, inputs.max_wait)
        if wait:
            if self._wait is None:
                self._wait = self._loop.call_later(wait, self._waited)
            return
        room = min(self._capacity(worker), BATCHES * worker.threads) - worker.runs
        while room > 0 and share > 0:
            first = self._next(worker)
            if first is None:
                return
            together = batching.take(first, self._queue, inputs.max_rows, share)
            self._admission.waiting -= len(together) - 1
            share -= len(together)
            room -= 1
            self._send_batch(worker, together)

    def _send_batch(self, worker: Worker, together: list[Exchange]) -> None:
        now = perf_counter()
        for exchange in together:
            self._hold(exchange, worker, now)
        forms = [exchange.form for exchange in together if exchange.form is not None]
        if len(forms) == len(together) > 1:
            batch = batching.Batch(together)
            for exchange in together:
                exchange.batch = batch
            parts = requests.joined(together, forms, worker)
        else:
            parts = frames.request_parts([requests.item(e, worker) for e in together])
        worker.runs += 1
        self._metrics.batch_sizes.observe(len(together))
        self._metrics.frame_sizes.observe(len(together))
        worker.channel.send_parts(parts)

    def _waited(self) -> None:
        self._wait = None
        self.pump()

    def _send(self, worker: Worker, room: int) -> None:
        items: list[frames.Request] = []
        size = 0
        now = perf_counter()
        while len(items) < room and size < FRAME_BYTES:
            exchange = self._next(worker)
            if exchange is None:
                break
            self._hold(exchange, worker, now)
            item = requests.item(exchange, worker)
            items.append(item)
            size += len(item.body)
        if items:
            worker.runs += len(items)
            self._metrics.frame_sizes.observe(len(items))
            worker.channel.send_parts(frames.request_parts(items))

    def _next(self, worker: Worker) -> Exchange | None:
        """The next request that a worker can be given, taken from the queue."""
        queue = self._queue
        if worker.guest is not None:
            if worker.guest.worker is worker:
                return None
            worker.guest = None
        while queue:
            exchange = queue[0]
            if not exchange.waiting:
                queue.popleft()
                continue
            if exchange.attempts:
                if worker.in_flight:
                    return None
                worker.guest = exchange
            queue.popleft()
            self._leave(exchange)
            if exchange.inputs is worker.inputs or self._lay_out(exchange, worker.inputs):
                return exchange
        return None

    def _hold(self, exchange: Exchange, worker: Worker, now: float) -> None:
        """Notes that a worker has a request."""
        self._next_id += 1
        exchange.id = self._next_id
        exchange.sent = now
        exchange.worker = worker
        worker.in_flight[exchange.id] = exchange
        self._next_deadline = min(self._next_deadline, exchange.deadline)
        self._running[exchange.id] = exchange

    def _lay_out(self, exchange: Exchange, inputs: Inputs) -> bool:
        """Makes of the body what the contract asks; False if that failed, and was answered."""
        exchange.inputs = inputs
        if not inputs.open:
            exchange.form = None
            return True
        started = perf_counter()
        try:
            exchange.form = inputs.form(exchange)
        except RefusedError as error:
            self._answers.error(exchange, error.cause, str(error))
            return False
        self._metrics.phases["parse"].observe(perf_counter() - started)
        return True


def _part(held: list[Exchange], suspects: set[int]) -> bool:
    """Lets the members of a batch that came to grief run by themselves; whether there is one."""
    batches = [e.batch for e in held if e.id in suspects and e.batch is not None]
    for exchange in held:
        if exchange.batch is not None and exchange.batch in batches:
            exchange.alone = True
    return bool(batches)


def _evidence(why: Diagnosis) -> dict[str, object]:
    found: dict[str, object] = {
        "cause": why.cause,
        "signal": why.signal,
        "exit_code": why.exit_code,
    }
    if why.peak_memory_bytes and why.cause == "out_of_memory":
        found["peak_memory_bytes"] = why.peak_memory_bytes
        found["memory_limit_bytes"] = why.memory_limit_bytes
    return found
