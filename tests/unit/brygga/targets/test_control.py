"""Whom the control plane sends signals to, where numbers of processes are used again."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga.errors import StoreError
from brygga.store.files import write_json
from brygga.targets.local import control
from brygga.targets.local.noted_process import NotedProcess, started_ticks
from brygga.targets.process.folder import ProcessFolder


@pytest.fixture
def folder(tmp_path: Path) -> ProcessFolder:
    found = ProcessFolder(tmp_path / "svc")
    found.lock_file.parent.mkdir(parents=True)
    return found


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Waits for its standard input to be closed; SIGHUP ends it, also under nohup."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def held(folder: ProcessFolder) -> Iterator[None]:
    """Something of the service runs."""
    with folder.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def noted(pid: int, *, earlier: int = 0) -> dict[str, object]:
    ticks = started_ticks(pid)
    assert ticks is not None
    return {"boot_id": control.boot_id(), "pid": pid, "started_ticks": ticks - earlier}


def state_of(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.usefixtures("held")
def test_a_number_that_is_used_again_is_nobody_of_ours(
    folder: ProcessFolder, stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_ADOPTION_S", 0.0)
    write_json(
        folder.state_file,
        noted(stranger.pid, earlier=1) | {"front": noted(stranger.pid, earlier=1)},
    )
    with pytest.raises(StoreError, match="stopped while it was being updated"):
        control.tell_of_next(folder)
    control.bring_back_supervision(folder)  # would end a front that answers nobody
    assert stranger.poll() is None


@pytest.mark.usefixtures("held")
def test_who_comes_after_a_supervisor_that_was_killed_is_told_of_the_next_front(
    folder: ProcessFolder, stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(folder.state_file, noted(os.getpid(), earlier=1))

    def adopted(_seconds: float) -> None:
        write_json(folder.state_file, noted(stranger.pid))

    monkeypatch.setattr("time.sleep", adopted)
    control.tell_of_next(folder)
    assert stranger.wait() == -signal.SIGHUP


@pytest.mark.usefixtures("held")
def test_a_front_that_answers_nobody_and_has_no_supervisor_is_ended(
    folder: ProcessFolder, stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_ADOPTION_S", 0.0)
    gone = noted(os.getpid(), earlier=1)
    write_json(folder.state_file, gone | {"front": noted(stranger.pid)})
    control.bring_back_supervision(folder)
    assert stranger.wait() == -signal.SIGKILL


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("place", ["supervisor", "front"])
def test_who_was_stopped_goes_on(
    folder: ProcessFolder, stranger: subprocess.Popen[bytes], place: str
) -> None:
    me, other = noted(os.getpid()), noted(stranger.pid)
    state = other if place == "supervisor" else me | {"front": other}
    write_json(folder.state_file, state)
    stranger.send_signal(signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(stranger.pid, os.WUNTRACED)[1])
    control.bring_back_supervision(folder)
    assert os.WIFCONTINUED(os.waitpid(stranger.pid, os.WCONTINUED)[1])
    assert state_of(stranger) != "T"


@pytest.mark.parametrize(
    ("change", "killed"),
    [
        ({}, True),
        ({"ended": True}, False),
        ({"boot_id": "another"}, False),
        ({"ended": None}, False),  # of a release that did not say so
    ],
)
def test_only_what_was_killed_in_this_boot_is_brought_back(
    folder: ProcessFolder, change: dict[str, object], killed: bool
) -> None:
    assert not control.was_killed(folder)
    write_json(folder.state_file, noted(os.getpid()) | {"ended": False} | change)
    assert control.was_killed(folder) is killed
    with folder.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not control.was_killed(folder)


def test_a_process_is_found_by_number_and_moment(stranger: subprocess.Popen[bytes]) -> None:
    found = NotedProcess.find(noted(stranger.pid))
    assert found is not None
    assert NotedProcess.find(noted(stranger.pid, earlier=1)) is None
    assert NotedProcess.find({"pid": "x"}) is None
    stranger.kill()
    os.waitpid(stranger.pid, 0)
    stranger.returncode = -9
    found.send(signal.SIGKILL)  # it is gone, and nobody else is meant
    found.close()
    assert NotedProcess.find({"pid": stranger.pid, "started_ticks": 1}) is None
