"""What a supervisor writes of itself, and for how long it waits."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga_server.restarts import Restarts
from brygga_server.supervisor_state import SupervisorState
from brygga_server.watched import started


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def read(file: Path) -> dict[str, object]:
    found = json.loads(file.read_bytes())
    assert isinstance(found, dict)
    return found


def test_processes_are_noted_with_the_moment_of_their_start(
    tmp_path: Path, listening: socket.socket
) -> None:
    file = tmp_path / "state"
    state = SupervisorState(str(file), listening.fileno())
    state.write()
    found = read(file)
    assert (found["pid"], found["started_ticks"]) == (os.getpid(), started(os.getpid()))
    assert (found["port"], found["front"], found["ended"]) == (
        listening.getsockname()[1],
        None,
        False,
    )
    state.serves(os.getppid())
    parent = {"pid": os.getppid(), "started_ticks": started(os.getppid())}
    assert read(file)["front"] == parent
    state.end()
    assert (read(file)["front"], read(file)["ended"]) == (None, True)


def test_the_newest_events_are_kept_over_supervisors_of_this_boot(
    tmp_path: Path, listening: socket.socket
) -> None:
    file = tmp_path / "state"
    first = SupervisorState(str(file), listening.fileno())
    first.write()
    for number in range(12):
        first.note(f"event {number}")
    second = SupervisorState(str(file), listening.fileno())
    second.write()
    second.note("the last")
    events = read(file)["events"]
    assert isinstance(events, list)
    assert [each["message"] for each in events] == [f"event {n}" for n in range(3, 12)] + [
        "the last"
    ]
    file.write_text(json.dumps({**read(file), "boot_id": "another"}))
    third = SupervisorState(str(file), listening.fileno())
    third.write()
    assert read(file)["events"] == []


def test_a_folder_that_is_gone_ends_nobody(tmp_path: Path, listening: socket.socket) -> None:
    (tmp_path / "run").mkdir()
    state = SupervisorState(str(tmp_path / "run" / "state"), listening.fileno())
    (tmp_path / "run").rmdir()
    state.note("nobody will read it")


def test_whoever_ends_again_and_again_is_waited_for_longer() -> None:
    restarts = Restarts()
    assert [restarts.pause(1.0) for _ in range(6)] == [0.0, 0.25, 0.5, 1.0, 2.0, 4.0]
    assert restarts.pause(1.0, 1.0) == 1.0
    assert restarts.pause(11.0) == 0.0
    assert [restarts.pause(0.0) for _ in range(40)][-1] == 30.0
    restarts.forget()
    assert restarts.pause(0.0) == 0.0
