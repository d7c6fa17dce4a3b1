"""A run that takes too long is answered in time; its worker is asked to end it, then replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.scripted_worker import GOOD, Ask, Kind, Script
from support.virtual_front import CONTRACT, Client, VirtualFront

Made = Callable[..., VirtualFront]
LIMIT = 1.0


@pytest.fixture
def made() -> Iterator[Made]:
    fronts: list[VirtualFront] = []

    def make(
        *, batched: bool = False, threads: int = 1, init: float = 0.1, **settings: object
    ) -> VirtualFront:
        contract = {**CONTRACT, "batch": CONTRACT["batch"] if batched else None}
        given = {"workers": 1, "scoring_timeout_ms": LIMIT * 1000, **settings}
        script = Script(contract, init, threads)
        front = VirtualFront(script, threads_per_worker=threads, **given)
        fronts.append(front)
        front.generations.start()
        front.advance(init + 0.1)
        return front

    yield make
    for front in fronts:
        front.close()


def ask(front: VirtualFront, number: int, doing: Ask = GOOD) -> Client:
    front.script.asks[number] = doing
    return front.ask(number)


@pytest.mark.parametrize(
    ("kind", "starts"), [("sleeps", 1), ("cleans", 1), ("hangs", 2), ("computes", 1)]
)
def test_a_worker_is_replaced_only_if_it_does_not_come_back(
    made: Made, kind: Kind, starts: int
) -> None:
    front = made()
    late = ask(front, 1, Ask(kind, LIMIT + 0.3))
    behind = ask(front, 2)
    front.advance(LIMIT - 0.01)
    assert late.status == 0
    front.advance(0.08)
    assert late.status == 504
    front.advance(2)
    assert behind.right
    assert len(front.processes) == starts
    next_one = ask(front, 3)
    front.advance(0.1)
    assert next_one.right


def test_its_successor_starts_before_a_worker_is_given_up(made: Made) -> None:
    front = made(init=5.0)
    late = ask(front, 1, Ask("computes", LIMIT + 2))
    front.advance(LIMIT + 1.5)
    assert late.status == 504
    assert alive(front) == [True, True]
    assert front.status.state == "unready"
    waiting = ask(front, 2)
    front.advance(1)
    assert waiting.right, "the first has come back before the second was ready"
    assert front.status.state == "ready"
    front.advance(10)
    assert alive(front) == [True, False]


def test_the_successor_takes_over_from_one_that_does_not_come_back(made: Made) -> None:
    front = made(init=2.0)
    ask(front, 1, Ask("hangs"))
    waiting = ask(front, 2)
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
    ask(front, 1, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert alive(front) == [first_lives, True]


def test_a_successor_that_starts_needs_what_it_will_hold(made: Made) -> None:
    front = made(init=2.0, workers=2, memory_bytes=45 << 20)  # for three, and not for four
    for number in (1, 2):
        ask(front, number, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert sorted(alive(front)) == [False, True, True, True]


def test_a_successor_that_waits_for_what_the_first_holds_gets_it(made: Made) -> None:
    """A lock, say, or a device."""
    front = made(init=1.0)
    front.script.init_seconds = 60.0
    ask(front, 1, Ask("hangs"))
    front.advance(LIMIT + 1)
    assert alive(front) == [True, True]
    front.advance(1.5)
    assert alive(front) == [False, True]


def test_a_worker_that_has_come_back_is_not_as_new(made: Made) -> None:
    front = made(init=5.0)
    ask(front, 1, Ask("computes", LIMIT + 2))
    front.advance(LIMIT + 3)
    assert [worker.untouched for worker in front.generations.workers] == [False]


def alive(front: VirtualFront) -> list[bool]:
    return [process.alive for process in front.processes]


def test_a_worker_may_be_replaced_at_once(made: Made) -> None:
    front = made(on_timeout="replace")
    late = ask(front, 1, Ask("sleeps"))
    front.advance(LIMIT + 0.06)
    assert late.status == 504
    front.advance(0.05)
    assert alive(front) == [False, True]


def test_a_client_in_a_hurry_costs_nobody_the_worker(made: Made) -> None:
    front = made()
    front.script.asks[1] = Ask("good", 0.8)
    hasty = front.ask(1, wanted=0.2)
    front.advance(0.3)
    assert hasty.status == 504
    front.advance(0.7)
    next_one = ask(front, 2)
    front.advance(0.1)
    assert next_one.right
    assert len(front.processes) == 1


def test_a_batch_that_is_interrupted_runs_one_by_one_in_its_worker(made: Made) -> None:
    front = made(batched=True)
    ask(front, 1, Ask("good", 0.2))
    front.advance(0.01)
    together = [
        ask(front, number, Ask("sleeps") if number == 4 else GOOD) for number in range(2, 8)
    ]
    front.advance(2 * LIMIT + 0.5)
    assert [client.status for client in together] == [200, 200, 504, 200, 200, 200]
    assert len(front.processes) == 1


def test_a_batch_that_hangs_is_parted(made: Made) -> None:
    front = made(batched=True, workers=2)
    blocker = [ask(front, number, Ask("good", 0.2)) for number in (1, 100)]
    front.advance(0.01)
    together = [ask(front, n, Ask("hangs") if n == 4 else GOOD) for n in range(2, 8)]
    front.advance(3 * LIMIT + 1)
    assert all(client.right for client in blocker)
    assert [client.status for client in together] == [200, 200, 504, 200, 200, 200]


def test_other_threads_run_on(made: Made) -> None:
    front = made(threads=2)
    late = ask(front, 1, Ask("sleeps"))
    others = []
    for number in range(2, 14):
        others.append(ask(front, number, Ask("good", 0.1)))
        front.advance(0.12)
    assert late.status == 504
    assert all(client.right for client in others)
    assert len(front.processes) == 1


def test_waiting_has_a_limit_of_its_own(made: Made) -> None:
    front = made(queue_timeout_ms=300)
    ask(front, 1, Ask("good", 0.9))
    front.advance(0.01)
    waiting = ask(front, 2)
    front.advance(0.4)
    assert (waiting.status, waiting.busy) == (503, False)
    assert front.dispatch.waiting == 0


def test_threads_that_c_code_holds_up_do_not_pay_for_it(made: Made) -> None:
    front = made(threads=3)
    late = ask(front, 1, Ask("hangs"))
    front.advance(0.02)
    held_up = [ask(front, number, Ask("hangs")) for number in (2, 3)]
    front.advance(0.02)
    front.script.asks.update({2: GOOD, 3: GOOD})  # elsewhere they run well
    front.advance(LIMIT + 1)
    assert late.status == 504
    assert all(client.right for client in held_up)
