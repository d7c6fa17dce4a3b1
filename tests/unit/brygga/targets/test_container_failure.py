"""What is made of containers that ended, however they did."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from brygga.findings import Cause, Diagnosis
from brygga.images.engine import Engine
from brygga.spec import RestartPolicy
from brygga.targets.container import failure
from brygga.targets.container.applied_state import AppliedGeneration, AppliedState
from brygga.targets.container.containers import InspectedContainer
from brygga.targets.container.folder import ContainerFolder

GENERATION = AppliedGeneration("1-a", 1, "image", 2, 1.0, 256 << 20, 0, 0.0, 600.0)
LONG_AGO = datetime.now(UTC) - timedelta(minutes=5)
RUNS = InspectedContainer(
    "1", "box-0", "place", "1-a", 0, "running", None, 0, False, 0, LONG_AGO, None
)
ENDED = replace(RUNS, state="exited", finished_at=LONG_AGO)


@dataclass
class Logs:
    """An engine that can do nothing but tell the log of a container."""

    client: "Logs" = field(init=False)
    api: "Logs" = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.api = self

    def logs(self, _container: str, tail: int) -> bytes:
        return b"first\nlast\n" if tail == 20 else b""


ENGINE = cast("Engine", Logs())


@pytest.fixture
def folder(tmp_path: Path) -> ContainerFolder:
    return ContainerFolder(tmp_path / "svc")


def ended(
    folder: ContainerFolder, *there: InspectedContainer, policy: RestartPolicy
) -> Diagnosis | None:
    generation = replace(GENERATION, restart_policy=policy)
    return failure.of_end(folder, ENGINE, generation, there)


def test_a_container_that_the_kernel_ended_for_its_memory_names_a_limit(
    folder: ContainerFolder,
) -> None:
    found = ended(folder, replace(ENDED, exit_code=137, out_of_memory=True), policy="on-failure")

    assert found is not None
    assert found.cause == Cause.OUT_OF_MEMORY
    assert found.message.endswith("at its memory limit of 256 MiB.")
    assert "memory_gb=0.5" in found.fix
    assert (found.peak_memory_bytes, found.memory_limit_bytes) == (256 << 20, 256 << 20)
    assert found.log == ("first", "last")


def test_one_that_is_about_to_be_started_again_has_not_ended(
    folder: ContainerFolder,
) -> None:
    now = replace(ENDED, exit_code=1, finished_at=datetime.now(UTC))

    assert ended(folder, now, policy="on-failure") is None
    assert ended(folder, now, policy="always") is None
    never = ended(folder, now, policy="no")
    assert never is not None
    assert never.message == "box-0 ended with exit code 1."
    given_up = ended(folder, replace(now, restarts=3), policy="on-failure")
    assert given_up is not None
    assert given_up.message == "box-0 ended 3 times and was started again."


def test_one_that_others_stopped_or_removed(folder: ContainerFolder) -> None:
    stopped, removed = ended(folder, ENDED, policy="always"), ended(folder, policy="always")

    assert stopped is not None
    assert removed is not None
    assert stopped.cause == removed.cause == Cause.STOPPED
    assert f"stopped from outside at {LONG_AGO:%Y-%m-%d %H:%M:%S} UTC" in stopped.message
    assert "removed from outside" in removed.message


def test_a_loss_is_told_of_replicas_that_do_not_come_back(folder: ContainerFolder) -> None:
    other = replace(RUNS, name="box-1", replica=1)

    def loss(*there: InspectedContainer) -> str:
        found = failure.of_loss(folder, ENGINE, GENERATION, there)
        return "" if found is None else found.message

    assert loss(RUNS, other) == ""
    assert loss(replace(ENDED, exit_code=1, finished_at=datetime.now(UTC)), other) == ""
    assert loss(ENDED, other).endswith("UTC; 1 of 2 replicas go on.")
    assert (
        loss(RUNS) == "The container of replica 1 was removed from outside; 1 of 2 replicas go on."
    )


def test_one_that_runs_and_makes_no_socket_never_listened(folder: ContainerFolder) -> None:
    applied = AppliedState("127.0.0.1", 1, False, "server", GENERATION, complete=True)
    applied = replace(applied, newest=replace(GENERATION, replicas=1, started_at=2e10))

    def start(container: InspectedContainer) -> Diagnosis | None:
        return failure.of_start(folder, ENGINE, applied, [container])

    found = start(RUNS)
    assert found is not None
    assert (found.cause, found.log) == (Cause.NEVER_LISTENED, ("first", "last"))
    assert start(replace(RUNS, started_at=datetime.now(UTC))) is None
    run = folder.replica("1-a", 0)
    run.mkdir(parents=True)
    try:
        (run / "serve.sock").touch()
        assert start(RUNS) is None
    finally:
        (run / "serve.sock").unlink()
        run.rmdir()
        run.parent.rmdir()
