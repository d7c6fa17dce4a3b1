"""A front takes over from another: nobody who is connected, or about to be, notices."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.front import PATIENCE, poll
from support.supervised import end_tagged

SCRIPT = """
import json, os, time

def init():
    BEGIN

def run(raw):
    awaited = json.loads(raw)
    while awaited and not os.path.exists(awaited):
        time.sleep(0.01)
    return NUMBER
"""


@dataclass
class Supervised:
    """A supervisor with a front, whose successors are asked for as a control plane does."""

    folder: Path
    listening: socket.socket
    process: subprocess.Popen[bytes] = field(init=False)
    tag: str = field(default_factory=lambda: f"TEST_TAG={os.urandom(8).hex()}")

    def __post_init__(self) -> None:
        self.write(1, "")
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "brygga_server.supervisor", str(self.folder / "plan")],
            pass_fds=(self.listening.fileno(),),
            env={**os.environ, "TEST_TAG": self.tag.partition("=")[2]},
        )

    def write(self, number: int, ending: str, begin: str = "pass") -> None:
        """The files of a front that serves a number."""
        root = self.folder / str(number)
        root.mkdir()
        script = SCRIPT.replace("NUMBER", str(number)).replace("BEGIN", begin)
        (root / "score.py").write_text(script)
        fd = self.listening.fileno()
        serve, status = self.folder / "serve", self.folder / "status"
        settings = {
            "app_root": str(root),
            "entry_script": "score.py",
            "revision": number,
            "status_file": str(status),
            "control_socket": str(self.folder / "control"),
        }
        plan = {
            "version": 1,
            "front": [sys.executable, "-I", "-m", "brygga_server.front", str(serve), str(fd)],
            "listen_fd": fd,
            "log": {"path": str(self.folder / "log"), "max_bytes": 1 << 20, "keep": 2},
            "lock_file": str(self.folder / "lock"),
            "state_file": str(self.folder / "state"),
            "status_file": str(status),
        }
        for name, data in (("serve", {"version": 1, "settings": settings}), ("plan", plan)):
            (self.folder / f"{name}{ending}").write_text(json.dumps(data))

    def succeed(self, number: int, begin: str = "pass") -> None:
        """Asks for a front that serves another number."""
        self.write(number, ".next", begin)
        self.process.send_signal(signal.SIGHUP)

    def status(self, name: str = "status") -> dict[str, object]:
        try:
            found = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return {}
        assert isinstance(found, dict)
        return found

    def serves(self, number: int) -> bool:
        status = self.status()
        return (status.get("state"), status.get("revision")) == ("ready", number)

    def ask(self, op: str) -> dict[str, object]:
        """The answer of the control socket."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.folder / "control"))
            sock.sendall(json.dumps({"version": 1, "op": op}).encode() + b"\n")
            found = json.loads(sock.makefile().readline())
            assert isinstance(found, dict)
            return found

    def connect(self) -> socket.socket:
        sock = socket.create_connection(self.listening.getsockname(), timeout=PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def log(self) -> str:
        return (self.folder / "log").read_text()


def request(awaited: str = "") -> bytes:
    """One that runs until there is a file of that name."""
    body = json.dumps(awaited).encode()
    return b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def answer(sock: socket.socket) -> tuple[int, bool]:
    """The number that was served, and whether the connection ends with it."""
    data = b""
    while b"\r\n\r\n" not in data or not data.partition(b"\r\n\r\n")[2]:
        part = sock.recv(65536)
        assert part, f"the connection ended after {data!r}"
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), data
    return int(body), b"Connection: close" in head


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Supervised]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Supervised(tmp_path, listening)
        try:
            poll(lambda: found.serves(1), "it serves")
            yield found
        finally:
            end_tagged(found.tag)
            found.process.wait()


def test_a_connection_that_rests_is_served_by_the_new_front(service: Supervised) -> None:
    with service.connect() as used, service.connect() as fresh:
        used.sendall(request())
        assert answer(used) == (1, False)
        service.succeed(2)
        poll(lambda: service.serves(2), "the new front has taken over")
        for sock in (used, fresh):
            for _ in range(3):
                sock.sendall(request())
                assert answer(sock) == (2, False)


def test_what_has_begun_is_finished_by_the_old_front(service: Supervised, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with service.connect() as running, service.connect() as half:
        half.sendall(request()[:-1])
        running.sendall(request(str(go)))
        poll(lambda: service.ask("status")["in_flight"] == 1, "it runs")
        service.succeed(2)
        poll(lambda: service.serves(2), "the new front has taken over")
        go.touch()
        half.sendall(request()[-1:])
        assert answer(half) == (1, True)
        assert answer(running) == (1, True)
        with service.connect() as new:
            new.sendall(request())
            assert answer(new) == (2, False)


def test_connecting_while_fronts_change(service: Supervised) -> None:
    """A connection for each request: the queue of the listening socket is not lost either."""
    found: list[int] = []
    wrong: list[str] = []
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            try:
                with service.connect() as sock:
                    sock.sendall(request())
                    found.append(answer(sock)[0])
            except (OSError, AssertionError, ValueError) as error:
                wrong.append(repr(error))

    clients = [threading.Thread(target=come_and_go) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        for number in range(2, 6):
            service.succeed(number)
            poll(lambda number=number: service.serves(number), "taken over")  # type: ignore[misc]
        poll(lambda: 5 in found, "somebody has been answered by the last")
    finally:
        over.set()
        for client in clients:
            client.join()
    assert wrong == []
    assert set(found) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("begin", ["raise ValueError('no weights')", "__import__('os')._exit(9)"])
def test_a_successor_that_fails_leaves_the_old_front_serving(
    service: Supervised, begin: str
) -> None:
    service.succeed(2, begin)
    poll(lambda: service.status("status.next").get("state") == "failed", "it has failed")
    assert service.status("status.next")["diagnosis"]
    with service.connect() as sock:
        sock.sendall(request())
        assert answer(sock) == (1, False)
    service.succeed(3)
    poll(lambda: service.serves(3), "another one takes over")
    poll(lambda: service.status("status.next") == {}, "it has taken the status over as well")


def test_a_killed_successor_is_told_of(service: Supervised) -> None:
    service.succeed(2, "__import__('time').sleep(60)")
    pid = poll(lambda: service.status("status.next").get("pid"), "it starts")
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    poll(lambda: service.status("status.next").get("state") == "failed", "it has failed")
    why = service.status("status.next")["diagnosis"]
    assert isinstance(why, dict)
    assert (why["cause"], "signal 9" in why["message"]) == ("server_died", True)
    assert service.serves(1)


def test_a_newer_successor_replaces_one_that_is_starting(service: Supervised) -> None:
    service.succeed(2, "__import__('time').sleep(60)")
    poll(lambda: service.status("status.next").get("pid"), "it starts")
    service.succeed(3)
    poll(lambda: service.serves(3), "the newer one has taken over")


def test_the_old_front_dies_while_its_successor_starts(service: Supervised) -> None:
    service.succeed(2, "__import__('time').sleep(1)")
    pid = service.status()["pid"]
    assert isinstance(pid, int)
    poll(lambda: service.status("status.next").get("pid"), "it starts")
    os.kill(pid, signal.SIGKILL)
    poll(lambda: service.serves(2), "the successor serves")
    with service.connect() as sock:
        sock.sendall(request())
        assert answer(sock) == (2, False)


def test_the_successor_is_restarted_as_itself(service: Supervised) -> None:
    service.succeed(2)
    poll(lambda: service.serves(2), "it has taken over")
    pid = service.status()["pid"]
    assert isinstance(pid, int)
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    with service.connect() as sock:
        sock.sendall(request())
        data = sock.recv(65536)
        while b"503" in data.partition(b"\r\n")[0]:  # starting
            sock.sendall(request())
            data = sock.recv(65536)
    assert data.endswith(b"2")
    assert time.monotonic() - began < 5
    assert service.status()["pid"] != pid


def test_an_old_front_that_hangs_is_not_waited_for_for_ever(service: Supervised) -> None:
    pid = service.status()["pid"]
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGSTOP)
    try:
        service.succeed(2)
        poll(lambda: service.serves(2), "the new front serves all the same")
        with service.connect() as sock:
            sock.sendall(request())
            assert answer(sock) == (2, False)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_many_connections_change_hands_at_once(service: Supervised) -> None:
    sockets = [service.connect() for _ in range(300)]
    try:
        for sock in sockets:
            sock.sendall(request())
        assert {answer(sock) for sock in sockets} == {(1, False)}
        for number in (2, 3):
            service.succeed(number)
            poll(lambda number=number: service.serves(number), "taken over")  # type: ignore[misc]
            for sock in sockets:
                sock.sendall(request())
            assert {answer(sock) for sock in sockets} == {(number, False)}
    finally:
        for sock in sockets:
            sock.close()


def test_the_supervisor_is_killed_while_a_successor_starts(service: Supervised) -> None:
    """That one ends with it; the next supervisor starts it again, and nobody notices."""
    service.succeed(2, "time.sleep(1)")
    poll(lambda: service.status("status.next").get("state") == "starting", "it starts")
    service.process.kill()
    service.process.wait()

    def served() -> int:
        with service.connect() as sock:
            sock.sendall(request())
            return answer(sock)[0]

    poll(lambda: served() == 2, "the new front has taken over")
    poll(lambda: service.serves(2), "and says so")
