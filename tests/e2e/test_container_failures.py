"""Containers that do not come up, and those that are to be started again, or not."""

import json
import sqlite3
import time
from pathlib import Path

import pytest
from support.containers import Deploy, deploy, inspected, kill
from support.engine import require_engine

from brygga import DeploymentError, Environment, InvalidInputError, Workspace
from brygga.errors import EngineUnavailableError
from brygga.findings import Cause
from brygga.images.engine import Engine
from brygga.targets.container import failure
from brygga.testing.services import ECHO, wait_until

__all__ = ["deploy"]
pytestmark = pytest.mark.engine

RAISES = """
def init():
    raise RuntimeError("the model is of another kind")
def run(raw_data):
    return 1
"""
FILLS = """
def init():
    with open("/tmp/model", "wb") as file:
        for _ in range(100):
            file.write(bytes(8 << 20))
def run(raw_data):
    return 1
"""


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


def test_one_that_never_listens_says_so_with_its_log_and_what_to_do(
    engine: Engine, deploy: Deploy, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a step has put something in the place of the interpreter."""
    monkeypatch.setattr(failure, "_TO_LISTEN_S", 1.0)
    python = "/opt/brygga/server/bin/python"
    script = "#!/bin/sh\\necho waiting for a licence\\nsleep 600\\n"
    steps = f"RUN rm {python} && printf '{script}' > {python} && chmod 755 {python}"

    with pytest.raises(DeploymentError) as caught:
        deploy(extra_steps=steps)

    found = caught.value.diagnosis
    assert found.cause == Cause.NEVER_LISTENED
    assert "did not listen within" in found.message
    assert found.log == ("waiting for a licence",)
    assert "without extra steps" in str(caught.value)
    service = workspace.services.get("boxed")
    assert service.state == "Failed"
    wait_until(lambda: not inspected(engine, service)[0]["State"]["Running"])
    assert "waiting for a licence" in "\n".join(service.logs())


def test_files_that_fill_its_memory_are_named(deploy: Deploy) -> None:
    """They are nobody's: the worker that is ended for them holds little."""
    with pytest.raises(DeploymentError) as caught:
        deploy(FILLS, memory_gb=0.25)

    assert caught.value.diagnosis.cause == Cause.OUT_OF_MEMORY
    assert "Files in /tmp count as memory, too." in str(caught.value)
    assert "memory_gb=0.5" in str(caught.value)


@pytest.mark.parametrize("policy", ["on-failure", "always", "no"])
def test_one_of_a_revision_that_was_never_ready_is_not_started_again(
    engine: Engine, deploy: Deploy, workspace: Workspace, policy: str
) -> None:
    with pytest.raises(DeploymentError) as caught:
        deploy(RAISES, restart_policy=policy)

    assert caught.value.diagnosis.cause == Cause.INIT_RAISED
    service = workspace.services.get("boxed")
    wait_until(lambda: not inspected(engine, service)[0]["State"]["Running"])
    time.sleep(2)  # nothing is to happen
    (seen,) = inspected(engine, service)
    assert (seen["State"]["Running"], seen["RestartCount"]) == (False, 0)
    assert "\n".join(service.logs()).count("Traceback") == 1


def test_one_that_is_not_to_be_started_again_stays_as_it_ended(
    engine: Engine, deploy: Deploy
) -> None:
    service = deploy(ECHO, restart_policy="no")
    (seen,) = inspected(engine, service)
    assert seen["HostConfig"]["RestartPolicy"]["Name"] == "no"

    kill(seen)
    wait_until(lambda: service.state == "Unhealthy" and service.error is not None)

    assert "was ended by signal 9" in str(service.error)
    assert inspected(engine, service)[0]["RestartCount"] == 0
    service.restart()
    service.wait_for_deployment(timeout_s=60)
    assert json.loads(service.run(7))["got"] == 7
    assert service.details["restart_policy"] == "no"


def test_one_that_is_always_started_again_is_not_when_it_was_replaced(
    engine: Engine, deploy: Deploy
) -> None:
    service = deploy(ECHO.replace("init was called", "this is the first"), restart_policy="always")
    (first,) = inspected(engine, service)
    assert first["HostConfig"]["RestartPolicy"]["Name"] == "always"
    kill(first)
    wait_until(
        lambda: inspected(engine, service)[0]["State"]["Pid"] not in (0, first["State"]["Pid"])
    )
    wait_until(lambda: service.state == "Healthy")
    assert json.loads(service.run(7))["got"] == 7

    deploy(ECHO.replace("init was called", "this is the second"), restart_policy="always")

    wait_until(lambda: "this is the second" in "\n".join(service.logs()))
    wait_until(lambda: len(service.details["containers"]) == 1)  # type: ignore[arg-type]
    # Twice, for it was killed once.
    assert "\n".join(service.logs()).count("this is the first") == 2
    service.rollback()
    service.wait_for_deployment(timeout_s=60)
    assert service.spec.restart_policy == "always"


def test_gc_ends_the_containers_of_a_service_that_is_not_known_any_more(
    engine: Engine, deploy: Deploy, workspace: Workspace, shared_home: Path
) -> None:
    """As where a database was lost, or restored from before."""
    service = deploy(ECHO)
    (seen,) = inspected(engine, service)
    with sqlite3.connect(shared_home / "workspaces/tests/workspace.db") as database:
        database.execute("PRAGMA foreign_keys=ON")
        database.execute("DELETE FROM services")

    found = [(each.kind, each.name) for each in workspace.collect_garbage().removed]

    assert ("container service", "boxed") in found
    label = [f"dev.brygga.place={seen['Config']['Labels']['dev.brygga.place']}"]
    assert engine.client.api.containers(all=True, filters={"label": label}) == []


def test_without_its_engine_it_goes_on_and_says_so(
    engine: Engine, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway needs no engine, and the next command finds out that there is none."""
    deploy(ECHO)
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///nowhere/engine.sock")
        service = Workspace.get("tests").services.get("boxed")

        assert (service.state, service.details["engine"]) == ("Healthy", "does not answer")
        assert json.loads(service.run(7))["got"] == 7
        with pytest.raises(EngineUnavailableError, match=r"nowhere/engine.sock .no such socket."):
            list(service.logs())
        with pytest.raises(EngineUnavailableError):
            service.restart()


def test_a_policy_that_cannot_be_had_is_refused(deploy: Deploy, workspace: Workspace) -> None:
    with pytest.raises(InvalidInputError, match=r"'sometimes' cannot .*on-failure, always, no"):
        deploy(ECHO, restart_policy="sometimes")
    assert workspace.services.list() == []


def test_the_process_target_has_no_policy_to_choose(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(ECHO)
    with pytest.raises(InvalidInputError, match="The restart policy 'no' cannot be had"):
        workspace.services.deploy(
            "plain",
            entry_script=tmp_path / "score.py",
            environment=Environment.from_packages([]),
            restart_policy="no",
        )
