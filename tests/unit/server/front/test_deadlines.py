"""A run that takes too long is answered in time; its worker is asked to end it, then replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.scripted_worker import GOOD, Ask, Kind
from support.virtual_front import Made, VirtualFront, fronts

LIMIT = 1.0


@pytest.fixture
def made() -> Iterator[Made]:
    with fronts(workers=1, scoring_timeout_ms=LIMIT * 1000) as make:
        yield make


@pytest.mark.parametrize(
    ("kind", "starts"), [("sleeps", 1), ("cleans", 1), ("hangs", 2), ("computes", 1)]
)
def test_a_worker_is_replaced_only_if_it_does_not_come_back(
    made: Made, kind: Kind, starts: int
) -> None:
    front = made()
    late = front.ask(1, Ask(kind, LIMIT + 0.3))
    behind = front.ask(2)
    front.advance(LIMIT - 0.01)
    assert late.status == 0
    front.advance(0.08)
    assert late.status == 504
    front.advance(2)
    assert behind.right
    assert len(front.processes) == starts
    next_one = front.ask(3)
    front.advance(0.1)
    assert next_one.right


def test_its_successor_starts_before_a_worker_is_given_up(made: Made) -> None:
    front = made(init=5.0)
    late = front.ask(1, Ask("computes", LIMIT + 2))
    front.advance(LIMIT + 1.5)
    assert late.status == 504
    assert alive(front) == [True, True]
    assert front.status.state == "unready"
    waiting = front.ask(2)
    front.advance(1)
    assert waiting.right, "the first has come back before the second was ready"
    assert front.status.state == "ready"
    front.advance(10)
    assert alive(front) == [True, False]


def test_the_successor_takes_over_from_one_that_does_not_come_back(made: Made) -> None:
    front = made(init=2.0)
    front.ask(1, Ask("hangs"))
    waiting = front.ask(2)
    front.advance(LIMIT + 2)
    assert alive(front) == [True, True]
    front.advance(1)
    assert waiting.right
    assert alive(front) == [False, True]


@pytest.mark.parametrize(("limit", "first_lives"), [(24 << 20, False), (26 << 20, True)])
def test_without_memory_for_both_the_first_goes_before(
    made: Made, limit: int, first_lives: bool
) -> None:
    """Each holds 10 MiB, and together they may hold 0.8 of the limit."""
    front = made(init=2.0, memory_bytes=limit)
    front.ask(1, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert alive(front) == [first_lives, True]


def test_a_successor_that_starts_needs_what_it_will_hold(made: Made) -> None:
    front = made(init=2.0, workers=2, memory_bytes=45 << 20)  # for three, and not for four
    for number in (1, 2):
        front.ask(number, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert sorted(alive(front)) == [False, True, True, True]


def test_a_successor_that_waits_for_what_the_first_holds_gets_it(made: Made) -> None:
    """A lock, say, or a device."""
    front = made(init=1.0)
    front.script.init_seconds = 60.0
    front.ask(1, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert alive(front) == [True, True]
    front.advance(1.5)
    assert alive(front) == [False, True]


def test_a_worker_that_has_come_back_is_not_as_new(made: Made) -> None:
    front = made(init=5.0)
    front.ask(1, Ask("computes", LIMIT + 2))
    front.advance(LIMIT + 3)
    assert [worker.untouched for worker in front.generations.workers] == [False]


def alive(front: VirtualFront) -> list[bool]:
    return [process.alive for process in front.processes]


def test_a_worker_may_be_replaced_at_once(made: Made) -> None:
    front = made(on_timeout="replace")
    late = front.ask(1, Ask("sleeps"))
    front.advance(LIMIT + 0.06)
    assert late.status == 504
    front.advance(0.05)
    assert alive(front) == [False, True]


def test_a_client_in_a_hurry_costs_nobody_the_worker(made: Made) -> None:
    front = made()
    hasty = front.ask(1, Ask("good", 0.8), wanted=0.2)
    front.advance(0.3)
    assert hasty.status == 504
    front.advance(0.7)
    next_one = front.ask(2)
    front.advance(0.1)
    assert next_one.right
    assert len(front.processes) == 1


def test_a_batch_that_is_interrupted_runs_one_by_one_in_its_worker(made: Made) -> None:
    front = made(batched=True)
    front.ask(1, Ask("good", 0.2))
    front.advance(0.01)
    together = [front.ask(number, Ask("sleeps") if number == 4 else GOOD) for number in range(2, 8)]
    front.advance(2 * LIMIT + 0.5)
    assert [client.status for client in together] == [200, 200, 504, 200, 200, 200]
    assert len(front.processes) == 1


def test_a_batch_that_hangs_is_parted(made: Made) -> None:
    front = made(batched=True, workers=2)
    blocker = [front.ask(number, Ask("good", 0.2)) for number in (1, 100)]
    front.advance(0.01)
    together = [front.ask(n, Ask("hangs") if n == 4 else GOOD) for n in range(2, 8)]
    front.advance(3 * LIMIT + 1)
    assert all(client.right for client in blocker)
    assert [client.status for client in together] == [200, 200, 504, 200, 200, 200]


def test_other_threads_run_on(made: Made) -> None:
    front = made(threads=2)
    late = front.ask(1, Ask("sleeps"))
    others = []
    for number in range(2, 14):
        others.append(front.ask(number, Ask("good", 0.1)))
        front.advance(0.12)
    assert late.status == 504
    assert all(client.right for client in others)
    assert len(front.processes) == 1


def test_waiting_has_a_limit_of_its_own(made: Made) -> None:
    front = made(queue_timeout_ms=300)
    front.ask(1, Ask("good", 0.9))
    front.advance(0.01)
    waiting = front.ask(2)
    front.advance(0.4)
    assert (waiting.status, waiting.busy) == (503, False)
    assert front.dispatch.waiting == 0


def test_threads_that_c_code_holds_up_do_not_pay_for_it(made: Made) -> None:
    front = made(threads=3)
    late = front.ask(1, Ask("hangs"))
    front.advance(0.02)
    held_up = [front.ask(number, Ask("hangs")) for number in (2, 3)]
    front.advance(0.02)
    front.script.asks.update({2: GOOD, 3: GOOD})  # elsewhere they run well
    front.advance(LIMIT + 1)
    assert late.status == 504
    assert all(client.right for client in held_up)
