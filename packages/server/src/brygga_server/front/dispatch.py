"""The queue in front of the workers: who is given what, and what becomes of their replies."""

from __future__ import annotations

import asyncio
from math import ceil

from brygga_server.front import batching, worker_messages
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.backlog import Backlog
from brygga_server.front.clock import Clock
from brygga_server.front.dialects.base import LARGE, RefusedError
from brygga_server.front.exchange import Batch, Exchange
from brygga_server.front.inputs import Inputs
from brygga_server.front.metrics import Metrics
from brygga_server.front.numbers import Parsed
from brygga_server.front.outcomes import Outcome
from brygga_server.front.parser import Parser
from brygga_server.front.pool import Pool
from brygga_server.front.redelivery import Redelivery
from brygga_server.front.worker import Worker
from brygga_server.worker import frames

FRAME_SECONDS = 0.005  # of work sent to a worker at once
FRAME_REQUESTS = 64
FRAME_BYTES = 1 << 20
BATCHES = 1  # held by a worker at a time: whoever comes while they run is for the next one
_AVERAGE = 0.1  # weight of the newest run in the moving average
_LOOKS = 16  # at the sockets before a batch is sent, while each brings new requests


class Dispatch:
    """Hands requests to workers and their replies to `Answers`."""

    def __init__(
        self,
        clock: Clock,
        answers: Answers,
        admission: Admission,
        metrics: Metrics,
        parser: Parser,
    ) -> None:
        self.pool: Pool | None = None  # that new requests go to
        self.patient = False  # a worker has to wait while the front reads, so it may read on
        self._loop = clock.loop
        self._now = clock.now
        self._answers = answers
        self._admission = admission
        self._metrics = metrics
        self._backlog = Backlog(admission)
        self.redelivery = Redelivery(clock, self._backlog, answers, self.pump)
        self.parser = parser
        self._scheduled = False
        self._looks = 0
        self._news = False  # something was submitted since the last look
        self._average = FRAME_SECONDS  # seconds of a run; one at a time until it is known
        self._wait: asyncio.TimerHandle | None = None  # for a batch to fill

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._admission.waiting > 0 or any(
            not exchange.done for exchange, _ in self._backlog.running.values()
        )

    @property
    def able(self) -> bool:
        """Whether a request would be run now."""
        room = self._admission.waiting < max(1, self._admission.queue_size)
        return self.pool is not None and bool(self.pool.ready) and room

    @property
    def in_flight(self) -> int:
        """Requests at the workers."""
        return len(self._backlog.running)

    def submit(self, exchange: Exchange, timeout: float) -> None:
        """Queues a request, which may wait for `timeout` seconds, and run as long.

        A run that takes less than the limit of the service but more than its client wanted is
        answered in time and left alone: a hasty client must not cost others their worker.
        """
        admission = self._admission
        if admission.waiting >= admission.queue_size:
            self.pump()
            if admission.waiting >= admission.queue_size and not self._room():
                self._answers.error(exchange, Outcome.OVERLOAD)
                return
        exchange.timeout = timeout
        exchange.deadline = self._now() + timeout
        if self.pool is not None:
            question = b""
            if len(exchange.body) > LARGE:
                question = exchange.dialect.question(exchange, self.pool.inputs)
            if question:
                if len(self._backlog.apart) >= max(1, admission.queue_size):
                    self._answers.error(exchange, Outcome.OVERLOAD)
                else:
                    self._have_parsed(exchange, self.pool.inputs, question)
                return
            if not self._lay_out(exchange, self.pool.inputs):
                return
        self._enqueue(exchange)

    def _enqueue(self, exchange: Exchange) -> None:
        exchange.queued = self._now()
        self._backlog.enqueue(exchange)
        self._news = True
        # Requests that came with the same look at the sockets travel together.
        self._schedule_pump()

    def forget(self, exchange: Exchange) -> None:
        """The client is gone: frees its place; a run that has begun goes on for nobody."""
        if exchange.waiting:
            self._backlog.forget(exchange)

    def worker_of(self, exchange: Exchange) -> Worker | None:
        """The worker that holds a request."""
        return self._backlog.worker_of(exchange)

    def spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        """A worker has answered, or said more of an answer.

        Raises:
            FrameError: About a request that it does not hold.
        """
        if kind == frames.REPLIES:
            for reply in frames.decode_replies(payload):
                self._replied(worker, reply)
        elif kind == frames.SKIPPED:
            self.redelivery.skipped(worker, frames.decode_number(payload))
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
        if self._backlog.queue:
            if self.patient and worker.inputs.batched:
                self._schedule_pump()  # clients that were just answered may have asked again
            else:
                self.pump()

    def look(self, now: float) -> None:
        """Deadlines, and requests that stand in the wrong place; about twenty times a second."""
        self.redelivery.look(now)
        self.parser.look(now)
        ready = () if self.pool is None else self.pool.ready
        for worker in ready:
            worker.look_whether_held_up(now)
        if any(not worker.held_up for worker in ready):
            self.redelivery.recall([worker for worker in ready if worker.held_up], now)

    def pump(self) -> None:
        """Gives what waits to the workers that have room, idle ones first, in equal shares."""
        if self.pool is None or not self._backlog.queue:
            return
        ready = self.pool.ready
        if len(ready) > 1:
            ready.sort(key=lambda w: (not w.held_up, w.runs))  # the former get none: no share
        for number, worker in enumerate(ready):
            waiting = self._backlog.waiting
            if not waiting:
                break
            share = ceil(waiting / (len(ready) - number))
            if worker.held_up:
                continue
            if worker.inputs.batched:
                self._send_batches(worker, share)
                continue
            capacity = self._capacity(worker)
            # One that is half full is left alone: a frame for each reply costs more than a run.
            if worker.runs < worker.threads or 2 * worker.runs <= capacity:
                self._send(worker, min(share, capacity - worker.runs))
        if not self._backlog.waiting:
            self._backlog.queue.clear()

    # -- when to send ---------------------------------------------------------------------------

    def _schedule_pump(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._scheduled_pump)

    def _scheduled_pump(self) -> None:
        if self.patient and self._news and self._looks < _LOOKS and self._batch_has_room():
            # The sockets are looked at once more, as long as that brings something: the next batch
            # is the larger for it, and the worker could not run meanwhile.
            self._news = False
            self._looks += 1
            self._loop.call_soon(self._scheduled_pump)
            return
        self._looks = 0
        self._scheduled = False
        self.pump()

    def _batch_has_room(self) -> bool:
        return self.pool is not None and self._backlog.waiting < self.pool.inputs.max_rows

    def _capacity(self, worker: Worker) -> int:
        """How many requests a worker may hold at a time."""
        fits = int(FRAME_SECONDS / max(self._average, 1e-6))
        return worker.threads * max(1, min(FRAME_REQUESTS, fits))

    def _room(self) -> bool:
        if self.pool is None:
            return False
        return any(w.runs < self._capacity(w) for w in self.pool.ready)

    # -- sending --------------------------------------------------------------------------------

    def _send_batches(self, worker: Worker, share: int) -> None:
        inputs = worker.inputs
        wait = batching.wait_for(self._backlog.queue, inputs.max_rows, inputs.max_wait, self._now())
        if wait:
            if self._wait is None:
                self._wait = self._loop.call_later(wait, self._waited)
            return
        room = min(self._capacity(worker), BATCHES * worker.threads) - worker.runs
        while room > 0 and share > 0:
            first = self._next(worker)
            if first is None:
                return
            together = batching.take(first, self._backlog.queue, inputs.max_rows, share)
            self._admission.waiting -= len(together) - 1
            share -= len(together)
            room -= 1
            self._send_batch(worker, together)

    def _send_batch(self, worker: Worker, together: list[Exchange]) -> None:
        now = self._now()
        for exchange in together:
            self._backlog.hold(exchange, worker, now)
        forms = [exchange.form for exchange in together if exchange.form is not None]
        if len(forms) == len(together) > 1:
            batch = Batch(together)
            for exchange in together:
                exchange.batch = batch
            parts = worker_messages.joined(together, forms, worker)
        else:
            parts = frames.request_parts([worker_messages.item(e, worker) for e in together])
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
        now = self._now()
        while len(items) < room and size < FRAME_BYTES:
            exchange = self._next(worker)
            if exchange is None:
                break
            self._backlog.hold(exchange, worker, now)
            items.append(worker_messages.item(exchange, worker))
            size += len(exchange.body)
        if items:
            worker.runs += len(items)
            self._metrics.frame_sizes.observe(len(items))
            worker.channel.send_parts(frames.request_parts(items))

    def _next(self, worker: Worker) -> Exchange | None:
        """The next request that a worker can be given, taken from the queue."""
        queue = self._backlog.queue
        if worker.guest is not None:
            if worker.guest.id in worker.in_flight:
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
            self._backlog.leave(exchange)
            if exchange.inputs is worker.inputs or self._lay_out(exchange, worker.inputs):
                return exchange
        return None

    def _lay_out(self, exchange: Exchange, inputs: Inputs) -> bool:
        """Makes of the body what the contract asks; False if that failed, and was answered."""
        exchange.inputs = inputs
        if not inputs.open:
            exchange.form = None
            return True
        started = self._now()
        try:
            exchange.form = exchange.dialect.read(exchange, inputs)
        except RefusedError as error:
            self._answers.error(exchange, error.outcome, str(error))
            return False
        self._metrics.phases["parse"].observe(self._now() - started)
        return True

    def _have_parsed(self, exchange: Exchange, inputs: Inputs, question: bytes) -> None:
        """Queues a request with a large body once its numbers have been read elsewhere."""
        started = self._now()

        def then(parsed: Parsed | None) -> None:
            self._metrics.phases["parse"].observe(self._now() - started)
            if (
                exchange in self._backlog.apart
            ):  # else it has run out of time, or its client is gone
                self._backlog.leave_apart(exchange)
                exchange.inputs = inputs
                exchange.form = None if parsed is None else inputs.lay_out(parsed, exchange)
                self._enqueue(exchange)

        self._backlog.set_apart(exchange)
        self.parser.parse(exchange.body, question, then)

    # -- replies --------------------------------------------------------------------------------

    def _replied(self, worker: Worker, reply: frames.Reply) -> None:
        exchange = worker.in_flight.get(reply.id)
        if exchange is None or exchange.streaming:
            raise frames.FrameError(f"a reply to request {reply.id}, which it does not hold")
        if reply.flags & frames.TOGETHER:
            self._replied_together(worker, exchange.batch, reply)
            return
        if reply.flags & frames.STREAMED:
            exchange.streaming = True
            if not exchange.done:
                self._answers.open(exchange, reply)
            return
        # What cannot be read raises here, while the worker still holds the request.
        answer = None if exchange.done else self._answers.of(exchange, reply)
        if self._done(worker, exchange):
            self._average += _AVERAGE * (reply.run_ns * 1e-9 - self._average)
        if answer is not None:
            self._answers.scored(exchange, answer, reply.run_ns)

    def _replied_together(self, worker: Worker, batch: Batch | None, reply: frames.Reply) -> None:
        if batch is None or batch.left != len(batch.members) or batch.first != reply.id:
            raise frames.FrameError(f"a reply to a batch that begins with request {reply.id}")
        answers = self._answers.of_batch(batch, reply)
        self._average += _AVERAGE * (reply.run_ns * 1e-9 - self._average)
        for exchange in batch.members:
            self._done(worker, exchange)
        self._answers.scored_together(batch.members, answers, reply.run_ns)

    def _done(self, worker: Worker, exchange: Exchange) -> bool:
        """Takes an answered request from its worker; whether that ends a run."""
        worker.served += 1
        worker.held_up = False
        return self._backlog.take(exchange, worker)
