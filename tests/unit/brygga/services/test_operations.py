"""What is done to services is written down, and what a killed profiling leaves is removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.house import House

from brygga.errors import DeploymentError, InvalidInputError, OperationInProgressError
from brygga.findings import Cause, Diagnosis
from brygga.operations import OperationKind, OperationState, Phase, Subject, SubjectKind
from brygga.services import ServiceCollection
from brygga.services.profiling import MEASURED, measured_service


def names(house: House) -> list[str]:
    return [service.name for service in ServiceCollection(house.parts).list()]


def test_a_deployment_is_written_down_with_its_phases_and_its_revision(house: House) -> None:
    house.deploy()
    (found,) = house.parts.operations.list()
    assert (found.kind, found.state, found.revision) == ("deploy", "done", 1)
    assert found.subject == Subject(SubjectKind.SERVICE, "svc")
    assert [phase.phase for phase in found.phases] == [Phase.STARTING]


def test_one_that_cannot_be_applied_says_why(house: House) -> None:
    house.target.refuse = DeploymentError("svc", 1, Diagnosis(Cause.UNKNOWN, "no room"))
    with pytest.raises(DeploymentError):
        house.deploy()
    found = house.parts.operations.get("svc")
    assert found.state is OperationState.FAILED
    assert found.problem is not None
    assert found.problem.diagnosis is not None
    assert found.problem.diagnosis.message == "no room"


def test_one_that_is_refused_does_not_hide_the_one_that_runs(house: House) -> None:
    subject = Subject(SubjectKind.SERVICE, "svc")
    with (
        house.parts.operation("svc", "deploy"),
        house.parts.operations.begin(OperationKind.DEPLOY, subject) as running,
    ):
        running.phase(Phase.LOCKING, "Locking")
        with pytest.raises(OperationInProgressError):
            house.deploy()
        (found,) = house.parts.operations.list()
        assert found.is_running
    with pytest.raises(InvalidInputError):
        house.deploy("Not a name")
    assert len(house.parts.operations.list()) == 1


def test_profiling_is_one_operation_and_leaves_nothing(house: House) -> None:
    lines: list[str] = []
    house.script.write_text("def init(): ...\ndef run(data): return data\n")
    parts = replace(house.parts, targets={"process": house.target, "fake": house.target})
    found = ServiceCollection(parts).profile(
        entry_script=house.script, inputs=["{}"], progress=lines.append
    )
    assert found.error is not None  # nobody answers at the address of the double
    assert names(house) == []
    assert [path for path in house.parts.locks.iterdir() if path.suffix == ".measuring"] == []
    (operation,) = house.parts.operations.list()
    assert operation.kind is OperationKind.PROFILE
    phases = [phase.phase for phase in operation.phases]
    assert phases == [Phase.STARTING, Phase.MEASURING, Phase.REMOVING]
    assert "Measuring 1 requests." in lines


def test_what_a_killed_profiling_left_goes_with_the_next_deployment(house: House) -> None:
    house.deploy("profile-of-mine")  # by its name alone nothing is taken for left over
    house.deploy("profile-0123456789ab", tags=MEASURED)
    house.deploy("other")
    assert names(house) == ["other", "profile-of-mine"]


def test_one_that_is_being_measured_stays(house: House) -> None:
    with measured_service(house.parts) as name:
        house.deploy(name, tags=MEASURED)
        house.deploy("other")
        assert names(house) == ["other", name]
    ServiceCollection(house.parts).remove_abandoned()
    assert names(house) == ["other"]


def test_one_that_cannot_be_removed_now_is_left_for_later(house: House) -> None:
    house.deploy("profile-0123456789ab", tags=MEASURED)
    with house.parts.operation("profile-0123456789ab", "delete"):
        house.deploy("other")
        assert len(names(house)) == 2
    house.deploy("another")
    assert names(house) == ["another", "other"]
