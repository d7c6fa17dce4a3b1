"""The supervisor: the port and the log outlive the front, and nobody outlives the supervisor."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.front import PATIENCE, poll
from support.supervised import end_tagged

from brygga_server.orphans import tagged

SCRIPT = """
import json, subprocess, sys

def init():
    # A child of the user's own, in a session of its own: it has to go as well.
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)

def run(raw):
    return json.loads(raw)
"""


@dataclass
class Supervised:
    folder: Path
    process: subprocess.Popen[bytes]
    port: int
    tag: bytes

    def score(self) -> object:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/score", b'{"a": 1}')
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return json.load(response)
        except OSError:
            return None

    def end(self) -> None:
        """Kills all of it."""
        end_tagged(self.tag.decode())
        self.process.communicate()

    def living(self, word: bytes = b"") -> list[int]:
        """Processes of this supervisor with a word in their command."""
        found = []
        for path in Path("/proc").iterdir():
            if not path.name.isdigit() or not tagged(int(path.name), self.tag):
                continue
            try:
                command = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if command and word in command:
                found.append(int(path.name))
        return found


def start(folder: Path, script: str, port: socket.socket) -> Supervised:
    (folder / "score.py").write_text(script)
    config = folder / "config.json"
    fd = port.fileno()
    settings = {"app_root": str(folder), "entry_script": "score.py", "listen_fd": fd}
    config.write_text(json.dumps({"version": 1, "settings": settings}))
    plan = folder / "plan.json"
    plan.write_text(
        json.dumps(
            {
                "version": 1,
                "front": [sys.executable, "-m", "brygga_server.front", str(config), str(fd)],
                "listen_fd": fd,
                "log": {"path": str(folder / "log"), "max_bytes": 1 << 20, "keep": 2},
                "lock_file": str(folder / "lock"),
                "state_file": str(folder / "state.json"),
            }
        )
    )
    tag = f"TEST_TAG={os.urandom(8).hex()}"
    process = subprocess.Popen(
        [sys.executable, "-m", "brygga_server.supervisor", str(plan)],
        pass_fds=(fd,),
        stderr=subprocess.PIPE,
        env={**os.environ, "TEST_TAG": tag.partition("=")[2]},
    )
    return Supervised(folder, process, port.getsockname()[1], tag.encode())


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.fixture
def service(tmp_path: Path, port: socket.socket) -> Iterator[Supervised]:
    found = start(tmp_path, SCRIPT, port)
    try:
        poll(lambda: found.score() == {"a": 1}, "it serves")
        yield found
    finally:
        found.end()


def test_state_lock_and_log(service: Supervised) -> None:
    state = json.loads((service.folder / "state.json").read_text())
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert (state["pid"], state["port"]) == (service.process.pid, service.port)
    assert (state["version"], state["boot_id"], state["host"]) == (1, boot_id, "127.0.0.1")
    poll(lambda: "POST /score 200" in (service.folder / "log").read_text(), "the log has a line")
    second = subprocess.run(
        [sys.executable, "-m", "brygga_server.supervisor", str(service.folder / "plan.json")],
        capture_output=True,
        check=False,
    )
    assert second.returncode == 2
    assert b"another supervisor" in second.stderr


def test_a_killed_front_is_replaced_and_leaves_nobody(service: Supervised) -> None:
    front = service.living(b"brygga_server.front")
    before = set(service.living()) - {service.process.pid}
    assert len(before) == 3  # front, worker, the worker's child
    os.kill(front[0], signal.SIGKILL)
    poll(lambda: not before & set(service.living()), "all of them are gone")
    poll(lambda: service.score() == {"a": 1}, "a new front serves on the same port")


def test_sigterm_ends_all_of_it(service: Supervised) -> None:
    os.kill(service.process.pid, signal.SIGTERM)
    assert service.process.wait(PATIENCE) == 0
    assert service.living() == []


def test_a_killed_supervisor_is_missed_by_nobody(service: Supervised) -> None:
    """Its front serves on with all it has, and holds the lock until another one supervises."""
    before = set(service.living()) - {service.process.pid}
    service.process.kill()
    service.process.wait()
    for _ in range(20):
        assert service.score() == {"a": 1}
        assert not is_free(service.folder / "lock")

    def another() -> int:
        return int(json.loads((service.folder / "state.json").read_text())["pid"])

    poll(lambda: another() != service.process.pid, "another one supervises")
    assert set(service.living()) == {*before, another()}
    os.kill(another(), signal.SIGTERM)
    poll(lambda: not service.living(), "that one ends it all")
    assert is_free(service.folder / "lock")


def test_what_an_adopted_front_leaves_goes_too(service: Supervised) -> None:
    """Nobody who lives has adopted its workers' children."""
    service.process.kill()
    service.process.wait()
    before = set(service.living())
    poll(lambda: service.living(b"--adopt"), "another one supervises")
    poll(lambda: b"has started another one" in (service.folder / "log").read_bytes(), "and goes on")
    os.kill(service.living(b"brygga_server.front")[0], signal.SIGKILL)
    poll(lambda: not before & set(service.living()), "all of them are gone")
    poll(lambda: service.score() == {"a": 1}, "a new front serves on the same port")


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


FLOOD = """
import json, os, threading

def init():
    threading.Thread(target=flood, daemon=True).start()

def flood():
    while True:
        os.write(1, b"x" * 50_000 + b"\\n")

def run(raw):
    return json.loads(raw)
"""


def test_a_flood_of_prints_drowns_neither_disk_nor_signals(
    tmp_path: Path, port: socket.socket
) -> None:
    found = start(tmp_path, FLOOD, port)
    try:
        poll(lambda: found.score() == {"a": 1}, "it serves")
        poll((tmp_path / "log.2").exists, "the log has rotated")
        os.kill(found.living(b"brygga_server.front")[0], signal.SIGKILL)
        poll(lambda: found.score() == {"a": 1}, "a new front serves")
        os.kill(found.process.pid, signal.SIGTERM)
        assert found.process.wait(PATIENCE) == 0
        assert found.living() == []
        assert sum(file.stat().st_size for file in tmp_path.glob("log*")) <= 3 << 20
    finally:
        found.end()


def test_a_revision_that_never_comes_up_is_not_restarted(
    tmp_path: Path, port: socket.socket
) -> None:
    found = start(tmp_path, "raise ImportError('nothing here')\n", port)
    _, errors = found.process.communicate(timeout=PATIENCE)
    assert (found.process.returncode, errors) == (3, b"")
    assert "nothing here" in (tmp_path / "log").read_text()
    assert found.living() == []


def test_a_plan_that_cannot_be_used(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"version": 1}')
    done = subprocess.run(
        [sys.executable, "-m", "brygga_server.supervisor", str(plan)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"lacks 'log'" in done.stderr


def test_detached_it_has_no_tie_to_its_caller(tmp_path: Path, port: socket.socket) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    serve, plan = tmp_path / "serve.json", tmp_path / "plan.json"
    settings = {"app_root": str(tmp_path), "entry_script": "score.py"}
    serve.write_text(json.dumps({"version": 1, "settings": settings}))
    fd = port.fileno()
    plan.write_text(
        json.dumps(
            {
                "version": 1,
                "front": [sys.executable, "-I", "-m", "brygga_server.front", str(serve), str(fd)],
                "listen_fd": fd,
                "log": {"path": str(tmp_path / "log"), "max_bytes": 1 << 20, "keep": 2},
                "lock_file": str(tmp_path / "lock"),
                "state_file": str(tmp_path / "state.json"),
            }
        )
    )
    command = [sys.executable, "-I", "-m", "brygga_server.supervisor", "--detach", str(plan)]
    done = subprocess.run(command, capture_output=True, pass_fds=(fd,), check=False, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    pid = json.loads((tmp_path / "state.json").read_text())["pid"]
    try:
        assert os.getsid(pid) == pid
        poll(lambda: "ready for serving" in (tmp_path / "log").read_text(), "it serves")
        again = subprocess.run(command, capture_output=True, pass_fds=(fd,), check=False)
        assert again.returncode == 2
        assert b"another supervisor" in again.stderr
    finally:
        os.kill(pid, signal.SIGTERM)
        poll(lambda: not Path(f"/proc/{pid}").exists(), "it has ended")
