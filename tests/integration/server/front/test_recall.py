"""Requests behind one that runs for long are given to a worker that has nothing to do."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.front import PATIENCE, Server

SCRIPT = """
import json, os, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    with open("begun", "a") as file:
        file.write("%s\\n" % asked["n"])
    time.sleep(asked.get("sleep", 0))
    if asked.get("stream"):
        return part_by_part()
    if asked.get("hang"):
        until_released()
    return asked["n"]

def part_by_part():
    yield "first"
    until_released()
    yield "last"

def until_released():
    while not os.path.exists("released"):
        time.sleep(0.01)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "service", SCRIPT, {"workers": 2}) as running:
        running.wait_ready()
        for n in range(100):  # so that it knows how little time they take
            assert running.call({"n": -n}).status == 200
        (running.folder / "begun").unlink()
        yield running


def together(server: Server, bodies: Sequence[object]) -> list[socket.socket]:
    """Sends all of them such that the front finds them at one look."""
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in bodies]
    for client in clients:
        client.settimeout(PATIENCE)
        client.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        for client, body in zip(clients, bodies, strict=True):
            data = json.dumps(body).encode()
            head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
            client.sendall(head.encode() + data)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    return clients


def test_nobody_waits_behind_a_hanging_one(server: Server) -> None:
    hanging, *quick = together(server, [{"n": 0, "hang": True}, *[{"n": n} for n in range(1, 20)]])
    for n, client in enumerate(quick, 1):
        assert client.recv(4096).endswith(f"\r\n\r\n{n}".encode())
    (server.folder / "released").touch()
    assert hanging.recv(4096).endswith(b"\r\n\r\n0")
    # The worker that hung goes on, and each was run once.
    assert sorted(map(int, (server.folder / "begun").read_text().split())) == list(range(20))
    answers = together(server, [{"n": n} for n in range(8)])
    assert [client.recv(4096)[-1:] for client in answers] == [b"%d" % n for n in range(8)]
    for client in (hanging, *quick, *answers):
        client.close()


def test_nobody_waits_behind_a_slow_stream(server: Server) -> None:
    streamed, *quick = together(
        server, [{"n": 0, "stream": True}, *[{"n": n} for n in range(1, 20)]]
    )
    for n, client in enumerate(quick, 1):
        assert client.recv(4096).endswith(f"\r\n\r\n{n}".encode())
    (server.folder / "released").touch()
    data = b""
    while b"last" not in data:
        data += streamed.recv(4096)
    assert b"first" in data
    for client in (streamed, *quick):
        client.close()


def test_with_one_worker_they_keep_their_turn(tmp_path: Path) -> None:
    with Server(tmp_path / "service", SCRIPT, {"workers": 1}) as server:
        server.wait_ready()
        for n in range(50):
            assert server.call({"n": -n}).status == 200
        clients = together(server, [{"n": 0, "sleep": 1.0}, *[{"n": n} for n in range(1, 9)]])
        answers = [client.recv(4096) for client in clients]
        assert [answer[-1:] for answer in answers] == [b"%d" % n for n in range(9)]
        for client in clients:
            client.close()
