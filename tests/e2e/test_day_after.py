"""What becomes of services when things die, machines reboot and logs grow."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3
from support.supervised import kill_all

from brygga import (
    DeploymentError,
    Environment,
    Service,
    ServiceCallError,
    Workspace,
)
from brygga.targets.local import systemd
from brygga.testing.services import wait_until

SCRIPT = """
import json
def init(): ...
def run(raw):
    text = json.loads(raw)
    print(text)
    return len(text)
"""


@pytest.fixture
def service(workspace: Workspace, tmp_path: Path) -> Service:
    script = tmp_path / "score.py"
    script.write_text(SCRIPT)
    service = workspace.services.deploy(
        "survivor", entry_script=script, environment=Environment.from_packages([]), auth=False
    )
    service.wait_for_deployment(timeout_s=60)
    return service


@pytest.fixture
def run_folder(service: Service, shared_home: Path) -> Path:
    """Where supervisor and front say how they are."""
    return next(shared_home.glob(f"workspaces/*/services/{service.name}/run"))


def supervisor(run_folder: Path) -> int:
    return int(json.loads((run_folder / "state.json").read_text())["pid"])


def seconds_until(condition: Callable[[], bool]) -> float:
    began = time.monotonic()
    wait_until(condition)
    return time.monotonic() - began


def answers(service: Service) -> bool:
    with contextlib.suppress(ServiceCallError):
        return service.run(json.dumps("x"), timeout_s=5) is not None
    return False


def test_a_front_that_dies_is_back_in_a_second_on_the_same_port(service: Service) -> None:
    uri = str(service.scoring_uri)
    front = int(str(service.details["front"]))
    os.kill(front, signal.SIGKILL)

    def scores() -> bool:
        response = urllib3.request("POST", uri, body=b'"x"', retries=False, timeout=5)
        return response.status == 200

    def is_back() -> bool:
        try:
            return scores()
        except urllib3.exceptions.HTTPError:
            return False

    taken = seconds_until(is_back)
    print(f"back after {taken:.2f} s")
    assert taken < 5  # half a second on a machine that has nothing else to do
    assert service.scoring_uri == uri
    assert service.state == "Healthy"


def test_a_supervisor_that_dies_costs_no_request(service: Service, run_folder: Path) -> None:
    before = supervisor(run_folder)
    front = service.details["front"]
    os.kill(before, signal.SIGKILL)
    while supervisor(run_folder) == before:
        assert service.run(json.dumps("abc")) == 3
        assert service.state == "Healthy"
    assert service.details["front"] == front
    assert "the supervisor was killed" in str(service.details["events"])
    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert service.details["front"] != front


def test_what_was_killed_as_a_whole_is_back_with_the_next_command(
    service: Service, run_folder: Path
) -> None:
    uri = service.scoring_uri
    kill_all(run_folder / "state.json")
    wait_until(lambda: service.state != "Healthy")
    assert service.error is not None
    assert "ended from outside" in service.error.message

    def command() -> None:
        with contextlib.suppress(DeploymentError):
            service.wait_for_deployment(timeout_s=60)

    both = [threading.Thread(target=command) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    wait_until(lambda: service.state == "Healthy")
    assert (service.scoring_uri, service.run(json.dumps("abc"))) == (uri, 3)


def test_what_hangs_without_a_supervisor_is_started_anew(
    service: Service, run_folder: Path
) -> None:
    """Both were stopped by signals, then one was killed: nobody could do anything about it."""
    state = json.loads((run_folder / "state.json").read_text())
    os.kill(state["front"]["pid"], signal.SIGSTOP)
    os.kill(state["pid"], signal.SIGKILL)

    service.wait_for_deployment(timeout_s=60)
    wait_until(lambda: supervisor(run_folder) != state["pid"])
    assert service.run(json.dumps("abc")) == 3


def test_after_a_reboot_it_is_stopped_and_comes_back_on_its_port(
    service: Service, run_folder: Path
) -> None:
    uri = service.scoring_uri
    kill_all(run_folder / "state.json")
    wait_until(lambda: service.state != "Healthy")
    state = json.loads((run_folder / "state.json").read_text())
    (run_folder / "state.json").write_text(json.dumps({**state, "boot_id": "another"}))

    assert service.state == "Unhealthy"
    assert service.error is not None
    assert service.error.cause == "stopped"
    assert "machine was restarted" in service.error.message
    assert ".restart()" in service.error.fix

    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert service.scoring_uri == uri
    assert service.run(json.dumps("abc")) == 3


def test_a_pid_of_an_earlier_boot_is_nobody_of_ours(service: Service, run_folder: Path) -> None:
    """What had that number then is somebody else's process now."""
    kill_all(run_folder / "state.json")
    wait_until(lambda: service.state != "Healthy")
    bystander = os.getpid()
    state = json.loads((run_folder / "state.json").read_text())
    changed = {**state, "boot_id": "another", "pid": bystander}
    (run_folder / "state.json").write_text(json.dumps(changed))

    service.restart()  # would have ended us
    service.wait_for_deployment(timeout_s=60)
    assert service.run(json.dumps("abc")) == 3


def test_stopped_is_stopped_until_it_is_restarted(service: Service) -> None:
    uri = service.scoring_uri
    service.stop()

    assert service.error is not None
    assert (service.state, service.error.message) == ("Stopped", "It was stopped.")
    assert not answers(service)

    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert service.scoring_uri == uri
    assert service.run(json.dumps("abc")) == 3


def test_cron_brings_it_back_where_no_systemd_answers(
    service: Service, run_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Run as cron runs it: nothing in the environment, no terminal, another folder."""
    monkeypatch.setattr(systemd, "_BOOTED", tmp_path / "no systemd")
    start = service.enable()
    kill_all(run_folder / "state.json")
    wait_until(lambda: service.state != "Healthy")
    line = start.cron.removeprefix("@reboot ")

    cron = {"HOME": str(tmp_path), "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", line], env=cron, cwd="/", stdin=subprocess.DEVNULL, check=True)

    assert service.run(json.dumps("abc")) == 3
    log = run_folder.parent / "logs/boot.log"
    assert f"serves revision 1 at {service.scoring_uri}" in log.read_text()
    assert service.disable()
    assert not service.disable()


def test_what_is_restored_from_a_backup_is_deployed_again_as_it_was(
    service: Service, workspace: Workspace, tmp_path: Path
) -> None:
    made = workspace.backup(tmp_path / "workspace.backup")

    done = Workspace.restore(made.path, name="restored", settings=workspace._settings)
    try:
        assert (done.deploy, done.restart) == (("survivor",), ())
        copy = done.workspace.services.deploy("survivor")
        copy.wait_for_deployment(timeout_s=60)

        assert copy.run(json.dumps("abc")) == service.run(json.dumps("abc")) == 3
        assert copy.revision == 2
    finally:
        done.workspace.services.get("survivor").delete()
        done.workspace.delete()


def test_an_update_starts_what_was_stopped(
    service: Service, workspace: Workspace, tmp_path: Path
) -> None:
    uri = service.scoring_uri
    service.stop()
    (tmp_path / "score.py").write_text(SCRIPT.replace("len(text)", "-len(text)"))

    service = workspace.services.deploy(
        "survivor",
        entry_script=tmp_path / "score.py",
        environment=Environment.from_packages([]),
        auth=False,
    )
    service.wait_for_deployment(timeout_s=60)

    assert (service.run(json.dumps("abc")), service.scoring_uri) == (-3, uri)


def test_asked_from_another_session(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of sockets follows the environment; a service stays where it was started."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", "/nowhere/at/all")

    assert service.details["workers"]
    keys = service.revisions()
    assert keys[-1].serving


def test_logs_rotate_and_are_bounded(service: Service, run_folder: Path) -> None:
    """60 MB of prints: the newest are there, and the folder stays below its bound."""
    logs = run_folder.parent / "logs"
    for number in range(60):
        service.run(json.dumps(f"number {number} {'x' * 200}\n" * 5000))
    wait_until(lambda: any("number 59 " in line for line in service.logs(lines=50)))

    sizes = {path.name: path.stat().st_size for path in logs.iterdir()}
    assert sum(sizes.values()) <= 6 * (10 << 20)
    assert len(sizes) == 6
    assert not any("number 2 " in line for line in service.logs())


def test_rollback_to_any_of_ten_kept_revisions(
    service: Service, workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(2, 13):
        (tmp_path / "score.py").write_text(SCRIPT.replace("len(text)", str(number)))
        service = workspace.services.deploy(
            "survivor",
            entry_script=tmp_path / "score.py",
            environment=Environment.from_packages([]),
            auth=False,
        )
        service.wait_for_deployment(timeout_s=60)
    kept = [revision.number for revision in service.revisions()]
    assert kept == list(range(3, 13))

    # Each rollback is a revision itself and takes the place of the oldest.
    for number in (3, 5, 9, 12, 11):
        service.rollback(number)
        service.wait_for_deployment(timeout_s=60)
        assert service.run(json.dumps("x")) == number
