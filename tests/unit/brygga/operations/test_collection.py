"""Operations as those who do them and those who list them see them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from unit.brygga.operations.conftest import SERVICE, Script

from brygga.error_codes import ErrorCode
from brygga.errors import DeploymentError, InvalidInputError, NotFoundError
from brygga.findings import Cause, Diagnosis
from brygga.hints import Hint
from brygga.operations import (
    OperationCollection,
    OperationKind,
    OperationState,
    Phase,
    Problem,
    Subject,
    SubjectKind,
)
from brygga.operations.collection import KEPT_OPERATIONS

DEPLOY = OperationKind.DEPLOY


def do(operations: OperationCollection, name: str = "svc", kind: OperationKind = DEPLOY) -> None:
    with operations.begin(kind, Subject(SubjectKind.SERVICE, name)) as operation:
        operation.phase(Phase.STARTING, "Starting")


def fail(operations: OperationCollection, error: BaseException) -> None:
    with operations.begin(DEPLOY, SERVICE) as operation:
        operation.phase(Phase.STARTING, "Starting")
        raise error


def test_one_that_went_well(operations: OperationCollection, script: Script) -> None:
    with operations.begin(DEPLOY, SERVICE) as operation:
        operation.phase(Phase.LOCKING, "Locking")
        script.at = 2.0
        operation.phase(Phase.STARTING, "Starting")
        assert operations.get().is_running
        script.at = 2.5
    (found,) = operations.list()
    assert (found.kind, found.subject, found.state) == (DEPLOY, SERVICE, "done")
    assert found.seconds == 2.5
    assert [step.seconds(99) for step in found.phases] == [2.0, 0.5]


def test_a_failure_is_kept_with_its_fix_and_its_evidence(operations: OperationCollection) -> None:
    diagnosis = Diagnosis(Cause.INIT_RAISED, "KeyError: 'x'", file="score.py", line=3)
    with pytest.raises(DeploymentError):
        fail(operations, DeploymentError("svc", 4, diagnosis))
    found = operations.get()
    assert found.state is found.phases[-1].state is OperationState.FAILED
    assert found.problem is not None
    assert "score.py:3" in found.problem.message
    assert found.problem.advice == diagnosis.of("svc").advice
    assert found.problem.code == "deployment.init_raised"
    assert found.problem.diagnosis == diagnosis


def test_errors_of_others_are_kept_by_name(operations: OperationCollection) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(operations, ZeroDivisionError("by zero"))
    problem = operations.get().problem
    assert problem is not None
    assert problem.message == "ZeroDivisionError: by zero"


def test_whoever_is_stopped_with_ctrl_c_has_not_failed(operations: OperationCollection) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(operations, KeyboardInterrupt())
    assert operations.get().state is OperationState.INTERRUPTED


def test_what_had_nothing_to_do_or_was_refused_leaves_nothing(
    operations: OperationCollection,
) -> None:
    with operations.begin(DEPLOY, SERVICE):
        pass
    with (
        pytest.raises(InvalidInputError),
        operations.begin(DEPLOY, SERVICE),
    ):
        raise InvalidInputError("no", code=ErrorCode.OPTION_INVALID)
    assert operations.list() == []


def test_what_is_done_within_an_operation_is_part_of_it(operations: OperationCollection) -> None:
    lines: list[str] = []
    with operations.begin(OperationKind.PROFILE, SERVICE, lines.append) as whole:
        with operations.begin(DEPLOY, SERVICE, whole) as part:
            part.phase(Phase.STARTING, "Starting")
        whole.phase(Phase.MEASURING, "Measuring")
    (found,) = operations.list()
    assert found.kind is OperationKind.PROFILE
    assert [step.text for step in found.phases] == ["Starting", "Measuring"]
    assert lines == ["Starting.", "Measuring."]


def test_a_part_that_failed_and_was_seen_to_does_not_fail_the_whole(
    operations: OperationCollection,
) -> None:
    with operations.begin(OperationKind.BUILD, SERVICE) as whole:
        whole.phase(Phase.BUILDING, "Building")
        with (
            pytest.raises(ZeroDivisionError),
            operations.begin(DEPLOY, SERVICE, whole),
        ):
            raise ZeroDivisionError
    assert operations.get().state is OperationState.DONE


def test_it_goes_on_until_the_last_thread_has_left(operations: OperationCollection) -> None:
    go_on = threading.Event()

    def build() -> None:
        go_on.wait(10)
        with operation:
            operation.phase(Phase.BUILDING, "Building")
            problem = Problem("The image cannot be made.", "image.not_built", Hint("Mend it."))
            operation.conclude(OperationState.FAILED, problem)
        operation.__exit__(None, None, None)

    with operations.begin(OperationKind.BUILD, SERVICE) as operation:
        operation.phase(Phase.LOCKING, "Locking")
        operation.__enter__()
        thread = threading.Thread(target=build)
        thread.start()
    assert operations.get().is_running
    go_on.set()
    thread.join()
    found = operations.get()
    assert found.state is OperationState.FAILED
    assert found.problem == Problem(
        "The image cannot be made.", "image.not_built", Hint("Mend it.")
    )


def test_the_newest_that_fits_is_found_by_id_its_beginning_or_what_it_is_about(
    operations: OperationCollection, script: Script
) -> None:
    for script.at, name in enumerate(("one", "two", "one")):
        do(operations, name)
    newest, second, oldest = operations.list()
    assert operations.get() == newest
    assert operations.get("one") == newest
    assert operations.get("two") == second
    assert operations.get(oldest.id) == oldest
    assert operations.get(second.id[:-6]) == second
    assert operations.list("one") == [newest, oldest]
    assert operations.latest(Subject(SubjectKind.SERVICE, "two")) == second
    assert operations.latest(Subject(SubjectKind.IMAGE, "two")) is None
    with pytest.raises(NotFoundError, match="three"):
        operations.get("three")


def test_the_last_ones_are_kept_and_those_that_go_on(
    operations: OperationCollection, script: Script
) -> None:
    with operations.begin(DEPLOY, SERVICE) as old:
        old.phase(Phase.STARTING, "Starting")
        for script.at in range(1, KEPT_OPERATIONS + 5):
            do(operations, f"svc-{script.at}")
        kept = operations.list()
        assert len(kept) == KEPT_OPERATIONS + 1
        assert kept[0].subject.name == f"svc-{KEPT_OPERATIONS + 4}"
        assert kept[-1].subject == SERVICE
        assert kept[-1].is_running
    do(operations)
    assert len(operations.list()) == KEPT_OPERATIONS


def test_a_tool_that_prints_a_lot_fills_no_disk_and_its_last_words_are_kept(
    operations: OperationCollection, tmp_path: Path
) -> None:
    with pytest.raises(ZeroDivisionError):
        chatter(operations)
    found = operations.get()
    assert found.phases[-1].printed[-1] == "line 9999"
    (path,) = (tmp_path / "operations").iterdir()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) < 1300
    assert max(len(line.get("line", "")) for line in lines) == 2000


def chatter(operations: OperationCollection) -> None:
    with operations.begin(OperationKind.BUILD, SERVICE) as operation:
        operation.phase(Phase.BUILDING, "Building")
        operation.printed("x" * 100_000)
        for number in range(10_000):
            operation.printed(f"line {number}")
        raise ZeroDivisionError


def test_how_much_is_done_is_written_a_few_times_a_second_and_at_the_end(
    operations: OperationCollection, script: Script, tmp_path: Path
) -> None:
    with operations.begin(OperationKind.PROFILE, SERVICE) as operation:
        operation.phase(Phase.MEASURING, "Measuring")
        for number in range(1, 1001):
            script.at += 0.001
            operation.advance(number, 1000)
    assert (operations.get().phases[0].done, operations.get().phases[0].total) == (1000, 1000)
    (path,) = (tmp_path / "operations").iterdir()
    assert path.read_text().count('"advanced"') <= 7


def test_others_of_the_machine_cannot_read_it(
    operations: OperationCollection, tmp_path: Path
) -> None:
    do(operations)
    folder = tmp_path / "operations"
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_one_that_is_not_there_among_others_leads_to_the_list(
    operations: OperationCollection,
) -> None:
    with pytest.raises(NotFoundError, match="no operation yet"):
        operations.get("nope")
    do(operations)
    with pytest.raises(NotFoundError, match=r"ws\.operations\.list\(\)"):
        operations.get("nope")
