"""One writes an operation down, others follow: what can go wrong by timing, step by step."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from unit.brygga.operations.conftest import SERVICE, Script

from brygga.operations import (
    Operation,
    OperationCollection,
    OperationKind,
    OperationState,
    Phase,
    PhaseBegan,
)
from brygga.operations import reader as reader_module
from brygga.operations.clock import WallClock
from brygga.operations.reader import OperationReader
from brygga.operations.record import Began, Ended, from_event
from brygga.operations.writer import OperationWriter
from brygga.store.filelock import is_locked

DEPLOY = OperationKind.DEPLOY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "operations" / "one.ndjson"


@pytest.fixture
def writer(path: Path, script: Script) -> OperationWriter:
    return OperationWriter(path, Began(DEPLOY, SERVICE, script.clock.now()), script.clock)


@pytest.fixture
def reader(path: Path, script: Script, writer: OperationWriter) -> Iterator[OperationReader]:
    writer.phase(Phase.LOCKING, "Locking")
    with OperationReader(path, "one", script.clock) as opened:
        yield opened


def seen(reader: OperationReader) -> Operation:
    found = reader.look()
    assert found is not None
    return found


def texts(operation: Operation) -> list[str]:
    return [step.text for step in operation.phases]


def test_a_reader_sees_each_thing_once_it_is_written(
    reader: OperationReader, writer: OperationWriter, script: Script
) -> None:
    script.at = 2.0
    first = seen(reader)
    assert (first.state, first.seconds, texts(first)) == ("running", 2.0, ["Locking"])
    assert first.phases[0].seconds(first.seconds) == 2.0

    writer.phase(Phase.BUILDING, "Building")
    writer.printed("STEP 1")
    writer.advance(1, 4)
    writer.remark("slow")
    writer.revision(4)
    script.at = 5.0
    second = seen(reader)
    assert texts(second) == ["Locking", "Building"]
    step = second.phases[1]
    assert (step.printed, step.remarks, step.done, step.total) == (("STEP 1",), ("slow",), 1, 4)
    assert (second.phases[0].seconds(99), step.seconds(second.seconds)) == (2.0, 3.0)
    assert second.revision == 4

    writer.end(Ended(OperationState.DONE))
    script.at = 60.0
    last = seen(reader)
    assert (last.state, last.seconds, last.phases[-1].state) == ("done", 5.0, "done")
    assert seen(reader) == last


def test_two_readers_and_the_writer_do_not_disturb_each_other(
    reader: OperationReader, writer: OperationWriter, script: Script, path: Path
) -> None:
    with OperationReader(path, "one", script.clock) as other:
        assert seen(reader).is_running
        writer.phase(Phase.BUILDING, "Building")
        assert seen(other) == seen(reader)
        writer.end(Ended(OperationState.DONE))
        assert texts(seen(other)) == ["Locking", "Building"]
        assert seen(reader).state is seen(other).state is OperationState.DONE


def test_a_line_is_read_when_its_end_is_there(
    reader: OperationReader, path: Path, script: Script
) -> None:
    line = b'{"t": 1.0, "event": "phase", "phase": "building", "text": "Buil\xc3\xa4ding"}\n'
    with path.open("ab", buffering=0) as file:
        for cut in range(1, len(line)):
            file.write(line[cut - 1 : cut])
            assert texts(seen(reader)) == ["Locking"]
        file.write(line[-1:])
    assert texts(seen(reader)) == ["Locking", "Builäding"]


def test_what_went_down_with_the_machine_half_written_is_passed_over(
    reader: OperationReader, path: Path
) -> None:
    with path.open("ab") as file:
        file.write(b'{"t": 1.0, "event": "rem\n' + bytes(20) + b"\n[]\n17\n\n")
        file.write(b'{"t": 1.0, "event": "remark", "text": "after"}\n')
    assert seen(reader).phases[0].remarks == ("after",)


def test_what_a_newer_brygga_writes_is_shown_as_far_as_it_is_understood(
    reader: OperationReader, path: Path
) -> None:
    with path.open("ab") as file:
        file.write(b'{"t": 1.0, "event": "phase", "phase": "warming", "text": "Warming up"}\n')
        file.write(b'{"t": 1.0, "event": "smelled", "text": "of smoke"}\n')
        file.write(b'{"t": 1.0, "event": "remark", "text": "hot", "colour": "red"}\n')
    step = seen(reader).phases[1]
    assert (step.phase, step.text, step.remarks) == (Phase.OTHER, "Warming up", ())


def test_a_file_without_a_first_line_is_no_operation_yet(tmp_path: Path, script: Script) -> None:
    path = tmp_path / "two.ndjson"
    path.touch()
    with OperationReader(path, "two", script.clock) as reader:
        assert reader.look() is None
        path.write_text('{"version": 1, "kind": "deploy"')
        assert reader.look() is None


@pytest.mark.parametrize("ends", ["before the lock is looked at", "after it was"])
def test_whoever_ends_while_somebody_looks_was_not_interrupted(
    reader: OperationReader,
    writer: OperationWriter,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
) -> None:
    def held(fd: int) -> bool:
        if ends == "before the lock is looked at":
            writer.end(Ended(OperationState.DONE))
            return is_locked(fd)
        found = is_locked(fd)
        writer.end(Ended(OperationState.DONE))
        return found

    monkeypatch.setattr(reader_module, "is_locked", held)
    assert seen(reader).state is OperationState.DONE


KILLED = """
import os, signal, sys
from pathlib import Path
from brygga.operations import OperationCollection, OperationKind, Phase, Subject, SubjectKind
with OperationCollection(Path(sys.argv[1])).begin(
    OperationKind.PROFILE, Subject(SubjectKind.SERVICE, "svc")
) as operation:
    operation.phase(Phase.MEASURING, "Measuring")
    print("measuring", flush=True)
    sys.stdin.read()
"""


@contextmanager
def measuring(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is in the middle of an operation."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"measuring\n"
        yield process
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_killed_writer_is_seen_as_interrupted_and_not_before(tmp_path: Path) -> None:
    operations = OperationCollection(tmp_path / "operations")
    with measuring(tmp_path / "operations") as process:
        assert operations.get("svc").is_running
        process.send_signal(signal.SIGSTOP)  # it does not move, but it is there
        assert operations.get("svc").is_running

    cut = operations.get("svc")
    assert (cut.state, cut.phases[-1].state) == ("interrupted", "interrupted")
    assert cut.problem is None


def test_a_follower_gets_what_changed_and_ends_with_it(
    operations: OperationCollection, script: Script
) -> None:
    operation = operations.begin(DEPLOY, SERVICE)
    operation.__enter__()
    operation.phase(Phase.LOCKING, "Locking")
    script.actions = [
        lambda: None,  # nothing has changed
        lambda: operation.phase(Phase.BUILDING, "Building"),
        lambda: operation.advance(1, 2),
        lambda: None,
        lambda: operation.__exit__(None, None, None),
    ]
    shown = list(operations.follow("svc"))
    assert [each.state for each in shown] == ["running", "running", "running", "done"]
    assert [len(each.phases) for each in shown] == [1, 2, 2, 2]
    assert script.actions == []


def test_a_follower_sees_the_one_it_follows_killed(tmp_path: Path) -> None:
    def kill(_seconds: float) -> None:
        process.kill()
        process.wait()

    folder = tmp_path / "operations"
    with measuring(folder) as process:
        shown = OperationCollection(folder, WallClock(sleep=kill)).follow("svc")
        assert [each.state for each in shown] == ["running", "interrupted"]


def test_a_follower_goes_on_with_what_retention_took_away(
    operations: OperationCollection, path: Path, script: Script, writer: OperationWriter
) -> None:
    writer.phase(Phase.LOCKING, "Locking")
    script.actions = [path.unlink, lambda: writer.end(Ended(OperationState.DONE))]
    assert [each.state for each in operations.follow("svc")] == ["running", "done"]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A disk that is full from there on: a write is cut short, the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_for_a_while_costs_lines_but_never_a_torn_one(
    reader: OperationReader, writer: OperationWriter, path: Path
) -> None:
    size = path.stat().st_size
    for room in (0, 1, 30):
        with files_no_larger_than(size + room):
            writer.remark("lost")
        assert path.stat().st_size == size
    writer.remark("kept")
    assert seen(reader).phases[0].remarks == ("kept",)


def test_an_end_that_cannot_be_written_does_not_look_like_a_kill(
    reader: OperationReader, writer: OperationWriter, path: Path
) -> None:
    with files_no_larger_than(path.stat().st_size):
        writer.end(Ended(OperationState.DONE))
    assert not path.exists()


def test_work_goes_on_where_nothing_can_be_written(tmp_path: Path, script: Script) -> None:
    (tmp_path / "operations").touch()
    operations = OperationCollection(tmp_path / "operations", script.clock)
    heard: list[str] = []
    with operations.begin(DEPLOY, SERVICE, heard.append) as operation:
        operation.phase(Phase.LOCKING, "Locking")
    assert heard == ["Locking."]
    assert operations.list() == []


def test_a_first_line_that_finds_no_room_is_tried_again(
    writer: OperationWriter, path: Path, operations: OperationCollection
) -> None:
    path.parent.mkdir()
    with files_no_larger_than(10):
        writer.phase(Phase.LOCKING, "Locking")
    assert not path.exists()
    writer.phase(Phase.BUILDING, "Building")
    assert texts(operations.get("svc")) == ["Building"]


def test_a_clock_set_back_gives_no_negative_times(
    reader: OperationReader, writer: OperationWriter, script: Script
) -> None:
    script.at = 3.0
    writer.phase(Phase.BUILDING, "Building")
    script.at = -3600.0
    found = seen(reader)
    assert found.seconds == 3.0
    assert found.phases[-1].seconds(found.seconds) == 0.0


def test_a_record_is_the_event_again() -> None:
    from brygga.operations.record import to_event

    event = PhaseBegan(Phase.LOCKING, "Locking")
    assert to_event(from_event(event, 1.25)) == (1.25, event)
