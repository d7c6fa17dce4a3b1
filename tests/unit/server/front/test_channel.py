"""Frames in many parts arrive whole, however slowly the worker reads."""

import asyncio
import socket

import pytest

from brygga_server.front.channel import WorkerChannel
from brygga_server.worker import frames
from brygga_server.worker.frames import Request


async def received(peer: socket.socket, size: int) -> bytes:
    """`size` bytes, read bit by bit while the loop goes on."""
    loop = asyncio.get_running_loop()
    peer.setblocking(False)
    data = b""
    while len(data) < size:
        data += await asyncio.wait_for(loop.sock_recv(peer, 4096), 10)
    return data


@pytest.mark.parametrize("size", [0, 10, 100_000])
@pytest.mark.parametrize("count", [1, 7, 700])
def test_parts_arrive_in_their_order(size: int, count: int) -> None:
    bodies = [bytes([n % 256]) * (size // count) for n in range(count)]
    items = [
        Request(n, frames.BODY, f"id-{n}", b"meta", memoryview(body))
        for n, body in enumerate(bodies)
    ]

    async def check() -> None:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with theirs:
            channel = WorkerChannel(
                asyncio.get_running_loop(), ours, lambda _k, _p: None, pytest.fail
            )
            channel.send_parts(frames.request_parts(items))
            channel.send(b"behind it")
            channel.send_parts([b"and ", b"", b"this"])
            expected = frames.encode_requests(items) + b"behind it" + b"and this"
            assert await received(theirs, len(expected)) == expected
            channel.close()

    asyncio.run(check())


def test_a_worker_that_is_gone_is_nobody_to_wait_for() -> None:
    async def check() -> None:
        ours, theirs = socket.socketpair()
        channel = WorkerChannel(asyncio.get_running_loop(), ours, lambda _k, _p: None, pytest.fail)
        theirs.close()
        channel.send_parts([b"a", b"b"])
        channel.close()
        channel.send_parts([b"c"])

    asyncio.run(check())
