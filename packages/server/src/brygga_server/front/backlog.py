"""The requests that are not answered yet: those that wait, and those that a worker holds."""

from __future__ import annotations

from collections import deque

from brygga_server.front.admission import Admission
from brygga_server.front.exchange import Exchange
from brygga_server.front.worker import Worker

NEVER = float("inf")


class Backlog:
    """Keeps count. Who leaves the waiting stays in the queue until its turn is passed over."""

    def __init__(self, admission: Admission) -> None:
        self.queue: deque[Exchange] = deque()
        self.apart: set[Exchange] = set()  # read elsewhere before they join the queue
        self.running: dict[int, tuple[Exchange, Worker]] = {}  # at a worker, by id
        self.next_deadline = NEVER  # monotonic seconds; nothing is due before
        self._admission = admission
        self._last_id = 0

    @property
    def waiting(self) -> int:
        """How many wait in the queue."""
        return self._admission.waiting - len(self.apart)

    def set_apart(self, exchange: Exchange) -> None:
        """Lets a request wait outside the queue, where it counts and has its deadline as well."""
        exchange.waiting = True
        self._admission.waiting += 1
        self.next_deadline = min(self.next_deadline, exchange.deadline)
        self.apart.add(exchange)

    def enqueue(self, exchange: Exchange, *, first: bool = False) -> None:
        """Lets a request wait."""
        exchange.waiting = True
        self._admission.waiting += 1
        self.next_deadline = min(self.next_deadline, exchange.deadline)
        if first:
            self.queue.appendleft(exchange)
        else:
            self.queue.append(exchange)

    def leave(self, exchange: Exchange) -> None:
        """A request in the queue does not wait any more."""
        exchange.waiting = False
        self._admission.waiting -= 1

    def leave_apart(self, exchange: Exchange) -> None:
        """A request does not wait outside the queue any more."""
        self.apart.remove(exchange)
        self.leave(exchange)

    def forget(self, exchange: Exchange) -> None:
        """Frees what a waiting request holds, whose client is gone."""
        self.apart.discard(exchange)
        self.leave(exchange)
        exchange.body, exchange.form = b"", None
        # Places of the gone are passed over when their turn comes; no worker, no turn.
        if len(self.queue) > 2 * self.waiting + 256:
            self.queue = deque(e for e in self.queue if e.waiting)

    def hold(self, exchange: Exchange, worker: Worker, now: float) -> None:
        """A worker is given a request, which gets a new id: ids tell who came first."""
        id_ = self._last_id = self._last_id + 1
        exchange.id = id_
        exchange.sent = now
        worker.in_flight[id_] = exchange
        self.running[id_] = (exchange, worker)
        self.next_deadline = min(self.next_deadline, exchange.deadline)

    def worker_of(self, exchange: Exchange) -> Worker | None:
        """The worker that holds a request."""
        found = self.running.get(exchange.id)
        return None if found is None or found[0] is not exchange else found[1]

    def take(self, exchange: Exchange, worker: Worker) -> bool:
        """Takes a request from its worker; whether that is one run less for it."""
        del worker.in_flight[exchange.id]
        self.running.pop(exchange.id, None)
        batch = exchange.batch
        if batch is not None:
            exchange.batch = None  # else they would refer to each other for ever
            batch.left -= 1
            if batch.left:
                return False
        worker.runs -= 1
        return True

    def take_all(self, worker: Worker) -> list[Exchange]:
        """Takes all that a worker holds, which runs nothing any more."""
        held = list(worker.in_flight.values())
        worker.in_flight.clear()
        for exchange in held:
            self.running.pop(exchange.id, None)
        return held
