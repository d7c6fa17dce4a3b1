"""Where each request is that is not answered yet. It has one place; all counts are of places."""

from __future__ import annotations

from collections import OrderedDict

from brygga_server.front.exchange import Batch, Exchange, Waiting
from brygga_server.front.worker import Worker

NEVER = float("inf")


class Backlog:
    """Requests wait in the queue, apart, or as suspects; or a worker holds them.

    Apart are those that are read elsewhere before they join the queue. Suspects were run by a
    worker that came to grief, and it is not clear by which of them: each is to run by itself.
    """

    def __init__(self) -> None:
        self.queue: Waiting = OrderedDict()
        self.suspects: Waiting = OrderedDict()
        self.apart: Waiting = OrderedDict()
        self.held: dict[Exchange, Worker] = {}
        self.next_deadline = NEVER  # monotonic seconds; nobody who waits is due before
        self._last_id = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self.queue) + len(self.suspects) + len(self.apart)

    def enqueue(self, exchange: Exchange) -> None:
        """Lets a request wait behind the others."""
        if exchange.waits_in is not None:
            self.leave(exchange)
        queue = exchange.waits_in = self.queue
        queue[exchange] = None
        self.next_deadline = min(self.next_deadline, exchange.deadline)

    def put_back(self, exchange: Exchange) -> None:
        """Lets a request wait before the others, since it has waited before."""
        place = self.suspects if exchange.suspected else self.queue
        self._wait(exchange, place)
        place.move_to_end(exchange, last=False)

    def set_apart(self, exchange: Exchange) -> None:
        """Lets a request wait outside the queue."""
        self._wait(exchange, self.apart)

    def leave(self, exchange: Exchange) -> None:
        """A request does not wait any more; nothing happens where it does not."""
        place = exchange.waits_in
        if place is not None:
            exchange.waits_in = None
            del place[exchange]

    def next(self) -> Exchange:
        """Takes the first of the queue, which must not be empty."""
        exchange, _ = self.queue.popitem(last=False)
        exchange.waits_in = None
        return exchange

    def hold(self, exchange: Exchange, worker: Worker, now: float) -> None:
        """A worker is given a request to run by itself."""
        worker.runs += 1
        self._hold(exchange, worker, now)

    def hold_together(self, members: list[Exchange], worker: Worker, now: float) -> Batch:
        """A worker is given requests to run as one."""
        worker.runs += 1
        for exchange in members:
            self._hold(exchange, worker, now)
        batch = Batch(members)
        for exchange in members:
            exchange.batch = batch
        return batch

    def take(self, exchange: Exchange) -> bool:
        """Takes a request from its worker; whether that is one run less for it."""
        worker = self.held.pop(exchange)
        del worker.in_flight[exchange.id]
        if worker.guest is exchange:
            worker.guest = None
        batch = exchange.batch
        if batch is not None:
            exchange.batch = None  # else they would refer to each other for ever
            batch.left -= 1
            if batch.left:
                return False
        worker.runs -= 1
        return True

    def _wait(self, exchange: Exchange, place: Waiting) -> None:
        if exchange.waits_in is not None:
            self.leave(exchange)
        exchange.waits_in = place
        place[exchange] = None
        self.next_deadline = min(self.next_deadline, exchange.deadline)

    def _hold(self, exchange: Exchange, worker: Worker, now: float) -> None:
        if exchange.waits_in is not None:
            self.leave(exchange)
        id_ = self._last_id = self._last_id + 1  # a new one each time: ids tell who came first
        exchange.id = id_
        exchange.sent = now
        worker.in_flight[id_] = exchange
        self.held[exchange] = worker
