"""The queue in front of the workers: who is given what, and what becomes of their replies."""

from __future__ import annotations

from math import ceil

from brygga_server.front import batching, worker_messages
from brygga_server.front.admission import Admission
from brygga_server.front.answers import Answers
from brygga_server.front.backlog import Backlog
from brygga_server.front.clock import Clock, Timer
from brygga_server.front.deadlines import Deadlines
from brygga_server.front.dialects.base import LARGE, RefusedError
from brygga_server.front.exchange import Batch, Exchange
from brygga_server.front.inputs import Inputs
from brygga_server.front.metrics import Metrics
from brygga_server.front.numbers import Parsed
from brygga_server.front.outcomes import Outcome
from brygga_server.front.parser import Parser
from brygga_server.front.pool import Pool
from brygga_server.front.recall import Recall
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
        self._backlog = Backlog()
        self.redelivery = Redelivery(clock, self._backlog, answers, self.pump)
        self.deadlines = Deadlines(clock, self._backlog, answers, self.redelivery)
        self._recall = Recall(self._backlog, self.pump)
        self.parser = parser
        self._scheduled = False
        self._looks = 0
        self._news = False  # something was submitted since the last look
        self._suspects_turn = True  # where they and the others share one worker
        self._average = FRAME_SECONDS  # seconds of a run; one at a time until it is known
        self._wait: Timer | None = None  # for a batch to fill

    @property
    def waiting(self) -> int:
        """Requests that wait for a worker."""
        return self._backlog.waiting

    @property
    def able(self) -> bool:
        """Whether a request would be run now."""
        room = self.waiting < max(1, self._admission.queue_size)
        return self.pool is not None and bool(self.pool.ready) and room

    @property
    def in_flight(self) -> int:
        """Requests at the workers."""
        return len(self._backlog.held)

    def worker_of(self, exchange: Exchange) -> Worker | None:
        """The worker that holds a request."""
        return self._backlog.held.get(exchange)

    def submit(self, exchange: Exchange) -> None:
        """Queues a request, which has a time to wait and a time to run.

        A run that takes less than the limit of the service but more than its client wanted is
        answered in time and left alone: a hasty client must not cost others their worker.
        """
        backlog, size = self._backlog, self._admission.queue_size
        if backlog.waiting >= size:
            self.pump()
            if backlog.waiting >= size and not self._room():
                self._answers.error(exchange, Outcome.OVERLOAD)
                return
        now = self._now()
        self.deadlines.set(exchange, now)
        if self.pool is not None:
            question = b""
            if len(exchange.body) > LARGE:
                question = exchange.dialect.question(exchange, self.pool.inputs)
            if question:
                if len(backlog.apart) >= max(1, size):
                    self._answers.error(exchange, Outcome.OVERLOAD)
                else:
                    self._have_parsed(exchange, self.pool.inputs, question)
                return
            if not self._lay_out(exchange, self.pool.inputs):
                return
            if exchange.form is not None:
                now = self._now()
        self._enqueue(exchange, now)

    def _enqueue(self, exchange: Exchange, now: float) -> None:
        exchange.queued = now
        self._backlog.enqueue(exchange)
        self._news = True
        # Requests that came with the same look at the sockets travel together.
        if not self._scheduled:
            self._schedule_pump()

    def forget(self, exchange: Exchange) -> None:
        """The client is gone: frees its place; a run that has begun goes on for nobody."""
        self._backlog.leave(exchange)
        if exchange not in self._backlog.held:
            exchange.body, exchange.form = b"", None

    def spoke(self, worker: Worker, kind: int, payload: memoryview) -> None:
        """A worker has answered, or said more of an answer.

        Raises:
            FrameError: About a request that it does not hold.
        """
        if kind == frames.REPLIES:
            for reply in frames.decode_replies(payload):
                self._replied(worker, reply)
        elif kind == frames.SKIPPED:
            self._recall.skipped(worker, frames.decode_number(payload))
        else:
            id_, data = frames.decode_chunk(payload)
            exchange = worker.in_flight.get(id_)
            if exchange is None and id_ in worker.skipping:
                if kind == frames.END:
                    worker.confirm(id_)
                return
            if exchange is None or not exchange.streaming:
                raise frames.FrameError(f"a chunk of request {id_}, which is not streamed")
            if kind == frames.CHUNK:
                self._answers.chunk(exchange, data)
            else:
                self._done(worker, exchange)
                self._answers.end(exchange, complete=not data)
        if self._backlog.queue or self._backlog.suspects:
            if self.patient and worker.inputs.batched:
                self._schedule_pump()  # clients that were just answered may have asked again
            else:
                self.pump()

    def look(self, now: float) -> None:
        """Deadlines, and requests that stand in the wrong place; about twenty times a second."""
        self.redelivery.look()
        self.deadlines.look(now)
        self.parser.look(now)
        self._recall.look([] if self.pool is None else self.pool.ready, now)

    def pump(self) -> None:
        """Gives what waits to the workers that have room, idle ones first, in equal shares."""
        backlog = self._backlog
        if self.pool is None or not (backlog.queue or backlog.suspects):
            return
        ready = self.pool.ready
        if len(ready) > 1:
            ready.sort(key=lambda w: (not w.held_up, w.runs))  # the former get none: no share
        if backlog.suspects:
            ready = self._serve_suspects(self.pool, ready)
        for number, worker in enumerate(ready):
            waiting = len(backlog.queue)
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

    def _serve_suspects(self, pool: Pool, ready: list[Worker]) -> list[Worker]:
        """Gives suspects a worker each, for itself; who is left for the others.

        They must not take the service down together: one worker is kept from them, and where there
        is one only, they and the others take turns.
        """
        backlog = self._backlog
        left = [worker for worker in ready if worker.guest is None]
        able = [worker for worker in left if not worker.held_up]
        seats = max(1, len(ready) - 1) - (len(ready) - len(left))
        others_turn = len(able) == 1 and bool(backlog.queue) and not self._suspects_turn
        able.sort(key=lambda worker: not worker.untouched)
        # One that needs a fresh worker has it soon, where one is missing; else it takes any.
        fresh_comes = not pool.complete or any(worker.untouched for worker in able)
        for worker in able[: max(0, seats)]:
            for suspect in backlog.suspects:
                if suspect.wants_fresh and (worker.untouched or fresh_comes):
                    found = worker.untouched
                else:
                    found = not others_turn
                if found:
                    left.remove(worker)  # it is given nothing until it holds nothing
                    if not worker.in_flight:
                        self._suspects_turn = False
                        self._send_guest(suspect, worker)
                    break
        return left

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
        return self.pool is not None and len(self._backlog.queue) < self.pool.inputs.max_rows

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
        queue = self._backlog.queue
        wait = batching.wait_for(queue, inputs.max_rows, inputs.max_wait, self._now())
        if wait:
            if self._wait is None:
                self._wait = self._loop.call_later(wait, self._waited)
            return
        room = min(self._capacity(worker), BATCHES * worker.threads) - worker.runs
        while room > 0 and share > 0:
            first = self._next(worker)
            if first is None:
                return
            together = [first, *batching.company(first, queue, inputs.max_rows, share - 1)]
            share -= len(together)
            room -= 1
            self._send_batch(worker, together)

    def _send_batch(self, worker: Worker, together: list[Exchange]) -> None:
        now = self._now()
        self._suspects_turn = True
        if len(together) > 1:
            self._backlog.hold_together(together, worker, now)
            parts = worker_messages.joined(together, worker)
        else:
            self._backlog.hold(together[0], worker, now)
            parts = frames.request_parts([worker_messages.item(together[0], worker)])
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
            self._suspects_turn = True
            self._metrics.frame_sizes.observe(len(items))
            worker.channel.send_parts(frames.request_parts(items))

    def _send_guest(self, exchange: Exchange, worker: Worker) -> None:
        """Gives a worker one of the suspects, and nothing else until it has done with it."""
        self._backlog.leave(exchange)
        if exchange.inputs is worker.inputs or self._lay_out(exchange, worker.inputs):
            self._backlog.hold(exchange, worker, self._now())
            worker.guest = exchange
            self._metrics.frame_sizes.observe(1)
            item = worker_messages.item(exchange, worker)
            worker.channel.send_parts(frames.request_parts([item]))

    def _next(self, worker: Worker) -> Exchange | None:
        """The next request that a worker can be given, taken from the queue."""
        while self._backlog.queue:
            exchange = self._backlog.next()
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
            if exchange in self._backlog.apart:  # else its time is up, or its client gone
                exchange.inputs = inputs
                exchange.form = None if parsed is None else inputs.lay_out(parsed, exchange)
                self._enqueue(exchange, self._now())

        self._backlog.set_apart(exchange)
        self.parser.parse(exchange.body, question, then)

    # -- replies --------------------------------------------------------------------------------

    def _replied(self, worker: Worker, reply: frames.Reply) -> None:
        exchange = worker.in_flight.get(reply.id)
        if exchange is None and reply.id in worker.skipping:
            if not reply.flags & frames.STREAMED:
                worker.confirm(reply.id)  # it was given up, and has come back
            return
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
        if reply.flags & frames.PARSED:
            # Several workers parse beside each other; the front, which is one, would hold them up.
            worker.inputs.ahead = self.pool is not None and self.pool.of_one
        # What cannot be read raises here, while the worker still holds the request.
        answer = None if exchange.done else self._answers.of(exchange, reply)
        if answer is None:
            self._answers.late(exchange, reply)
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
        return self._backlog.take(exchange)
