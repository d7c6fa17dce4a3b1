"""Who is told that a worker came to grief: never one that found there what others had left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.scripted_worker import MANY, Ask, Kind
from support.virtual_front import Made, fronts


@pytest.fixture
def made() -> Iterator[Made]:
    with fronts(workers=2, memory_bytes=150 << 20, max_processes=MANY - 1) as make:
        yield make


@pytest.mark.parametrize("kind", ["child", "forks", "leaks"])
@pytest.mark.parametrize("workers", [1, 2])
def test_what_others_left_is_laid_at_nobodys_door(made: Made, kind: Kind, workers: int) -> None:
    front = made(workers=workers)
    for number in range(100, 112):
        front.ask(number, Ask(kind))
        front.advance(0.01)
    innocents = []
    for number in range(20):
        innocents.append(front.ask(number, Ask("good", 0.1)))
        front.advance(0.12)
    front.advance(5)
    assert [client for client in innocents if not client.right] == []
    assert len(front.processes) > workers, "no worker came to grief"


@pytest.mark.parametrize("kind", ["garbage", "stranger", "allocates"])
def test_the_guilty_one_is_told_once_it_ran_in_a_fresh_worker(made: Made, kind: Kind) -> None:
    front = made()
    for number in range(8):
        front.ask(number)
        front.advance(0.01)
    guilty = front.ask(8, Ask(kind))
    innocents = [front.ask(number, Ask("good", 0.05)) for number in range(9, 20)]
    front.advance(5)
    assert guilty.status == 502
    assert all(client.right for client in innocents)
    assert len(front.processes) <= 2 + 2, "it ended more workers than it had to"


@pytest.mark.parametrize("guilty", [1, 2])
def test_threads_beside_the_guilty_one_are_not_blamed(made: Made, guilty: int) -> None:
    front = made(workers=1, threads=3)
    kinds = {number: Ask("good", 0.5) for number in (1, 2)} | {guilty: Ask("garbage", 0.1)}
    clients = [front.ask(number, kind) for number, kind in kinds.items()]
    front.advance(5)
    assert clients[guilty - 1].status == 502
    assert clients[2 - guilty].right


def test_a_thread_that_has_done_with_garbage_leaves_no_blame_to_others(made: Made) -> None:
    """It does not run any more when the garbage is read; only the other one does."""
    front = made(workers=1, threads=3)
    front.ask(1, Ask("garbage", 0.1))
    beside = front.ask(2, Ask("good", 0.5))
    front.advance(0.05)
    (worker,) = front.generations.workers
    worker.channel.pause(paused=True)
    front.advance(0.2)
    worker.channel.pause(paused=False)
    front.advance(5)
    assert beside.right


def test_a_signal_is_its_own_fault(made: Made) -> None:
    front = made()
    front.ask(1)
    front.advance(0.1)
    guilty = front.ask(2, Ask("dies"))
    front.advance(1)
    assert guilty.status == 502
    assert len(front.processes) == 3


def test_suspects_leave_a_worker_to_the_others(made: Made) -> None:
    front = made(scoring_timeout_ms=1000)
    suspects = [front.ask(number, Ask("garbage", 0.4)) for number in range(6)]
    others = []
    for number in range(100, 140):
        front.advance(0.1)
        others.append(front.ask(number))
    front.advance(20)
    assert [client.status for client in suspects] == [502] * 6
    assert all(client.right for client in others)
