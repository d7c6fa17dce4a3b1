"""The state of a service, from what the cluster lists of it."""

from __future__ import annotations

from typing import Any

import pytest
from support.cluster_objects import NOW, deployment, pod, service

from brygga.targets.base import WorkloadStatus
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes.seen import by_service
from brygga.targets.kubernetes.status import read_status, step_of

DECLARED = DeclaredTarget(name="prod", registry="r.example.com", expose="node-port")
BROKEN = {"exitCode": 3, "reason": "Error", "message": '{"cause": "init_raised", "message": "no"}'}


def status(*pods: Any, declared: DeclaredTarget = DECLARED, **given: Any) -> WorkloadStatus:
    listed = {"Deployment": [deployment(**given)], "Pod": [*pods], "Service": [service()]}
    return read_status(by_service(listed)["digits"], declared, "digits", NOW)


def test_nothing_is_absent() -> None:
    assert read_status(None, DECLARED, "digits", NOW).state == "absent"
    lonely = by_service({"Pod": [pod(leaving=1)]})["digits"]
    assert read_status(lonely, DECLARED, "digits", NOW).state == "absent"


def test_it_serves_where_it_is_reached() -> None:
    found = status(pod(ready=True))

    assert (found.state, found.revision, found.pending) == ("ready", 1, None)
    assert found.url == "http://10.99.0.11:30080"
    assert found.details["replicas"] == "1 of 1 ready"


def test_it_is_never_ready_without_a_pod() -> None:
    for pods in ((), (pod(),), (pod(leaving=1, ready=True),)):
        found = status(*pods)
        assert found.state == "unready"
        assert found.diagnosis is not None


def test_the_first_revision_starts_until_all_are_ready() -> None:
    two = [pod("a", ready=True), pod("b")]

    assert status(*two, replicas=2, rolled_out=False).state == "starting"
    assert status(replicas=2, rolled_out=False, unseen=True).state == "starting"


def test_while_the_next_one_starts_the_old_one_serves() -> None:
    found = status(pod("a", 1, ready=True), pod("b", 2), revision=2, rolled_out=False)

    assert (found.state, found.revision) == ("ready", 1)
    assert (found.pending, found.pending_state) == (2, "starting")


def test_a_next_one_that_fails_leaves_the_old_one_serving() -> None:
    broken = pod("b", 2, ended=BROKEN, restarts=1)
    found = status(pod("a", 1, ready=True), broken, revision=2, rolled_out=False)

    assert (found.state, found.revision, found.pending_state) == ("ready", 1, "failed")
    assert found.pending_diagnosis is not None
    assert found.pending_diagnosis.cause == "init_raised"


def test_a_first_one_that_fails_has_failed() -> None:
    found = status(pod(ended=BROKEN, restarts=1), rolled_out=False)

    assert found.state == "failed"
    assert found.diagnosis is not None
    assert found.diagnosis.cause == "init_raised"


def test_what_the_controller_has_not_seen_yet_is_no_news() -> None:
    """The pods are still those of the revision before, and so are the conditions."""
    found = status(pod("a", 1, ready=True), revision=2, unseen=True)

    assert (found.revision, found.pending, found.pending_state) == (1, 2, "starting")


@pytest.mark.parametrize(("seconds", "revision"), [(0.5, 1), (4, 1), (6, 2)])
def test_an_update_has_ended_when_no_node_asks_the_old_pods(seconds: float, revision: int) -> None:
    found = status(pod("a", 1, ready=True, leaving=seconds), pod("b", 2, ready=True), revision=2)

    assert found.revision == revision


def test_a_restart_is_under_way_until_its_pods_are_ready() -> None:
    pods = pod("a", ready=True), pod("b")
    found = status(*pods, rolled_out=False, restarted="1@17")

    assert (found.state, found.revision) == ("ready", 1)
    assert (found.pending, found.pending_state) == (1, "starting")
    assert status(*pods, rolled_out=False, restarted="0@17").state == "starting"


def test_a_replica_that_is_lost_is_said_with_those_that_go_on() -> None:
    lost = pod("b", ended=BROKEN, restarts=2)
    found = status(pod("a", ready=True), lost, replicas=2)

    assert found.state == "ready"
    assert found.diagnosis is not None
    assert "1 of 2 replicas go on" in found.diagnosis.message


def test_no_replicas_are_wanted() -> None:
    assert status(replicas=0).state == "stopped"


def test_addresses() -> None:
    inside = DeclaredTarget(name="prod", registry="r.example.com", namespace="ml")
    listed = {"Deployment": [deployment()], "Pod": [pod(ready=True)]}
    for address, expected in (
        (service("ClusterIP"), "http://digits.ml.svc"),
        (service("LoadBalancer"), None),
        (service("LoadBalancer", loadBalancer={"ingress": [{"ip": "1.2.3.4"}]}), "http://1.2.3.4"),
    ):
        seen = by_service({**listed, "Service": [address]})["digits"]
        assert read_status(seen, inside, "digits", NOW).url == expected
    seen = by_service({**listed, "Service": [service()]})["digits"]
    chosen = DeclaredTarget(name="p", registry="r", expose="node-port", host="nodes.example.com")
    assert read_status(seen, chosen, "digits", NOW).url == "http://nodes.example.com:30080"


def test_how_far_it_has_got() -> None:
    def step(*pods: Any) -> str:
        listed = {"Deployment": [deployment(rolled_out=False)], "Pod": [*pods]}
        seen = by_service(listed)["digits"]
        return step_of(seen, read_status(seen, DECLARED, "digits", NOW))

    assert step() == "applied (0 of 1 ready)"
    assert step(pod(unscheduled="0/2 nodes")) == "waiting for a node with room (0 of 1 ready)"
    assert step(pod(waiting={"reason": "ContainerCreating"})) == "pulling (0 of 1 ready)"
    assert step(pod(phase="Running")) == "starting (0 of 1 ready)"
