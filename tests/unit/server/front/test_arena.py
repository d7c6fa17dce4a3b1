"""Places in shared memory: never two in one place, and all of them come back."""

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brygga_server.front.arena import BodyArena
from brygga_server.worker.frames import FrameError

SIZE = 16 * mmap.PAGESIZE
START = 64


def arena() -> tuple[BodyArena, mmap.mmap]:
    memory = mmap.mmap(-1, START + SIZE)
    return BodyArena(memory, START), memory


@given(st.lists(st.tuples(st.integers(1, 24_000), st.booleans())))
def test_what_lies_in_the_arena_is_not_written_over(steps: list[tuple[int, bool]]) -> None:
    places, memory = arena()
    lying: dict[int, bytes] = {}
    for number, (size, release) in enumerate(steps):
        data = bytes([number % 255 + 1]) * size
        place = places.put([data[: size // 2], data[size // 2 :]], size)
        if place is not None:
            assert place.size == size
            assert place.offset not in lying
            lying[place.offset] = data
        if release and lying:
            offset = next(iter(lying))
            places.release(offset)
            del lying[offset]
        for offset, kept in lying.items():
            at = START + offset
            assert memory[at : at + len(kept)] == kept
    assert memory[:START] == bytes(START)


def test_an_empty_arena_takes_what_fills_it() -> None:
    places, _ = arena()
    assert places.put([bytes(SIZE + 1)], SIZE + 1) is None
    for _ in range(3):
        place = places.put([bytes(SIZE)], SIZE)
        assert place is not None
        assert places.put([b"x"], 1) is None
        places.release(place.offset)


def test_a_release_of_nothing_is_garbage() -> None:
    places, _ = arena()
    with pytest.raises(FrameError, match="nothing lies at 5"):
        places.release(5)
