"""The deadline of run(): a real worker is asked to end it, and replaced if it does not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.front import Server, poll

SCRIPT = """
import asyncio, collections, itertools, json, os, threading, time

count = 0
caught = []

def init():
    pass

def run(raw):
    global count
    count += 1
    asked = json.loads(raw)
    do = asked.get("do")
    if do == "sleep":
        time.sleep(300)
    if do == "spin":
        while True:
            pass
    if do == "lock":
        lock = threading.Lock()
        with lock, lock:
            pass
    if do == "clean up":
        try:
            time.sleep(300)
        except TimeoutError as error:
            time.sleep(0.3)
            caught.append(str(error))
            raise
    if do == "await":
        return waited()
    if do == "C":
        collections.deque(itertools.repeat(1), maxlen=0)
    if do == "compute":
        until = time.monotonic() + 2.5
        any(map(until.__lt__, iter(time.monotonic, None)))
    if do == "stream":
        return parts()
    time.sleep(asked.get("seconds", 0))
    return {"count": count, "caught": caught, "pid": os.getpid()}

async def waited():
    await asyncio.sleep(300)

def parts():
    yield "first"
    time.sleep(300)
"""
SETTINGS: dict[str, object] = {"workers": 1, "scoring_timeout_ms": 600}


@pytest.mark.parametrize("do", ["sleep", "spin", "lock", "clean up", "await"])
@pytest.mark.parametrize("profile", ["native", "v1"])
def test_a_worker_that_comes_back_is_kept(tmp_path: Path, do: str, profile: str) -> None:
    settings = {**SETTINGS, "profile": profile, "host": "127.0.0.1"}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        workers = server.workers()
        for turn in range(3):
            answer = server.call({"do": do})
            assert answer.status == (504 if profile == "native" else 500)
            assert answer.message == "Scoring timeout after 600 ms"
            found = server.call({}).json
            assert isinstance(found, dict)
            assert found["count"] == 2 * (turn + 1), "init() ran anew"
            assert len(found["caught"]) == (turn + 1) * (do == "clean up")
        assert server.workers() == workers


def test_its_owner_is_told_where_run_was(tmp_path: Path) -> None:
    settings = {**SETTINGS, "scoring_timeout_ms": 100, "control_socket": str(tmp_path / "c")}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        answer = server.call({"do": "sleep"})
        question: dict[str, object] = {
            "op": "failure",
            "request": answer.headers["x-ms-request-id"],
        }
        poll(lambda: server.control(question)["failure"] is not None, "it has come back")
        failure = server.control(question)["failure"]
        assert isinstance(failure, dict)
        assert (answer.status, failure["file"], failure["line"]) == (504, "score.py", 16)
        assert "time.sleep(300)" in failure["traceback"]


@pytest.mark.parametrize("on_timeout", ["interrupt", "replace"])
def test_a_worker_that_does_not_is_replaced(tmp_path: Path, on_timeout: str) -> None:
    with Server(tmp_path, SCRIPT, {**SETTINGS, "on_timeout": on_timeout}) as server:
        server.wait_ready()
        workers = server.workers()
        do = "C" if on_timeout == "interrupt" else "sleep"
        with ThreadPoolExecutor() as threads:
            hanging = threads.submit(server.call, {"do": do})
            poll(lambda: server.gauge("in_flight") == 1, "it runs")
            behind = threads.submit(server.call, {"seconds": 0.4})
            assert hanging.result().status == 504
            assert behind.result().status == 200
        assert not set(workers) & set(server.workers())


def test_a_successor_starts_before_a_worker_is_given_up(tmp_path: Path) -> None:
    """What it does in C may come to its end after all: then nothing was lost."""
    script = SCRIPT.replace("def init():\n    pass", "def init():\n    time.sleep(4)")
    settings = {**SETTINGS, "control_socket": str(tmp_path / "c")}
    with Server(tmp_path, script, settings) as server:
        server.wait_ready()
        (first,) = server.workers()
        assert server.call({"do": "compute"}).status == 504

        def states() -> dict[int, str]:
            workers = server.control({"op": "status"})["workers"]
            assert isinstance(workers, list)
            return {w["pid"]: w["state"] for w in workers}

        poll(lambda: sorted(states().values()) == ["starting", "stuck"], "its successor starts")
        answer = server.call({}).json
        assert isinstance(answer, dict)
        assert (answer["pid"], answer["count"]) == (first, 2)
        poll(lambda: states() == {first: "ready"}, "the successor is not needed")


def test_one_of_several_threads(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {**SETTINGS, "threads_per_worker": 3}) as server:
        server.wait_ready()
        workers = server.workers()
        with ThreadPoolExecutor() as threads:
            spinning = threads.submit(server.call, {"do": "spin"})
            others = [threads.submit(server.call, {"seconds": 0.2}) for _ in range(8)]
            assert spinning.result().status == 504
            assert [call.result().status for call in others] == [200] * 8
        assert [server.call({}).status for _ in range(20)] == [200] * 20
        assert server.workers() == workers


def test_a_stream_that_pauses_for_too_long(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, SETTINGS) as server:
        server.wait_ready()
        workers = server.workers()
        with server.connect() as client:
            data = b'{"do": "stream"}'
            head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
            client.sendall(head.encode() + data)
            got = b""
            while part := client.recv(4096):
                got += part
        assert b"first" in got
        assert not got.endswith(b"0\r\n\r\n")
        assert server.call({}).status == 200
        assert server.workers() == workers


def test_many_deadlines_beside_each_other_hit_nobody_else(tmp_path: Path) -> None:
    """Runs that end at about the deadline: whatever comes of them, the next one is untouched."""
    settings = {**SETTINGS, "scoring_timeout_ms": 100, "workers": 2}
    with Server(tmp_path, SCRIPT, settings) as server:
        server.wait_ready()
        wrong: list[object] = []

        def call() -> None:
            for turn in range(25):
                server.call({"seconds": 0.09 + turn / 1000})
                found = server.call({})
                if found.status != 200:
                    wrong.append(found)

        threads = [threading.Thread(target=call) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
