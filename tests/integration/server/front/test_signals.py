"""What the script's code signals to front and supervisor does not end the service."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import PATIENCE, Server, poll

from brygga_server import signal_scope

SCRIPT = """
import json, os, signal, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    target = os.getppid()
    if asked.get("whom") == "supervisor":
        with open("/proc/%d/stat" % target) as file:
            target = int(file.read().rpartition(")")[2].split()[1])
    if "signal" in asked:
        try:
            os.kill(target, getattr(signal, asked["signal"]))
        except PermissionError as error:
            return "refused"
        time.sleep(0.05)
        return "sent"
    return "well"
"""
TESTS = Path(__file__).parents[3]


class Supervised:
    """A front under its supervisor; `unscoped` as on a kernel that keeps nobody from anything."""

    def __init__(self, folder: Path, front: str, script: str = SCRIPT, **settings: object) -> None:
        self.folder = folder
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.sock.getsockname()[1]
        fd = self.sock.fileno()
        (folder / "score.py").write_text(script)
        self.status_file = folder / "status.json"
        told = {"app_root": str(folder), "entry_script": "score.py", "revision": 1,
                "status_file": str(self.status_file), **settings}  # fmt: skip
        config, plan = folder / "serve.json", folder / "plan.json"
        config.write_text(json.dumps({"version": 1, "settings": told}))
        plan.write_text(
            json.dumps(
                {
                    "version": 1,
                    "front": [sys.executable, "-m", front, str(config), str(fd)],
                    "listen_fd": fd,
                    "log": {"path": str(folder / "log"), "max_bytes": 1 << 20, "keep": 2},
                    "lock_file": str(folder / "lock"),
                    "state_file": str(folder / "state.json"),
                    "status_file": str(self.status_file),
                }
            )
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "brygga_server.supervisor", str(plan)],
            pass_fds=(fd,),
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )

    def ask(self, **asked: object) -> tuple[int, object]:
        """The status and what run() returned; 0 where no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/score", json.dumps(asked))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def status(self) -> dict[str, object]:
        found = json.loads(self.status_file.read_text()) if self.status_file.exists() else {}
        assert isinstance(found, dict)
        return found

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        self.sock.close()


@pytest.fixture(params=["brygga_server.front", "support.unscoped_front"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervised]:
    found = Supervised(tmp_path, request.param)
    try:
        poll(lambda: found.ask() == (200, "well"), "it serves")
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL", "SIGSTOP", "SIGHUP", "SIGUSR1"])
def test_the_front_is_there_whatever_a_worker_sends_it(service: Supervised, name: str) -> None:
    for _ in range(3):
        service.ask(signal=name)
        poll(lambda: service.ask() == (200, "well"), f"it serves after {name}")
    assert service.process.poll() is None


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_worker_is_no_one_to_give_the_supervisor_orders(service: Supervised, name: str) -> None:
    before = service.status()["pid"]
    service.ask(signal=name, whom="supervisor")
    assert service.ask() == (200, "well")
    assert service.status()["pid"] == before
    assert service.process.poll() is None


@pytest.mark.skipif(not signal_scope.holds(), reason="this kernel has no scopes for signals")
@pytest.mark.may_skip
def test_the_kernel_refuses_where_it_can(tmp_path: Path) -> None:
    with Server(tmp_path, SCRIPT, {"control_socket": str(tmp_path / "c")}) as server:
        server.wait_ready()
        assert server.call({"signal": "SIGKILL"}).json == "refused"
        assert "Landlock" in str(server.control({"op": "status"})["signals"])


def test_a_front_by_itself_is_not_ended_by_its_script(tmp_path: Path) -> None:
    program = (str(TESTS / "support" / "unscoped_cli.py"),)
    with Server(tmp_path, SCRIPT, program=program) as server:
        server.wait_ready()
        assert server.call({"signal": "SIGTERM"}).json == "sent"
        assert server.call({}).json == "well"
        poll(lambda: "is no order to end" in server.output(), "it is logged")
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0


def test_whoever_comes_while_a_proven_front_starts_again_waits(service: Supervised) -> None:
    for _ in range(3):
        before = service.status()["pid"]
        assert isinstance(before, int)
        os.kill(before, signal.SIGKILL)
        poll(lambda before=before: not Path(f"/proc/{before}").exists(), "it is gone")  # type: ignore[misc]
        assert service.ask() == (200, "well")


def test_settings_that_cannot_be_used_are_the_end_of_it(tmp_path: Path) -> None:
    found = Supervised(tmp_path, "brygga_server.front", environment={"N": 1})
    try:
        assert found.process.wait(PATIENCE) == 3
        said = found.status()
        assert said["state"] == "failed"
        why = said["diagnosis"]
        assert isinstance(why, dict)
        assert why["cause"] == "settings_invalid"
        assert "environment" in why["message"]
    finally:
        found.close()
