"""How long requests wait until they are begun, and how long they run then."""

from __future__ import annotations

from brygga_server.front.answers import Answers
from brygga_server.front.backlog import NEVER, Backlog
from brygga_server.front.clock import Clock
from brygga_server.front.exchange import Exchange, Waiting
from brygga_server.front.outcomes import Outcome
from brygga_server.front.redelivery import Redelivery
from brygga_server.front.worker import Worker

_HEARD = 0.5  # seconds after which a worker that has not heard what it is asked sits in C code
_GRACE = 2.0  # seconds for a script to clean up, where it has


class Deadlines:
    """Tells who has waited or run for too long.

    The two are counted apart: whoever waits behind one that hangs has its own time to run. A run
    whose time is up is answered at once; its worker is asked to end it, and replaced if it does
    not.
    """

    def __init__(
        self, clock: Clock, backlog: Backlog, answers: Answers, redelivery: Redelivery
    ) -> None:
        self._now = clock.now
        self.timeout = 60.0  # seconds that a run may take before its worker is replaced
        self.patience = 300.0  # seconds that a request may wait until it is begun
        self._backlog = backlog
        self._answers = answers
        self._redelivery = redelivery

    def set(self, exchange: Exchange, now: float) -> None:
        """The times of a request, which begins to wait."""
        wanted = exchange.wanted_timeout
        exchange.timeout, exchange.patience = self.timeout, self.patience
        if wanted:
            exchange.timeout = min(self.timeout, wanted)
            exchange.patience = min(self.patience, wanted)
        exchange.deadline = now + exchange.patience

    def look(self, now: float) -> None:
        """Called about twenty times a second."""
        backlog = self._backlog
        for worker in dict.fromkeys(backlog.held.values()):
            self._look_at(worker, now)
        if now < backlog.next_deadline:
            return
        backlog.next_deadline = NEVER
        for place in (backlog.queue, backlog.suspects, backlog.apart):
            self._look_at_waiting(place, now)

    def _look_at_waiting(self, place: Waiting, now: float) -> None:
        for exchange in list(place):
            if exchange.waits_in is not place:
                continue  # answering another has moved it
            if now >= exchange.deadline:
                self._backlog.leave(exchange)
                self._has_waited(exchange)
            else:
                self._backlog.next_deadline = min(self._backlog.next_deadline, exchange.deadline)

    def _look_at(self, worker: Worker, now: float) -> None:
        """What a worker runs, and what it has not begun."""
        running = [
            (worker.in_flight[id_], begun)
            for id_, begun in sorted(worker.running(), key=lambda run: run[1])
            if id_ in worker.in_flight
        ]
        if worker.asked:
            ids = {exchange.id for exchange, _ in running}
            worker.asked = {id_: when for id_, when in worker.asked.items() if id_ in ids}
        runs: set[Exchange] = set()
        for exchange, begun in running:
            runs.update(members_of(exchange))
            if self._look_at_run(worker, exchange, begun, now):
                worker.channel.drain()  # it may have answered at this very moment
                if exchange.id in worker.in_flight and worker.ended_for is None:
                    self._redelivery.give_up(worker)
                return
        for exchange in list(worker.in_flight.values()):
            waits = not (exchange.done or exchange.streaming or exchange in runs)
            if waits and now >= exchange.deadline:
                self._has_waited(exchange)

    def _look_at_run(self, worker: Worker, exchange: Exchange, begun: float, now: float) -> bool:
        """Whether a worker has to be given up for what it runs."""
        asked = worker.asked.get(exchange.id)
        if asked is not None and asked >= begun:  # else it has come back, and runs it alone
            return now >= asked + (_GRACE if worker.listens else _HEARD)
        members = members_of(exchange)
        if now < begun + max(self.timeout, exchange.timeout):
            for member in members:
                if now >= begun + member.timeout and not (member.done or member.streaming):
                    self._has_run(member)
            return False
        if worker.asked and not worker.listens:
            return False  # C code of another run may hold this one up: it runs again elsewhere
        self._overdue(members)
        if worker.interruptible:
            worker.ask(exchange.id, now)
        return not worker.interruptible

    def _overdue(self, members: list[Exchange]) -> None:
        """Tells a client that its run is given up; of several the guilty one has to be found."""
        if len(members) > 1:
            for member in members:
                member.suspected = True
                member.deadline = self._now() + member.patience
            return
        exchange = members[0]
        if exchange.streaming and not exchange.done:
            self._answers.end(exchange, complete=False)
        elif not exchange.done:
            self._has_run(exchange)

    def _has_run(self, exchange: Exchange) -> None:
        message = f"Scoring timeout after {round(exchange.timeout * 1000)} ms"
        self._answers.error(exchange, Outcome.TIMEOUT, message)

    def _has_waited(self, exchange: Exchange) -> None:
        message = f"No worker was free for {round(exchange.patience * 1000)} ms; try again shortly."
        self._answers.error(exchange, Outcome.OVERLOAD, message)


def members_of(exchange: Exchange) -> list[Exchange]:
    """Those that run when a worker says that it runs this one: it may stand for its batch."""
    batch = exchange.batch
    if batch is None or exchange.id != batch.first or exchange.suspected:
        return [exchange]
    return [member for member in batch.members if member.batch is batch]
