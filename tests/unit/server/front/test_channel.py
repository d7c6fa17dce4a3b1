"""The front's end of the socket to a worker that says anything."""

from __future__ import annotations

import asyncio
import socket

import pytest

from brygga_server.front.channel import Channel
from brygga_server.worker import frames


async def _told(said: list[bytes], fail: Exception | None = None) -> tuple[list[int], list[str]]:
    """What is understood of what a worker writes, piece by piece."""
    kinds: list[int] = []
    garbage: list[str] = []

    def on_frame(kind: int, payload: memoryview) -> None:
        kinds.append(kind)
        if fail is not None:
            raise fail

    ours, theirs = socket.socketpair()
    with theirs:
        channel = Channel(asyncio.get_running_loop(), ours, on_frame, garbage.append)
        for piece in said:
            theirs.sendall(piece)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        channel.drain()
        channel.close()
    return kinds, garbage


FRAME = frames.encode_frame(frames.END, b"12345678")


def test_frames_in_any_pieces() -> None:
    pieces = [FRAME[:3], FRAME[3:9], FRAME[9:] + FRAME]
    assert asyncio.run(_told(pieces)) == ([frames.END] * 2, [])


def test_what_follows_garbage_is_not_believed() -> None:
    kinds, garbage = asyncio.run(_told([FRAME, b"garbage" * 100, FRAME, b"x" * 1000]))
    assert kinds == [frames.END]
    assert len(garbage) == 1


@pytest.mark.parametrize("error", [TypeError("x"), RecursionError("x"), KeyError("x")])
def test_a_frame_that_makes_its_reader_fail_is_garbage(error: Exception) -> None:
    kinds, garbage = asyncio.run(_told([FRAME, FRAME], error))
    assert kinds == [frames.END]
    assert garbage == [f"{type(error).__name__}: {error}"]
