"""Why pods do not come up, from what the cluster lists of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.cluster_objects import NOW, deployment, event, pod

from brygga.findings import Diagnosis
from brygga.targets.kubernetes import failure
from brygga.targets.kubernetes.seen import by_service


def why(found: dict[str, Any], *events: dict[str, Any]) -> Diagnosis | None:
    listed = {"Deployment": [deployment(rolled_out=False)], "Pod": [found], "Event": [*events]}
    seen = by_service(listed)["digits"]
    return failure.of_pods(seen, seen.pods, NOW)


def certain(found: dict[str, Any], *events: dict[str, Any]) -> Diagnosis:
    diagnosis = why(found, *events)
    assert diagnosis is not None
    return diagnosis


PULL = 'Back-off pulling image "registry/digits@sha256:0": ErrImagePull: failed to pull: '


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("registry/digits@sha256:0: not found", "image_missing"),
        ("unexpected status from HEAD request to http://r/v2/: 404 Not Found", "image_missing"),
        ("failed to authorize: unexpected status: 401 Unauthorized", "image_denied"),
        ("pull access denied, repository does not exist or may require authorization",
         "image_denied"),
        ("dial tcp 10.0.0.9:5000: connect: connection refused", "registry_unreachable"),
        ("dial tcp: lookup registry on 10.96.0.10:53: no such host", "registry_unreachable"),
        ("http: server gave HTTP response to HTTPS client", "registry_unreachable"),
    ],
)  # fmt: skip
def test_three_faults_of_a_registry_are_told_apart(said: str, cause: str) -> None:
    diagnosis = certain(pod(waiting={"reason": "ImagePullBackOff", "message": PULL + said}))

    assert diagnosis.cause == cause
    assert said in diagnosis.message
    assert diagnosis.fix


def test_an_older_node_says_why_in_an_event() -> None:
    short = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    told = event("Failed", 'Failed to pull image "x": rpc error: not found')

    assert certain(pod(waiting=short), told).cause == "image_missing"


def test_a_registry_that_hiccups_once_is_asked_again() -> None:
    first = {"reason": "ErrImagePull", "message": "dial tcp: connection refused"}

    assert why(pod(waiting=first)) is None


def test_no_room_is_said_in_the_words_of_the_scheduler() -> None:
    said = "0/2 nodes are available: 2 Insufficient memory."
    diagnosis = certain(pod(unscheduled=said))

    assert diagnosis.cause == "unschedulable"
    assert said in diagnosis.message
    assert why(pod(unscheduled=said), event("TriggeredScaleUp", "2->3")) is None


def test_what_the_server_has_noted_of_its_end_wins() -> None:
    note = {"cause": "init_raised", "message": "KeyError: 'w'", "file": "score.py", "line": 4}
    ended = {"exitCode": 3, "reason": "Error", "message": json.dumps(note)}
    diagnosis = certain(pod(ended=ended, restarts=1, waiting={"reason": "CrashLoopBackOff"}))

    assert (diagnosis.cause, diagnosis.file, diagnosis.line) == ("init_raised", "score.py", 4)


def test_a_crash_loop_shows_the_last_lines() -> None:
    ended = {"exitCode": 139, "reason": "Error", "message": "one\ntwo"}
    diagnosis = certain(pod(ended=ended, restarts=4, waiting={"reason": "CrashLoopBackOff"}))

    assert diagnosis.cause == "server_died"
    assert "signal 11, 4 times" in diagnosis.message
    assert diagnosis.log == ("one", "two")


def test_out_of_memory_names_the_limit_and_one_to_try() -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "message": ""}
    diagnosis = certain(pod(ended=ended, restarts=1))

    assert diagnosis.cause == "out_of_memory"
    assert diagnosis.memory_limit_bytes == 512 << 20
    assert "0.75" in diagnosis.fix


def test_the_reason_alone_proves_no_lack_of_memory() -> None:
    """It was seen with exit code 0, long after a worker's death."""
    ended = {"exitCode": 0, "reason": "OOMKilled", "message": ""}

    assert certain(pod(ended=ended, restarts=1)).cause == "server_died"
    assert why(pod(ready=True, ended=ended, restarts=1)) is None


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ('pods "digits-1" is forbidden: exceeded quota: q, requested: pods=1', "quota_exceeded"),
        ("maximum cpu usage per Container is 1, but limit is 2", "quota_exceeded"),
        ('pods "d" is forbidden: violates PodSecurity "restricted:latest"', "policy_refused"),
        ("admission webhook denied the request: no", "policy_refused"),
    ],
)
def test_pods_that_are_not_even_made(said: str, cause: str) -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": said}
    listed = {"Deployment": [deployment(rolled_out=False, conditions=[refused])]}
    seen = by_service(listed)["digits"]
    diagnosis = failure.of_pods(seen, seen.pods, NOW)

    assert diagnosis is not None
    assert diagnosis.cause == cause
    assert said in diagnosis.message


@pytest.mark.parametrize("reason", ["InvalidImageName", "CreateContainerConfigError"])
def test_a_container_that_cannot_be_made(reason: str) -> None:
    said = {"reason": reason, "message": 'secret "digits-r1" not found'}

    assert certain(pod(waiting=said)).cause == "container_not_started"


def test_an_eviction_says_what_the_node_lacked() -> None:
    out = pod(phase="Failed", reason="Evicted", message="The node was low on ephemeral-storage")
    diagnosis = certain(out)

    assert diagnosis.cause == "evicted"
    assert "ephemeral-storage" in diagnosis.message


def test_pods_that_leave_or_serve_are_no_failure() -> None:
    ended = {"exitCode": 1, "reason": "Error", "message": ""}

    assert why(pod(leaving=1, ended=ended, restarts=1)) is None
    assert why(pod(ready=True, ended=ended, restarts=1)) is None


@pytest.mark.parametrize(
    ("text", "size"), [("512Mi", 512 << 20), ("1Gi", 1 << 30), ("7", 7), ("x", None), ("1Q", None)]
)
def test_quantities(text: str, size: int | None) -> None:
    assert failure.memory_bytes(text) == size
