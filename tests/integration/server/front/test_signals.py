"""What the script's code signals to front and supervisor does not end the service."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.front import PATIENCE, Server, poll
from support.supervised import SIGNALLING, TESTS, Supervised
from support.survival import OUTAGES, Outage

from brygga_server import signal_scope
from brygga_server.front.self_watch import HUNG

SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL", "SIGSTOP", "SIGHUP", "SIGQUIT", "SIGUSR1")
PLATFORMS = {
    "brygga_server.front": "Landlock" if signal_scope.holds() else "none",
    "support.unscoped_front": "none",
}


@pytest.fixture(scope="module", params=PLATFORMS)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Supervised]:
    found = Supervised(tmp_path_factory.mktemp("signals"), request.param)
    found.platform = PLATFORMS[request.param]
    try:
        poll(lambda: found.ask() == (200, "well"), "it serves")
        yield found
    finally:
        found.close()


@pytest.fixture
def service(shared: Supervised) -> Supervised:
    """The same one for all: what one test has done to it is no excuse in the next."""
    poll(lambda: Path(f"/proc/{shared.supervisor}").exists() and shared.front, "both are there")
    return shared


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("whom", ["parent", "supervisor"])
def test_the_service_is_there_whatever_a_request_sends(
    service: Supervised, name: str, whom: str
) -> None:
    longest = 0.0
    for _ in range(3):
        pid = service.supervisor if whom == "supervisor" else service.front
        _, said = service.ask(signal=name, pid=pid)
        began = time.monotonic()
        poll(lambda: service.ask() == (200, "well"), f"it serves after {name}")
        longest = max(longest, time.monotonic() - began)
        assert [service.ask() for _ in range(20)] == [(200, "well")] * 20
        poll(lambda: is_well(service.supervisor) and is_well(service.front), "both go on")
    OUTAGES.append(Outage(name, whom, service.platform, str(said or "no answer"), longest))
    assert longest < 5


def is_well(pid: int) -> bool:
    """Whether a process lives and was not stopped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZT"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1"])
@pytest.mark.parametrize("whom", ["parent", "supervisor"])
def test_a_worker_is_no_one_to_give_orders(service: Supervised, name: str, whom: str) -> None:
    before = (service.supervisor, service.front)
    service.ask(signal=name, pid=before[whom == "parent"])
    assert service.ask() == (200, "well")
    assert (service.supervisor, service.front) == before


@pytest.mark.skipif(not signal_scope.holds(), reason="this kernel has no scopes for signals")
@pytest.mark.may_skip
def test_the_kernel_refuses_where_it_can(tmp_path: Path) -> None:
    with Server(tmp_path, SIGNALLING, {"control_socket": str(tmp_path / "c")}) as server:
        server.wait_ready()
        assert server.call({"signal": "SIGKILL"}).json == "refused"
        assert "Landlock" in str(server.control({"op": "status"})["signals"])


def test_a_front_by_itself_is_not_ended_by_its_script(tmp_path: Path) -> None:
    program = (str(TESTS / "support" / "unscoped_cli.py"),)
    with Server(tmp_path, SIGNALLING, program=program) as server:
        server.wait_ready()
        assert server.call({"signal": "SIGTERM"}).json == "sent"
        assert server.call({}).json == "well"
        poll(lambda: "is no order to end" in server.output(), "it is logged")
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0


def test_a_front_by_itself_goes_with_its_terminal_unless_nohup_keeps_it(tmp_path: Path) -> None:
    with Server(tmp_path / "one", SIGNALLING) as server:
        server.wait_ready()
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(PATIENCE) == 0
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which children inherit
    try:
        with Server(tmp_path / "two", SIGNALLING) as server:
            server.wait_ready()
            server.process.send_signal(signal.SIGHUP)
            poll(lambda: "SIGHUP" in server.output(), "it is logged")
            assert server.call({}).json == "well"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_whoever_comes_while_a_proven_front_starts_again_waits(service: Supervised) -> None:
    for _ in range(3):
        before = poll(lambda: service.front, "there is one")
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


def test_a_front_that_hangs_is_ended_and_says_where(tmp_path: Path) -> None:
    found = Supervised(tmp_path, "support.hanging_front", supervisor="support.hasty_supervisor")
    try:
        poll(lambda: found.ask() == (200, "well"), "it serves")
        before = found.front
        (tmp_path / "hang").touch()
        poll(lambda: not (tmp_path / "hang").exists(), "it hangs")
        assert found.ask() in {(0, None), (200, "well")}  # refused, or taken by the next one
        poll(lambda: found.ask() == (200, "well"), "another one serves")
        assert found.front != before
        assert "the front hangs" in found.events()
        assert "ended by signal 6" in found.events()
        assert "in wait_for_nobody" in found.log()
    finally:
        found.close()


def test_a_front_that_hangs_can_be_stopped(tmp_path: Path) -> None:
    found = Supervised(tmp_path, "support.hanging_front", supervisor="support.hasty_supervisor")
    try:
        poll(lambda: found.ask() == (200, "well"), "it serves")
        (tmp_path / "hang").touch()
        poll(lambda: not (tmp_path / "hang").exists(), "it hangs")
        found.process.terminate()
        assert found.process.wait(PATIENCE) == 0
    finally:
        found.close()


def test_a_front_killed_while_its_supervisor_is_stopped(tmp_path: Path) -> None:
    """Nobody is left to do anything, until somebody has the supervisor go on."""
    found = Supervised(tmp_path)
    try:
        poll(lambda: found.ask() == (200, "well"), "it serves")
        os.kill(found.supervisor, signal.SIGSTOP)
        os.kill(found.front, signal.SIGKILL)
        os.kill(found.supervisor, signal.SIGCONT)
        poll(lambda: found.ask() == (200, "well"), "it serves again")
    finally:
        found.close()


FIRST_PROCESS = """
import sys
from brygga_server import heartbeat
from brygga_server.cli import main
from brygga_server.front import server
from support.hanging_front import HangingLife
heartbeat.PATIENCE = 1.0
server._Life = HangingLife
sys.exit(main())
"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, b"{}", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.skipif(os.getuid() != 0, reason="making a PID namespace needs root")
def test_a_first_process_that_hangs_says_where_and_ends(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(raw): return raw\n")
    namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    server = [sys.executable, "-c", FIRST_PROCESS, "--entry-script", "score.py", "--port", "0"]
    with subprocess.Popen(
        [*namespace, *server],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as first:
        assert first.stdout is not None
        try:
            url = next(found[0] for line in first.stdout if (found := re.search(r"http\S+", line)))
            poll(lambda: answers(url), "it serves")
            (tmp_path / "hang").touch()
            said = first.stdout.read()
            assert first.wait(10) == HUNG
        finally:
            first.kill()
    assert "the front hangs" in said
    assert "wait_for_nobody" in said
