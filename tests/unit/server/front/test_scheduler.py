"""Dispatch, redelivery, pools and generations together, driven at random in virtual time.

What must hold at every moment: who was let in is answered exactly once, the queue's length is the
number of those who wait, nobody is blamed for what others did, and once workers are free and
behave, everybody is served.
"""

from __future__ import annotations

import os
from typing import get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.scripted_worker import MANY, Ask, Kind, Script
from support.virtual_front import CONTRACT, Client, VirtualFront

MEMORY = 280 << 20  # bytes that front and workers may hold
LIMIT = 1.0  # seconds that run() may take
GOOD = st.builds(Ask, st.just("good"), st.sampled_from([0.0, 0.001, 0.02, 0.2, 0.6]))
_KINDS: tuple[Kind, ...] = get_args(Kind)
BAD = st.builds(
    Ask,
    st.sampled_from(
        [*_KINDS, "hangs"],
    ),
    st.sampled_from([0.0, 0.02, 0.3, 1.2, 2.5]),
)
TURNS = st.sampled_from([0.0, 0.001, 0.01, 0.06, 0.3, 0.7, 1.1, 2.5])


class Scheduler(RuleBasedStateMachine):
    @initialize(
        workers=st.integers(1, 3),
        threads=st.sampled_from([1, 1, 3]),
        batched=st.booleans(),
        queue_size=st.sampled_from([1, 4, 1000]),
        init_seconds=st.sampled_from([0.05, 0.5, 2.0]),
    )
    def begin(
        self, workers: int, threads: int, batched: bool, queue_size: int, init_seconds: float
    ) -> None:
        contract = {**CONTRACT, "batch": CONTRACT["batch"] if batched else None}
        self.script = Script(contract, init_seconds, threads)
        self.front = VirtualFront(
            self.script,
            workers=workers,
            threads_per_worker=threads,
            queue_size=queue_size,
            scoring_timeout_ms=LIMIT * 1000,
            memory_bytes=MEMORY,
            max_processes=MANY - 1,
        )
        self.number = 0
        self.good: list[Client] = []
        self.front.generations.start()
        self.front.advance(init_seconds + 0.1)

    def teardown(self) -> None:
        try:
            self.everybody_is_served_in_the_end()
        finally:
            self.front.close()

    # -- what may happen ------------------------------------------------------------------------

    @rule(ask=GOOD, count=st.integers(1, 9), joinable=st.booleans())
    def good_requests(self, ask: Ask, count: int, joinable: bool) -> None:
        self.good += [self._ask(ask, joinable) for _ in range(count)]

    @rule(ask=BAD, count=st.integers(1, 4), joinable=st.booleans())
    def bad_requests(self, ask: Ask, count: int, joinable: bool) -> None:
        for _ in range(count):
            self._ask(ask, joinable)

    @rule(seconds=TURNS)
    def time_passes(self, seconds: float) -> None:
        self.front.advance(seconds)

    @precondition(lambda self: self.front.unanswered)
    @rule(data=st.data())
    def a_client_leaves(self, data: st.DataObject) -> None:
        self.front.leave(data.draw(st.sampled_from(self.front.unanswered)))

    @rule()
    def a_new_generation(self) -> None:
        self.front.generations.replace(self.front.settings)

    @rule(count=st.integers(1, 2))
    def processes_do_not_start(self, count: int) -> None:
        self.front.broken_starts = count

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def nobody_is_answered_twice(self) -> None:
        for client in self.front.clients:
            assert len(client.answers) <= 1 - client.gone, client

    @invariant()
    def the_queue_is_who_waits(self) -> None:
        held = {
            exchange
            for pool in self.front.generations.pools
            for worker in pool.workers
            for exchange in worker.in_flight.values()
        }
        waiting = set(self.front.unanswered) - held
        assert self.front.dispatch.waiting == len(waiting)

    @invariant()
    def no_innocent_is_blamed(self) -> None:
        for client in self.good:
            assert client.right or client.busy or not client.answers, client

    def everybody_is_served_in_the_end(self) -> None:
        front = self.front
        front.broken_starts = 0
        for _ in range(300):
            if not front.unanswered and front.at_rest:
                break
            front.advance(1.0)
        assert not front.unanswered
        assert front.at_rest
        for _ in range(3):
            client = self._ask(Ask())
            front.advance(1.5)
            assert client.right, client
        assert front.dispatch.waiting == 0
        self.nobody_is_answered_twice()
        self.no_innocent_is_blamed()

    def _ask(self, ask: Ask, joinable: bool = True) -> Client:
        self.number += 1
        return self.front.ask(self.number, ask, joinable=joinable)


# The same examples each time; SCHEDULER_EXAMPLES=1000 goes on a search of its own.
LONG = int(os.environ.get("SCHEDULER_EXAMPLES", "0"))
TestScheduler = Scheduler.TestCase
TestScheduler.settings = settings(
    max_examples=LONG or 30,
    derandomize=not LONG,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
)
