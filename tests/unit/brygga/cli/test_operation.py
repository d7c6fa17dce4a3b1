"""What another terminal sees of an operation."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.cli import MemoryService, Terminal

from brygga.errors import DeploymentError
from brygga.findings import Cause, Diagnosis
from brygga.operations import (
    OngoingOperation,
    OperationKind,
    Phase,
    Progress,
    Subject,
    SubjectKind,
)

DIAGNOSIS = Diagnosis(Cause.INIT_RAISED, "KeyError: 'x'", file="score.py", line=3)


@contextmanager
def deploying(terminal: Terminal, name: str = "svc") -> Iterator[OngoingOperation]:
    subject = Subject(SubjectKind.SERVICE, name)
    with terminal.workspace.operations.begin(OperationKind.DEPLOY, subject) as operation:
        operation.phase(Phase.LOCKING, "Locking 3 packages")
        operation.remark("numpy: an older one")
        operation.phase(Phase.BUILDING, "Building env")
        operation.printed("STEP 1/2: COPY")
        yield operation


def fail(terminal: Terminal) -> None:
    with deploying(terminal) as operation:
        operation.revision(4)
        raise DeploymentError("svc", 4, DIAGNOSIS)


def test_running_ones_show_what_they_are_at(terminal: Terminal) -> None:
    with deploying(terminal, "one"):
        pass
    with deploying(terminal, "two") as operation:
        operation.advance(1, 4)
        rows = terminal("operation", "list").stdout.splitlines()
        assert rows[0].split()[:4] == ["ID", "KIND", "ABOUT", "STATE"]
        assert "service two" in rows[1]
        assert "running" in rows[1]
        assert "Building env" in rows[1]
        assert "service one" in rows[2]
        assert "done" in rows[2]

        shown = terminal("operation", "show").stdout
        assert "deploy service two, running for" in shown
        assert "✓ Locking 3 packages  0.0 s" in shown
        assert "… Building env (1 of 4)" in shown
        assert "STEP" not in shown

        (row,) = terminal.json("operation", "list", "two")
        assert (row["state"], row["phases"][1]["phase"]) == ("running", "building")
        assert row["phases"][1]["printed"] == ["STEP 1/2: COPY"]


def test_a_failure_is_shown_with_what_its_step_printed_and_a_command_as_hint(
    terminal: Terminal,
) -> None:
    with pytest.raises(DeploymentError):
        fail(terminal)
    shown = terminal("operation", "show", "svc").stdout
    assert "revision 4, failed after" in shown
    assert "✗ Building env" in shown
    assert "  STEP 1/2: COPY" in shown
    assert "KeyError: 'x' (score.py:3)" in shown
    assert "brygga test" in shown
    problem = terminal.json("operation", "show", "svc")["problem"]
    assert problem["code"] == "deployment.init_raised"
    assert problem["diagnosis"]["line"] == 3


def test_following_ends_with_the_operation_and_its_exit_code_says_how(terminal: Terminal) -> None:
    with deploying(terminal):
        pass
    result = terminal("operation", "show", "-f")
    assert result.exit_code == 0
    assert result.stdout.startswith("deploy service svc, done after")
    assert result.stderr == "Locking 3 packages.\n  numpy: an older one\nBuilding env.\n"

    with pytest.raises(DeploymentError):
        fail(terminal)
    result = terminal("operation", "show", "-f")
    assert result.exit_code == 1
    assert result.stderr.count("STEP 1/2: COPY") == 1
    assert "hint: " in result.stderr


def test_without_any_there_is_a_plain_error(terminal: Terminal) -> None:
    assert terminal("operation", "list").stdout == ""
    result = terminal("operation", "show", "nobody")
    assert result.exit_code == 1
    assert "There is no operation 'nobody'" in result.stderr
    assert terminal("operation", "show", "-f", "--json").exit_code == 2


def test_a_service_shows_what_is_being_done_to_it(terminal: Terminal) -> None:
    services = terminal.workspace.services
    services.kept["svc"] = MemoryService("svc", services)
    assert terminal.json("service", "show", "svc")["operation"] is None
    with deploying(terminal):
        assert "… Building env" in terminal("service", "show", "svc").stdout
        assert terminal.json("service", "show", "svc")["operation"]["state"] == "running"
    assert "Building env" not in terminal("service", "show", "svc").stdout
    assert terminal.json("service", "show", "svc")["operation"]["state"] == "done"


def test_a_service_shows_its_first_deployment_before_it_has_a_revision(terminal: Terminal) -> None:
    with deploying(terminal):
        shown = terminal.json("service", "show", "svc")
        assert (shown["name"], shown["state"]) == ("svc", "Transitioning")
        assert shown["operation"]["phases"][-1]["text"] == "Building env"
        assert "… Building env" in terminal("service", "show", "svc").stdout
    assert terminal("service", "show", "svc").exit_code == 1


def test_a_deployment_is_one_operation_until_it_serves(
    terminal: Terminal, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def wait(_service: MemoryService, *, timeout_s: float | None, progress: Progress) -> None:
        progress.phase(Phase.STARTING, "Starting: init() is running")
        assert timeout_s is None
        seen.append(terminal.workspace.operations.get("svc").state)

    monkeypatch.setattr(MemoryService, "wait_for_deployment", wait)
    assert terminal("deploy", "svc", "--entry-script", script).exit_code == 0
    (found,) = terminal.workspace.operations.list()
    assert seen == ["running"]
    assert [phase.phase for phase in found.phases] == ["locking", "starting"]
    assert found.state == "done"
