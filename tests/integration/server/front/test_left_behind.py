"""What a request leaves in its worker may end it later: whoever runs then is run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import Crowd, Server, poll
from support.survival import RECORDS, Record, Watch

SCRIPT = """
import json, os, stat, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    if asked.get("leave") == "a child that returns":
        if os.fork() == 0:
            time.sleep(0.2)
        return "left"
    if asked.get("leave") == "sleepers":
        for _ in range(40):
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
        return "left"
    if asked.get("leave") == "a child that writes":
        sockets = []
        for fd in range(3, 4096):
            try:
                if stat.S_ISSOCK(os.fstat(fd).st_mode):
                    sockets.append(os.dup(fd))
            except OSError:
                pass
        if os.fork() == 0:
            time.sleep(0.2)
            for fd in sockets:
                os.write(fd, b"garbage" * 10)
            os._exit(0)
        for fd in sockets:
            os.close(fd)
        return "left"
    if asked.get("leave") == "memory":
        kept.append(bytearray(b"x" * (90 << 20)))
        return "left"
    time.sleep(0.05)
    return asked["echo"]

kept = []
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    settings: dict[str, object] = {
        "workers": 2, "max_processes": 30, "memory_bytes": 400 << 20,
        "control_socket": str(tmp_path / "c"),
    }  # fmt: skip
    with Server(tmp_path, SCRIPT, settings) as running:
        yield running.wait_ready()


@pytest.mark.parametrize(
    "what", ["a child that returns", "sleepers", "a child that writes", "memory"]
)
def test_innocents_do_not_pay_for_it(server: Server, what: str) -> None:
    poll(lambda: len(server.workers()) == 2, "two workers")
    with Watch(server) as watch, Crowd(server, 4, None) as crowd:
        poll(lambda: crowd.right > 8, "the crowd is at work")
        for _ in range(4):
            assert server.call({"leave": what}).json == "left"
            before = crowd.right
            poll(lambda n=before: crowd.right > n + 30 or crowd.wrong, "it goes on")  # type: ignore[misc]
        if watch.lost_at is not None:
            poll(lambda: watch.whole_at is not None, "full strength again")
        crowd.stop_after(1)
    RECORDS.append(
        Record(f"leaves {what}", "by earlier ones", "200", crowd.sent + 4, watch.in_flight,
               len(crowd.wrong), watch.capacity)
    )  # fmt: skip
    assert crowd.wrong == []
