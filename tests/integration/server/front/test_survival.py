"""One poisonous request among innocent ones: it is told what it did, and nobody else notices."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import Answer, Crowd, Server, poll
from support.survival import Experiment

SCRIPT = """
import json, os, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    if "poison" in asked:
        time.sleep(0.05)  # so that who looks sees what is in flight
        names = {"os": os, "time": time}
        exec(asked["poison"], names)
        return names.get("result", "survived")
    return asked["echo"]
"""

# The worker ends: 502, and what it held is run by another.
DEADLY = {
    "SIGKILL": "import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "null pointer": "import ctypes; ctypes.string_at(0)",
    "_exit": "os._exit(7)",
    "garbage on every descriptor": """
for fd in range(3, 4096):
    try: os.write(fd, b"garbage" * 100)
    except OSError: pass
""",
    "closes every descriptor": "os.closerange(0, 4096)",
    "truncates every descriptor and dies": """
for fd in range(3, 4096):
    try: os.ftruncate(fd, 0)
    except OSError: pass
os._exit(7)
""",
    "scribbles on what is not a socket and dies": """
import stat
for fd in range(3, 4096):
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode): os.pwrite(fd, b"garbage" * 100, 0)
    except OSError: pass
os._exit(7)
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
    "nameless daemon and exit": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sleep", ["sleep", "300"], {"TEST_TAG": os.environ["TEST_TAG"]})
    os._exit(0)
os._exit(0)
""",
    "kills its own session": "import signal; signal.signal(15, signal.SIG_IGN); os.killpg(0, 9)",
    "recursion without a limit": """
import sys
sys.setrecursionlimit(1 << 30)
class Endless:
    def __getattr__(self, name): return getattr(self, name + "x")
Endless().a
""",
}
# It does not return: 504 at the deadline. The worker is replaced if it cannot be interrupted.
HANGING = {
    "sleeps": "time.sleep(300)",
    "spins in C": "import collections, itertools; collections.deque(itertools.repeat(1), maxlen=0)",
    "scribbles on what is not a socket and sleeps": """
import stat
for fd in range(3, 4096):
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode): os.pwrite(fd, b"garbage" * 100, 0)
    except OSError: pass
time.sleep(300)
""",
    "ignores every signal and sleeps": """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(300)
""",
    "waits for a lock that it holds": """
import threading
lock = threading.Lock()
with lock, lock: pass
""",
}
DEAF = {"spins in C", "ignores every signal and sleeps"}
# It answers nothing any more, and does not even run: its end of the socket is spoilt.
SPOILING = {
    "announces an answer without end": """
import stat, struct
head = struct.pack("<2sBBI", b"By", 1, 19, 2**32 - 1)
for fd in range(3, 4096):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, head)
    except OSError: pass
""",
    "shuts every socket": """
import socket
for fd in range(3, 4096):
    try: socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
    except OSError: pass
""",
    "reads every socket": """
import socket, stat, threading
def steal(sock):
    while True: sock.recv(1)
for fd in range(3, 4096):
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode): continue
    except OSError: continue
    threading.Thread(target=steal, args=(socket.socket(fileno=os.dup(fd)),), daemon=True).start()
time.sleep(0.3)
""",
}
# run() fails: 500, and the worker lives on.
RAISING = {
    "SystemExit": "raise SystemExit(3)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "BaseException": "raise BaseException('x')",
    "MemoryError": "bytearray(1 << 60)",
    "an exception that cannot be shown": """
class Silent(BaseException):
    def __str__(self): raise RuntimeError("no")
    __repr__ = __str__
raise Silent
""",
    "a result that cannot be shown": """
class Silent:
    def __str__(self): raise SystemExit(3)
    __repr__ = __str__
    def __getattr__(self, name): raise BaseException(name)
result = Silent()
""",
    "a result that raises when encoded": """
class Bad(dict):
    def __len__(self): return 3
    def items(self): raise KeyboardInterrupt
result = {"a": Bad(b=1)}
""",
    "a result that contains itself": "result = []; result.append(result)",
}
# Nothing fails, and the worker lives on.
BEARABLE = {
    "prints 100 MB": "for _ in range(1600): print('x' * 65535)",
    "leaves a child": "import subprocess; subprocess.Popen(['sleep', '300'])",
    "forks, and both return": "os.fork()",
    "forks, and the child raises": "if os.fork() == 0: raise SystemExit(3)",
    "leaves a daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
os.wait()
""",
    "breaks its streams": "import sys; sys.stdout.close(); sys.stdout = sys.stderr = None",
    "leaves its folder": "os.chdir('/')",
    "raises in __del__": """
class Late:
    def __del__(self): raise BaseException("late")
Late()
""",
    "starts threads that never end": """
import threading
for _ in range(8): threading.Thread(target=time.sleep, args=(300,)).start()
""",
    "handles signals and changes the locale": """
import locale, signal
locale.setlocale(locale.LC_ALL, "C")
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
signal.setitimer(signal.ITIMER_REAL, 60)
""",
    "uses multiprocessing": """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    result = sum(pool.map(abs, range(-5, 0)))
""",
    "uses an event loop": """
import asyncio
async def main():
    await asyncio.sleep(0.01)
    return "done"
result = asyncio.run(main())
""",
}  # fmt: skip

DEADLINE = 1.0
WAYS = ("alone", "frame")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with _started(tmp_path_factory.mktemp("survival"), "native") as running:
        yield running


@pytest.fixture(scope="module")
def v1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with _started(tmp_path_factory.mktemp("survival"), "v1") as running:
        yield running


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For poisons that only need their time."""
    with _started(tmp_path_factory.mktemp("survival"), "native", 60) as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Where a busy machine must not turn a spoilt socket into a deadline that is missed twice."""
    with _started(tmp_path_factory.mktemp("survival"), "native", 5) as running:
        yield running.wait_ready()


def _started(folder: Path, profile: str, seconds: float = DEADLINE) -> Server:
    settings: dict[str, object] = {
        "workers": 2,
        "scoring_timeout_ms": round(seconds * 1000),
        "control_socket": str(folder / "c"),
        "profile": profile,
        "host": "127.0.0.1",
    }
    return Server(folder, SCRIPT, settings)


def _ready(server: Server) -> int:
    return len(_workers(server))


def _workers(server: Server) -> list[int]:
    """Those that can be given requests, as the front sees it."""
    workers = server.control({"op": "status"})["workers"]
    assert isinstance(workers, list)
    return [w["pid"] for w in workers if w["state"] == "ready"]


def _nothing_left(server: Server) -> None:
    poll(lambda: len(server.processes()) == 3, "nothing stays behind", 5)


def _retire(server: Server) -> None:
    """Ends the workers: what they brought into the world goes with them."""
    old = _workers(server)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    poll(lambda: len(set(_workers(server)) - set(old)) == 2, "new workers")
    _nothing_left(server)


def _v1_headers(answer: Answer, failed: str) -> None:
    assert answer.headers["x-ms-run-function-failed"] == failed
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-ms-server-version"]
    assert answer.headers["x-request-id"] == answer.headers["x-ms-request-id"]
    assert answer.message


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", DEADLY)
def test_a_worker_dies(server: Server, poison: str, way: str) -> None:
    poll(lambda: _ready(server) == 2, "two workers")  # the poison before may have ended two
    before = set(_workers(server))
    experiment = Experiment(server, poison, way)
    answer = experiment.run({"poison": DEADLY[poison]}, loses_worker=True)
    assert experiment.wrong == []
    assert answer.status == 502
    assert answer.json["cause"] == "worker_died"  # type: ignore[index]
    _v1_headers(answer, "True")
    assert len(before & set(_workers(server))) == 1, "no more than one at a time"
    _nothing_left(server)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", HANGING)
def test_a_worker_hangs(server: Server, poison: str, way: str) -> None:
    experiment = Experiment(server, poison, way)
    answer = experiment.run({"poison": HANGING[poison]}, loses_worker=poison in DEAF)
    assert experiment.wrong == []
    assert (answer.status, answer.message) == (504, "Scoring timeout after 1000 ms")
    _v1_headers(answer, "True")
    line = rf" 504 ([\d.]+)ms \d+ {answer.headers['x-request-id']}"
    found = poll(lambda: re.search(line, server.output()), "it is logged")
    if way == "alone":  # else it may have waited behind others
        assert float(found[1]) >= DEADLINE * 1000
    _nothing_left(server)


@pytest.mark.alone
@pytest.mark.parametrize("poison", ["SIGKILL", "closes every descriptor", "spins in C"])
def test_full_strength_is_back_in_the_time_of_a_start(server: Server, poison: str) -> None:
    server.wait_ready()
    for _ in range(300):  # so that it is known how little a request takes
        server.call({"echo": 1})
    poll(lambda: _ready(server) == 2, "two workers")
    began = time.monotonic()
    os.kill(server.workers()[0], signal.SIGKILL)
    poll(lambda: _ready(server) == 1, "it is missed")
    poll(lambda: _ready(server) == 2, "a new one is ready")
    start_seconds = time.monotonic() - began
    experiment = Experiment(server, poison, "alone", ", times")
    answer = experiment.run({"poison": {**DEADLY, **HANGING}[poison]}, loses_worker=True)
    assert experiment.capacity is not None
    assert experiment.capacity < 1 + start_seconds
    if answer.status == 504:
        line = rf" 504 ([\d.]+)ms \d+ {answer.headers['x-request-id']}"
        found = poll(lambda: re.search(line, server.output()), "it is logged")
        assert float(found[1]) < DEADLINE * 1000 + 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", SPOILING)
def test_a_worker_falls_silent(unhurried: Server, poison: str, way: str) -> None:
    experiment = Experiment(unhurried, poison, way)
    answer = experiment.run({"poison": SPOILING[poison]}, loses_worker=True)
    assert experiment.wrong == []
    assert answer.status in {200, 502, 504}  # its own reply may have been out, or never come
    _nothing_left(unhurried)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", RAISING)
def test_run_fails(server: Server, poison: str, way: str) -> None:
    poll(lambda: _ready(server) == 2, "two workers")
    before = _workers(server)
    experiment = Experiment(server, poison, way)
    answer = experiment.run({"poison": RAISING[poison]}, loses_worker=False)
    assert experiment.wrong == []
    assert answer.status == 500
    _v1_headers(answer, "False" if "result" in poison else "True")
    assert sorted(_workers(server)) == sorted(before)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", BEARABLE)
def test_run_leaves_a_mess(patient: Server, poison: str, way: str) -> None:
    poll(lambda: len(_workers(patient)) == 2, "two workers")
    before = _workers(patient)
    experiment = Experiment(patient, poison, way)
    answer = experiment.run({"poison": BEARABLE[poison]}, loses_worker=False)
    assert experiment.wrong == []
    assert answer.status == 200, answer.message
    assert sorted(_workers(patient)) == sorted(before)
    _retire(patient)


@pytest.mark.parametrize(
    ("poison", "status"),
    [("SIGKILL", 502), ("spins in C", 500), ("SystemExit", 500), ("fork and exit", 502)],
)
def test_the_v1_profile_says_it_as_v1_did(v1: Server, poison: str, status: int) -> None:
    v1.wait_ready()
    body = {**DEADLY, **HANGING, **RAISING}[poison]
    experiment = Experiment(v1, poison, "alone", ", v1")
    answer = experiment.run({"poison": body}, loses_worker=poison != "SystemExit")
    assert experiment.wrong == []
    assert answer.status == status
    _v1_headers(answer, "True")


BATCHED = """
import os, time
import numpy as np
from brygga_scoring import batched
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema

POISON = {%s}

def init():
    pass

@batched(max_rows=64, max_wait_ms=0)
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    for number, action in POISON.items():
        if number in data:
            time.sleep(0.05)
            exec(action, {"os": os, "time": time})
    return data.sum(axis=1).tolist()
"""
IN_BATCHES = {
    "SIGKILL": (-1, 502),
    "null pointer": (-2, 502),
    "closes every descriptor": (-3, 502),
    "garbage on every descriptor": (-4, 502),
    "sleeps": (-5, 504),
    "spins in C": (-6, 504),
    "SystemExit": (-7, 500),
    "BaseException": (-8, 500),
    "prints 100 MB": (-9, 200),
}


@pytest.fixture(scope="module")
def batching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("numpy")
    bodies = {**DEADLY, **HANGING, **RAISING, **BEARABLE}
    actions = [f"{number}: {bodies[name]!r}" for name, (number, _) in IN_BATCHES.items()]
    server = _started(tmp_path_factory.mktemp("survival"), "native", 3 * DEADLINE)
    server.script = BATCHED % ", ".join(actions)
    with server as running:
        yield running.wait_ready()


@pytest.mark.parametrize("poison", IN_BATCHES)
def test_a_batch_is_parted(batching: Server, poison: str) -> None:
    number, status = IN_BATCHES[poison]
    experiment = Experiment(batching, poison, "batch")
    body = {"data": [[number, 1.0]]}
    loses_worker = status == 502 or poison in DEAF
    answer = experiment.run(body, loses_worker=loses_worker)
    assert experiment.wrong == []
    assert answer.status == status
    _nothing_left(batching)


HUNGRY = """
held = []
while True:
    held.append(bytearray(4 << 20))
    time.sleep(0.005)
"""
HUNGRY_CHILD = """
if os.fork() == 0:
    held = []
    while True:
        held.append(bytearray(4 << 20))
        time.sleep(0.005)
os.wait()
"""


@pytest.mark.parametrize("poison", ["SIGKILL", "closes every descriptor", "spins in C"])
def test_threads_that_run_beside_the_poison(tmp_path: Path, poison: str) -> None:
    script = SCRIPT.replace(
        '    return asked["echo"]', '    time.sleep(0.02)\n    return asked["echo"]'
    )
    settings: dict[str, object] = {
        "workers": 2, "threads_per_worker": 4, "control_socket": str(tmp_path / "c"),
        "scoring_timeout_ms": round(DEADLINE * 1000),
    }  # fmt: skip
    with Server(tmp_path, script, settings) as server:
        server.wait_ready()
        for way in WAYS:
            experiment = Experiment(server, poison, way, ", 4 threads")
            body = {**DEADLY, **HANGING}[poison]
            answer = experiment.run({"poison": body}, loses_worker=True)
            assert experiment.wrong == []
            assert answer.status == (504 if poison in HANGING else 502)


def test_a_worker_may_not_start_processes_without_end(tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "workers": 2, "max_processes": 20, "control_socket": str(tmp_path / "c"),
    }  # fmt: skip
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        experiment = Experiment(server, "forks on and on", "alone")
        poison = "for _ in range(200):\n    if os.fork() == 0: time.sleep(300)\ntime.sleep(300)"
        answer = experiment.run({"poison": poison}, loses_worker=True)
        assert experiment.wrong == []
        assert answer.status == 502
        assert "max_processes is 20" in answer.message
        _nothing_left(server)


def test_pages_shared_with_children_count_once(tmp_path: Path) -> None:
    script = SCRIPT.replace(
        "    pass", "    global model\n    model = bytearray(os.urandom(1 << 20) * 100)"
    )
    settings: dict[str, object] = {
        "workers": 1, "memory_bytes": 400 << 20, "control_socket": str(tmp_path / "c"),
    }  # fmt: skip
    with Server(tmp_path, script, settings) as server:
        server.wait_ready()
        before = _workers(server)
        poison = "[os.fork() == 0 and time.sleep(300) for _ in range(6)]; time.sleep(1)"
        assert server.call({"poison": poison}).status == 200
        assert _workers(server) == before


@pytest.mark.parametrize("poison", [HUNGRY, HUNGRY_CHILD], ids=["memory", "memory of a child"])
def test_memory_runs_out(tmp_path: Path, poison: str) -> None:
    settings: dict[str, object] = {
        "workers": 2, "memory_bytes": 400 << 20, "control_socket": str(tmp_path / "c"),
    }  # fmt: skip
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        name = "allocates" if poison is HUNGRY else "a child allocates"
        experiment = Experiment(server, name, "alone")
        answer = experiment.run({"poison": poison}, loses_worker=True)
        assert experiment.wrong == []
        assert answer.status == 502
        assert answer.json["cause"] == "out_of_memory"  # type: ignore[index]
        assert answer.json["memory_limit_bytes"] == 400 << 20  # type: ignore[index]
        assert answer.json["memory_to_try_bytes"] >= 600 << 20  # type: ignore[index]
        poll(lambda: "Try a limit of " in server.log.read_text(), "the log names a limit")
        _nothing_left(server)


def test_a_worker_killed_from_outside_costs_no_request(server: Server) -> None:
    poll(lambda: _ready(server) == 2, "two workers")
    with Crowd(server, 7, 60) as crowd:
        os.kill(server.workers()[0], signal.SIGKILL)
    # Whoever it was running cannot be told from the guilty: at most that one is told of it.
    assert crowd.right >= crowd.sent - 1
