"""A revision that starts for the first time, with workers that are played: when it is given up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.scripted_worker import Script
from support.virtual_front import CONTRACT, VirtualFront

INIT = 1.0


@pytest.fixture
def front() -> Iterator[VirtualFront]:
    found = VirtualFront(Script(dict(CONTRACT), INIT), workers=2)
    found.generations.start()
    yield found
    found.close()


def test_one_that_has_room_for_one_worker_of_two_is_given_up(front: VirtualFront) -> None:
    """It was tried for ever, and clients were told that the service starts."""
    told: list[dict[str, object]] = []
    front.failed = told.append  # type: ignore[assignment]
    for _ in range(6):
        front.advance(INIT / 2)
        front.processes[-1].die(-9)
        front.advance(INIT / 3)  # the next is there by now
    assert told


def test_one_that_was_complete_is_started_again_for_ever(front: VirtualFront) -> None:
    front.advance(3 * INIT)
    assert front.at_rest
    for _ in range(6):
        front.processes[-1].die(-9)
        front.advance(60.0)
    assert front.at_rest
