import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import INIT_RAISED, MemoryService, Terminal
from support.home import Home

from brygga.doctor import Check, machine, past
from brygga.doctor.services import check_services
from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.findings import Cause, CheckResult, Diagnosis, MachineCause, MachineFinding
from brygga.hints import Action, Hint, Shell, Verb
from brygga.settings import Settings
from brygga.spellings import Language, words
from brygga.workspace import Workspace


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose workspaces are looked at beside the one in memory."""
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path_factory.mktemp("empty")))


def look(check: Check, terminal: Terminal) -> list[CheckResult]:
    return list(check(lambda: terminal.session().workspace))


def test_home_that_can_be_used(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "new"))
    assert "failure" not in [finding.level for finding in look(machine.check_home, terminal)]


def test_home_that_cannot_be_made(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "file/home"))
    (finding,) = look(machine.check_home, terminal)
    assert finding.level == "failure"
    assert "BRYGGA_HOME" in finding.advice.text


def test_real_azureml_core_is_found_by_its_metadata(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (alone,) = look(machine.check_azureml, terminal)
    assert alone.level == "ok"
    metadata = tmp_path / "azureml_core-1.61.0.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: azureml-core\nVersion: 1.61.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    (finding,) = look(machine.check_azureml, terminal)
    assert finding.level == "failure"
    assert "1.61.0" in finding.message
    assert finding.advice.text.startswith("pip uninstall -y azureml-core && ")


@pytest.mark.parametrize(
    ("diagnosis", "fix"),
    [
        (Diagnosis(Cause.STOPPED, "It was stopped."), "brygga service restart svc"),
        (Diagnosis(Cause.INTERRUPTED, "Interrupted."), "brygga service delete svc"),
        (INIT_RAISED, "brygga test"),
        (Diagnosis(Cause.UNKNOWN, "It failed."), "brygga service logs svc"),
    ],
)
def test_services_that_are_not_well_come_with_a_command(
    terminal: Terminal, diagnosis: Diagnosis, fix: str
) -> None:
    services = terminal.workspace.services
    services.kept["svc"] = MemoryService("svc", services, error=diagnosis.of("svc"))
    services.kept["good"] = MemoryService("good", services)
    workspace, finding = look(check_services, terminal)
    assert (workspace.level, finding.level) == ("ok", "warning")
    assert fix in words(finding.advice, Language.COMMAND)


def test_only_failures_end_with_1(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    scarce = MachineFinding(MachineCause.DISK_SCARCE, "hm", remedy=Hint("do this"))
    found = [CheckResult.ok("a", "fine"), CheckResult.of("b", "warning", scarce)]
    monkeypatch.setattr("brygga.cli.doctor.CHECKS", (lambda _: iter(found),))
    result = terminal("doctor")
    assert result.exit_code == 0
    assert "warn  b: hm\n      mend it: do this\n" in result.stdout
    found.append(CheckResult.of("c", "failure", MachineFinding(MachineCause.NO_PORT, "broken")))
    assert terminal("doctor").exit_code == 1
    assert '"level": "failure"' in terminal("doctor", "--json").stdout


def test_workspace_that_cannot_be_opened_is_a_finding() -> None:
    def broken(name: str | None) -> Workspace:
        raise StoreError(
            "The database is damaged.", code=ErrorCode.STORE_UNAVAILABLE, hint="Restore it."
        )

    (finding,) = check_services(lambda: broken(None))
    assert (finding.level, finding.advice) == ("failure", Hint("Restore it."))


def test_a_lock_that_is_held_for_long_names_its_holder(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    path = tmp_path / "workspaces" / "w" / "locks" / "svc.lock"
    path.parent.mkdir(parents=True)
    path.write_text("deploy")
    (free,) = look(past.check_locks, terminal)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (fresh,) = look(past.check_locks, terminal)
        os.utime(path, (0, 0))
        old, _ = look(past.check_locks, terminal)

    assert (free.message, fresh.message) == ("0 held at the moment", "1 held at the moment")
    assert old.level == "warning"
    assert "svc.lock (deploy)" in old.message
    assert old.advice.steps == (Shell(("kill", str(os.getpid()))),)


def test_a_server_whose_files_are_gone_is_found_and_ended(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "supervisor.json"
    plan.touch()
    # Looks like a supervisor to whoever reads process lists.
    command = [sys.executable, "-c", "input()", "-m", "brygga_server.supervisor", str(plan)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:

        def lost() -> list[CheckResult]:
            found = look(past.check_processes, terminal)
            return [f for f in found if f.message.startswith(f"process {process.pid} ")]

        assert lost() == []
        monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "other"))
        assert look(past.check_processes, terminal)[-1].message.startswith("0 services of this")
        monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
        assert look(past.check_processes, terminal)[-1].message.startswith("1 services of this")
        plan.unlink()
        (finding,) = lost()
        assert str(tmp_path) in finding.message
        assert finding.mend is not None
        assert finding.mend() == f"told process {process.pid} to end"
        assert process.wait(10) == -signal.SIGTERM
    finally:
        process.communicate(b"\n")


def test_fix_does_what_can_be_done_and_says_what(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> str:
        raise StoreError("It is held.", code=ErrorCode.FILE_LOCK_HELD)

    left = MachineFinding(MachineCause.LEFT_BEHIND, "left")
    found = [
        CheckResult.of("a", "warning", left, mend=lambda: "removed it"),
        CheckResult.of("b", "warning", left, mend=refused),
        CheckResult.of("c", "warning", MachineFinding(MachineCause.NO_PORT, "no port")),
    ]
    monkeypatch.setattr("brygga.cli.doctor.CHECKS", (lambda _: iter(found),))

    lines = terminal("doctor", "--fix").stdout.splitlines()

    assert lines[1] == "      removed it"
    assert lines[3] == "      could not be mended: It is held."
    assert lines[5].startswith("      mend it: ")
    assert [each["done"] for each in terminal.json("doctor", "--fix")][::2] == ["removed it", None]
    assert {each["done"] for each in terminal.json("doctor")} == {None}


def test_what_is_left_of_a_service_comes_with_the_command_that_removes_it(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    Workspace.create("some")
    (fine,) = look(past.check_leftovers, terminal)
    run = tmp_path / "workspaces" / "some" / "services" / "ghost" / "run"
    run.mkdir(parents=True)
    findings = look(past.check_leftovers, terminal)

    assert fine.level == "ok"
    assert [(f.level, f.advice) for f in findings if "ghost" in f.message] == [
        ("warning", Hint.do(Action(Verb.COLLECT_GARBAGE)))
    ]
    mends = {finding.mend for finding in findings}
    assert [mend() for mend in mends if mend] == ["removed 1 unused things, 0 B freed"]
    assert not run.exists()


def test_machine_checks_never_fail(terminal: Terminal) -> None:
    """Services run without an engine, and without control groups."""
    found = [
        *look(machine.check_engine, terminal),
        *look(machine.check_control_groups, terminal),
    ]
    assert {f.name for f in found} == {"engine", "limits"}
    assert "failure" not in {f.level for f in found}


def test_services_of_other_workspaces_are_looked_at_too(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path))
    other = Home(Settings.from_environment(), Workspace.create("other"))
    other.deployed()
    services = terminal.workspace.services
    services.kept["svc"] = MemoryService("svc", services, error=INIT_RAISED)
    monkeypatch.setattr("brygga.cli.doctor.CHECKS", (check_services,))
    told = terminal("doctor").stdout
    assert "warn  service svc: " in told
    assert "ok    workspace: other, 1 services" in told
    assert "warn  service svc of other: " in told
    assert "brygga --workspace other" in told
