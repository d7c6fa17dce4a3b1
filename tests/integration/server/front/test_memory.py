"""The front's memory does not grow with the number of requests, of whatever kind they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httptools
from support.front import Server, poll

from brygga_server.front.memory import resident

SCRIPT = """
import json

def init():
    pass

def run(raw):
    asked = json.loads(raw) if raw else {}
    if "raise" in asked:
        raise ValueError(asked["raise"])
    if "stream" in asked:
        return (b"x" * 100 for _ in range(3))
    return asked.get("echo")
"""
AT_ONCE = 20


def _get(target: str, *headers: str, method: str = "GET") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _post(body: object, *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _get("/score", f"Content-Length: {len(data)}", *headers, method="POST") + data


CHUNKED = _get("/score", "Transfer-Encoding: chunked", method="POST") + b"2\r\n{}\r\n0\r\n\r\n"
KINDS: list[Callable[[int], bytes]] = [
    lambda n: _post({"echo": n}),
    lambda n: _get(f"/score?echo={n}"),
    lambda n: _get("/"),
    lambda n: _get(f"/nowhere{n}"),
    lambda n: _get("/score", method="DELETE"),
    lambda n: _post({"raise": str(n)}),
    lambda n: _post({"stream": 1}),
    lambda n: CHUNKED,
    lambda n: _post({"echo": n}, f"x-request-id: r{n}", f"x-ms-client-request-id: c{n}"),
    lambda n: _get("/swagger.json?version=3"),
    lambda n: _post({"echo": "y" * 3000}),
    lambda n: _post(b"not json"),
    lambda n: _get("/score", "Origin: http://a", method="OPTIONS"),
]


class _Answers:
    """Counts whole answers."""

    def __init__(self) -> None:
        self.seen = 0

    def on_message_complete(self) -> None:
        self.seen += 1


def _ask(server: Server, first: int, requests: int) -> None:
    """On connections that live for some hundred requests each."""
    for begin in range(first, first + requests, 500):
        answers = _Answers()
        parser = httptools.HttpResponseParser(answers)
        with server.connect() as client:
            for number in range(begin, begin + 500, AT_ONCE):
                ahead = (KINDS[n % len(KINDS)](n) for n in range(number, number + AT_ONCE))
                client.sendall(b"".join(ahead))
                wanted = answers.seen + AT_ONCE
                while answers.seen < wanted:
                    parser.feed_data(client.recv(1 << 16))
        server.clients.clear()


def test_the_front_does_not_grow(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"workers": 1}) as server:
        server.wait_ready()
        _ask(server, 0, 10_000)
        before = resident(server.process.pid)
        _ask(server, 10_000, 10_000)
        assert resident(server.process.pid) - before < 512 << 10


BODIES = """
def init():
    pass

def run(raw):
    return len(raw)
"""


def _sent(server: Server, size: int) -> int:
    """The status of a large body; 0 where the client was refused before it had sent all."""
    try:
        return server.call(b"1" * size).status
    except (BrokenPipeError, ConnectionResetError):
        return 0


def test_bodies_that_come_together_kill_nobody(tmp_path: Path) -> None:
    settings: dict[str, object] = {"memory_bytes": 400 << 20}
    with Server(tmp_path, BODIES, settings) as server:
        server.wait_ready()
        before = server.workers()
        with ThreadPoolExecutor(5) as clients:
            answers = list(clients.map(lambda _: _sent(server, 60 << 20), range(5)))
        assert set(answers) <= {200, 503, 0}
        assert 200 in answers
        assert _sent(server, 101 << 20) in (413, 0)
        poll(lambda: "413" in server.output(), "it was too large")
        assert server.workers() == before
