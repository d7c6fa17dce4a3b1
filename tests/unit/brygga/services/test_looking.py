"""Looking at services: from one read and one look each, and nothing is written by it."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from support.house import SCRIPT, House

from brygga.errors import DeploymentError
from brygga.findings import Cause, Diagnosis
from brygga.services import ServiceState
from brygga.targets.base import Elsewhere, WorkloadState, WorkloadStatus

FAILURE = Diagnosis(Cause.INIT_RAISED, "KeyError: 'w'", "score.py", 4)


def broken_update(house: House) -> None:
    """A second revision, with a model of its own, whose start has failed."""
    house.deploy(models=[house.model("m")])
    house.deploy(text=SCRIPT + "x = 1\n", models=[house.model("m")])
    house.target.statuses["svc"] = WorkloadStatus(
        WorkloadState.READY,
        1,
        url="http://127.0.0.1:9",
        pending=2,
        pending_state=WorkloadState.FAILED,
        pending_diagnosis=FAILURE,
    )


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder, by what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_fifty_services_are_one_transaction_and_one_look_at_each(house: House) -> None:
    for number in range(50):
        house.deploy(f"svc-{number:02}")
    before, looks = house.parts.store.transactions, house.target.looks

    found = house.services.snapshots()

    assert [each.name for each in found] == [f"svc-{number:02}" for number in range(50)]
    assert {each.state for each in found} == {ServiceState.HEALTHY}
    assert house.parts.store.transactions - before == 1
    assert house.target.looks - looks == 50


def test_a_fact_of_a_service_is_one_transaction_and_one_look(house: House) -> None:
    service = house.deploy()
    for fact in ("state", "error", "spec", "models", "scoring_uri", "details", "tags"):
        before, looks = house.parts.store.transactions, house.target.looks
        getattr(service, fact)
        spent = (house.parts.store.transactions - before, house.target.looks - looks)
        assert (fact, spent) == (fact, (1, 1))


def test_looking_writes_nothing(house: House, tmp_path: Path) -> None:
    broken_update(house)
    lost = house.deploy("lost")
    house.target.statuses.pop("lost")
    before = content(tmp_path)

    for service in house.services.list():
        assert service.name in repr(service)
        assert service.name in service._repr_html_()
        service.snapshot().to_dict()
        service.revisions()
    house.services.snapshots()

    assert lost.state is ServiceState.FAILED
    assert content(tmp_path) == before
    rows = house.parts.store.services.revisions("svc")
    assert [row.status for row in rows] == ["ready", "pending"]


def test_what_was_seen_is_written_down_by_whatever_changes_the_service_next(house: House) -> None:
    broken_update(house)
    assert [r.status for r in house.services.get("svc").revisions()] == ["ready", "failed"]

    house.services.get("svc").regen_key("primary")

    service = house.parts.store.services.find("svc")
    assert service is not None
    assert service.current_revision == 1
    first, second = house.parts.store.services.revisions("svc")
    assert (first.status, second.status) == ("ready", "failed")
    assert second.diagnosis == FAILURE.to_dict()


def test_the_end_of_waiting_is_written_down_for_those_who_cannot_ask(house: House) -> None:
    house.deploy("first").wait_for_deployment()
    (outline,) = house.parts.store.services.outlines("first")
    assert (outline.row.current_revision, outline.newest.status) == (1, "ready")

    broken_update(house)
    with pytest.raises(DeploymentError, match="KeyError"):
        house.services.get("svc").wait_for_deployment()
    assert house.parts.store.services.outlines("svc")[0].newest.status == "failed"


def test_a_deployment_that_was_lost_is_written_down_by_the_next(house: House) -> None:
    house.deploy()
    house.deploy(text=SCRIPT + "x = 1\n")
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.READY, 1)
    service = house.services.get("svc")
    assert service.revisions()[-1].status == "failed"
    with house.parts.operation("svc", "deploy").acquired(1):
        assert service.revisions()[-1].status == "pending"

    house.deploy(text=SCRIPT + "x = 2\n")

    assert [r.status for r in service.revisions()] == ["ready", "failed", "ready"]


def test_the_serving_revision_and_the_failed_newer_one_each_have_their_own(house: House) -> None:
    broken_update(house)

    seen = house.services.get("svc").snapshot()

    assert (seen.state, seen.current.number, seen.current.models) == ("Healthy", 1, ("m:1",))
    assert seen.newer is not None
    assert (seen.newer.number, seen.newer.status, seen.newer.models) == (2, "failed", ("m:2",))
    assert (seen.diagnosis, seen.newer.diagnosis, seen.error) == (None, FAILURE, FAILURE)
    assert seen.to_dict()["models"] == ["m:1"]


def test_a_service_that_was_stopped_is_stopped(house: House) -> None:
    service = house.deploy()
    stopped = Diagnosis(Cause.STOPPED, "It was stopped.")
    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.STOPPED, 1, diagnosis=stopped)
    assert (service.state, service.error) == (ServiceState.STOPPED, stopped)

    house.target.statuses["svc"] = WorkloadStatus(WorkloadState.ENDED, 1, diagnosis=stopped)
    assert service.state is ServiceState.UNHEALTHY


def test_a_repr_never_raises(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    service = house.deploy()
    assert "Healthy" in repr(service)

    def refuse(_service: str) -> WorkloadStatus:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(house.target, "status", refuse)
        assert "the disk is gone" in repr(service)
        assert "the disk is gone" in service._repr_html_()
    service.delete()
    assert repr(service) == "Service('svc', deleted)"
    assert "deleted" in service._repr_html_()


def test_of_a_service_that_is_out_of_reach_the_last_that_was_noted_is_seen(house: House) -> None:
    broken_update(house)
    house.services.get("svc").regen_key("primary")
    here, looks = house.services.get("svc").snapshot(), house.target.looks
    house.target.out_of_reach["svc"] = Elsewhere("on pluto", "runs on 'pluto'", "Ask there.")

    (seen,) = house.services.snapshots()

    assert house.target.looks == looks
    assert (seen.is_here, seen.state, seen.state_text) == (False, None, "on pluto")
    assert (seen.current, seen.newer) == (replace(here.current, serving=False), here.newer)
    assert (seen.url, seen.scoring_uri, dict(seen.details)) == (None, None, {})
