"""Requests that stand behind others in a worker which takes long: others run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from brygga_server.front.backlog import Backlog
from brygga_server.front.deadlines import members_of
from brygga_server.front.exchange import Exchange
from brygga_server.front.worker import Worker

_SOON = 0.05  # seconds after which what a worker reads and what it says of itself agree


class Recall:
    """Takes back what workers have not begun, once it is certain what they have."""

    def __init__(self, backlog: Backlog, pump: Callable[[], None]) -> None:
        self._backlog = backlog
        self._pump = pump
        self._recalled: list[Worker] = []

    def look(self, ready: list[Worker], now: float) -> None:
        """Called about twenty times a second."""
        if self._recalled:
            self._look_at_recalled(now)
        for worker in ready:
            worker.look_whether_held_up(now)
        if any(not worker.held_up for worker in ready):
            self._recall([worker for worker in ready if worker.held_up], now)

    def skipped(self, worker: Worker, id_: int) -> None:
        """A worker confirms that it has not begun a request, and will not."""
        exchange = worker.in_flight.get(id_)
        if exchange is not None:
            self._take_back(worker, [exchange])
        worker.confirm(id_)

    def _recall(self, workers: Iterable[Worker], now: float) -> None:
        for worker in workers:
            if worker.recalled is None and worker.channel.reading:
                behind = _not_begun(worker, worker.running())
                if behind:
                    worker.recall(max(exchange.id for exchange in behind), now)
                    self._recalled.append(worker)

    def _look_at_recalled(self, now: float) -> None:
        """Takes back what a worker that hangs cannot confirm."""
        for worker in list(self._recalled):
            last, since = worker.recalled or (0, now)
            if worker.in_flight:  # else it is gone, or done
                if now < since + _SOON or not worker.channel.reading:
                    continue
                running = worker.running()
                worker.channel.drain()  # afterwards: what ran then may have been answered since
                not_begun = _not_begun(worker, running)
                self._take_back(worker, [e for e in not_begun if e.id <= last])
                # One that seems to begin at that very moment may yet turn out not to.
                if any(id_ <= last and begun > since - _SOON for id_, begun in running):
                    continue
            worker.recalled = None
            self._recalled.remove(worker)

    def _take_back(self, worker: Worker, exchanges: list[Exchange]) -> None:
        for exchange in reversed(exchanges):
            worker.skipping[exchange.id] = exchange.id
            self._backlog.take(exchange)
            if not exchange.done:
                self._backlog.put_back(exchange)
        if exchanges:
            self._pump()


def _not_begun(worker: Worker, running: list[tuple[int, float]]) -> list[Exchange]:
    """What a worker holds and neither runs nor streams."""
    begun = [worker.in_flight[id_] for id_, _ in running if id_ in worker.in_flight]
    runs = {member for exchange in begun for member in members_of(exchange)}
    return [e for e in worker.in_flight.values() if e not in runs and not e.streaming]
