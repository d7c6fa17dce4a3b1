"""One poisonous request among innocent ones: it is told what it did, and nobody else notices."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import Crowd, Server, poll

SCRIPT = """
import json, os, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    if "poison" in asked:
        exec(asked["poison"], {"os": os, "time": time})
        return "survived"
    time.sleep(0.002)
    return asked["echo"]
"""

DEADLY = {
    "SIGKILL": "import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "null pointer": "import ctypes; ctypes.string_at(0)",
    "_exit": "os._exit(7)",
    "garbage on every descriptor": """
for fd in range(3, 4096):
    try: os.write(fd, b"garbage" * 100)
    except OSError: pass
""",
    "fork and exit": """
if os.fork() == 0:
    time.sleep(300)
os._exit(0)
""",
    "daemon and exit": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
os._exit(0)
""",
}
HANGING = {
    "sleeps": "time.sleep(300)",
    "spins in C": "import collections, itertools; collections.deque(itertools.repeat(1), maxlen=0)",
}
HUNGRY = """
held = []
while True:
    held.append(bytearray(4 << 20))
    time.sleep(0.005)
"""
RAISING = {
    "SystemExit": "raise SystemExit(3)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "BaseException": "raise BaseException('x')",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("survival")
    with Server(folder, SCRIPT, {"workers": 2, "scoring_timeout_ms": 1000}) as running:
        yield running.wait_ready()


@pytest.mark.parametrize("poison", DEADLY.values(), ids=list(DEADLY))
def test_a_worker_dies(server: Server, poison: str) -> None:
    poll(lambda: len(server.workers()) == 2, "two workers")
    before = set(server.workers())
    with Crowd(server, 7, 60) as crowd:
        answer = server.call({"poison": poison})
    assert (crowd.right, crowd.wrong) == (crowd.sent, [])
    assert answer.status == 502
    assert answer.headers["x-ms-run-function-failed"] == "True"
    assert answer.json["cause"] == "worker_died"  # type: ignore[index]
    poll(lambda: len(server.workers()) == 2, "full capacity again")
    assert len(before & set(server.workers())) == 1
    poll(lambda: len(server.processes()) == 3, "nothing stays behind")


@pytest.mark.parametrize("poison", HANGING.values(), ids=list(HANGING))
def test_a_worker_hangs(server: Server, poison: str) -> None:
    poll(lambda: len(server.workers()) == 2, "two workers")
    with Crowd(server, 7, 60) as crowd:
        answer = server.call({"poison": poison})
    assert (crowd.right, crowd.wrong) == (crowd.sent, [])
    assert (answer.status, answer.message) == (504, "Scoring timeout after 1000 ms")
    poll(lambda: len(server.workers()) == 2, "full capacity again")


@pytest.mark.parametrize("poison", RAISING.values(), ids=list(RAISING))
def test_run_raises_what_is_not_an_exception(server: Server, poison: str) -> None:
    before = set(server.workers())
    with Crowd(server, 7, 20) as crowd:
        answer = server.call({"poison": poison})
    assert (crowd.right, crowd.wrong) == (crowd.sent, [])
    assert answer.status == 500
    assert answer.headers["x-ms-run-function-failed"] == "True"
    assert set(server.workers()) == before


def test_memory_runs_out(tmp_path: Path) -> None:
    settings: dict[str, object] = {"workers": 2, "memory_bytes": 400 << 20}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        poll(lambda: len(server.workers()) == 2, "two workers")
        with Crowd(server, 7, 60) as crowd:
            answer = server.call({"poison": HUNGRY})
        assert (crowd.right, crowd.wrong) == (crowd.sent, [])
        assert answer.status == 502
        assert answer.json["cause"] == "out_of_memory"  # type: ignore[index]
        assert answer.json["memory_limit_bytes"] == 400 << 20  # type: ignore[index]


def test_a_worker_killed_from_outside_costs_no_request(server: Server) -> None:
    poll(lambda: len(server.workers()) == 2, "two workers")
    with Crowd(server, 7, 60) as crowd:
        os.kill(server.workers()[0], signal.SIGKILL)
    # Whoever it was running cannot be told from the guilty: at most that one is told of it.
    assert crowd.right >= crowd.sent - 1
