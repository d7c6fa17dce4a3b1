"""What is done to services is written down, and what a killed profiling leaves is removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.house import SCRIPT, House

from brygga.error_codes import ErrorCode
from brygga.errors import DeploymentError, InvalidInputError, OperationInProgressError, StoreError
from brygga.findings import Cause, Diagnosis
from brygga.operations import SILENT, OperationKind, OperationState, Phase, Subject, SubjectKind
from brygga.services import ServiceCollection
from brygga.services.profiling import MEASURED, measured_service
from brygga.services.snapshot import ServiceSnapshot
from brygga.services.waiting import TimedLines, wait_until_ready
from brygga.targets.base import WorkloadState, WorkloadStatus


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


def test_what_is_done_to_a_service_is_written_down_each_time(house: House) -> None:
    service = house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    service.rollback(1)
    service.reconfigure(cpu_cores=0.5)
    service.restart()
    service.delete()
    kinds = [(each.kind.value, each.revision) for each in house.parts.operations.list("svc")]
    assert kinds == [
        ("delete", None),
        ("restart", None),
        ("reconfigure", 4),
        ("rollback", 3),
        ("deploy", 2),
        ("deploy", 1),
    ]


def starting(house: House, revision: int, *, beside: int = 1) -> None:
    """Lets a revision look as if it were starting beside another."""
    house.target.statuses["svc"] = WorkloadStatus(
        WorkloadState.READY, beside, pending=revision, pending_state=WorkloadState.STARTING
    )


def test_a_deployment_overtaken_by_another_says_which(house: House) -> None:
    service = house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    starting(house, 2)
    house.deploy(text=SCRIPT + "x = 2\n")
    starting(house, 3)

    with pytest.raises(DeploymentError, match=r"Revision 3 replaced it\. Revision 1 serves on\."):
        wait_until_ready(service.snapshot, "svc", 2, timeout_s=10, progress=SILENT)
    _, second, _ = service.revisions()
    assert second.diagnosis is not None
    assert (second.status, second.diagnosis.cause) == ("failed", Cause.REPLACED)
    assert service.error is None


def test_one_that_waits_for_what_a_newer_one_serves_has_what_it_wanted(house: House) -> None:
    service = house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    starting(house, 2)
    house.deploy(text=SCRIPT + "x = 2\n")
    wait_until_ready(service.snapshot, "svc", 2, timeout_s=10, progress=SILENT)


def test_after_a_restart_what_served_is_enough(house: House) -> None:
    """A newer one has failed before; while it starts, nothing is known of who will serve."""
    service = house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    ready = WorkloadStatus(WorkloadState.READY, 1)
    looks = iter([WorkloadStatus(WorkloadState.STARTING, None), ready])

    def look() -> ServiceSnapshot:
        house.target.statuses["svc"] = next(looks)
        return service.snapshot()

    wait_until_ready(look, "svc", 1, timeout_s=10, progress=SILENT, newest=2)
    assert next(looks, None) is None


def test_a_failed_update_says_which_revision_serves_on(house: House) -> None:
    service = house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    house.target.statuses["svc"] = WorkloadStatus(
        WorkloadState.READY,
        1,
        pending=2,
        pending_state=WorkloadState.FAILED,
        pending_diagnosis=Diagnosis(Cause.INIT_RAISED, "KeyError: 'x'"),
    )
    with pytest.raises(DeploymentError) as caught:
        service.wait_for_deployment(timeout_s=10)
    assert caught.value.serving == 1
    assert caught.value.message.endswith("KeyError: 'x'. Revision 1 serves on.")


def test_profiling_is_one_operation_and_leaves_nothing(house: House) -> None:
    lines: list[str] = []
    house.script.write_text(SCRIPT)
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
    assert "Measuring 1 request." in lines


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


def test_workers_that_are_not_ready_yet_are_no_illness(house: House) -> None:
    """As a restart is seen, between its processes and their first answer."""
    service = house.deploy()
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.UNREADY, 1)
    told: list[str] = []

    def look() -> ServiceSnapshot:
        seen = service.snapshot()
        house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 1, url="http://u")
        return seen

    wait_until_ready(look, "svc", 1, timeout_s=10, progress=TimedLines(told.append))
    assert [line.split("s  ")[1] for line in told] == [
        "Starting: its workers are not ready yet",
        "Healthy: revision 1 serves at http://u",
    ]


def test_what_serves_has_not_failed_whatever_was_noted(house: House) -> None:
    """Its supervisor was killed within the second in which it took over."""
    service = house.deploy()
    house.target.refuse = StoreError("It stopped.", code=ErrorCode.SERVICE_UNRESPONSIVE)
    with pytest.raises(StoreError):
        house.deploy(text=SCRIPT + "x = 1\n")
    assert [each.status for each in service.revisions()] == ["ready", "failed"]
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 2)
    newest = service.revisions()[-1]
    assert (newest.status, newest.serving, newest.diagnosis) == ("ready", True, None)
    assert service.error is None
