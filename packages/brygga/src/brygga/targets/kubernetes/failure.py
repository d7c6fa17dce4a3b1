"""Why a service does not come up, read from what the cluster says of its pods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from brygga.findings import Cause, Diagnosis
from brygga.targets.kubernetes.seen import ContainerEnd, SeenEvent, SeenPod, SeenService

_NO_NODE_FOR = timedelta(seconds=6)
"""A node may be about to become free, as in an update."""
_KILLED = 137
_LOG_LINES = 20
_UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "k": 1000, "M": 10**6}
_PULLING = ("ErrImagePull", "ImagePullBackOff")
_DENIED = re.compile(
    r"unauthorized|401|403|forbidden|denied|no basic auth|authentication required|"
    r"authorization failed|insufficient_scope",
    re.IGNORECASE,
)
_MISSING = re.compile(r"not found|404|manifest unknown|name unknown", re.IGNORECASE)
_QUOTA = re.compile(r"exceeded quota|(maximum|minimum) \S+ usage per|failed quota", re.IGNORECASE)


def of_pods(
    seen: SeenService, pods: Sequence[SeenPod], at: datetime, *, hopeless: bool = True
) -> Diagnosis | None:
    """Why these pods do not serve; None while they may.

    Args:
        pods: Of those that are to serve.
        at: The present.
        hopeless: Only what does not pass by itself.
    """
    for pod in pods:
        if pod.serves or pod.leaving_since is not None:
            continue
        events = [each for each in seen.events if each.about == pod.name]
        for found in _reasons(pod, events, at):
            return found
    return of_deployment(seen) or (None if hopeless else _passing(pods))


def of_deployment(seen: SeenService) -> Diagnosis | None:
    """Why pods are not even made, in the cluster's words."""
    refused = seen.condition("ReplicaFailure")
    if refused.get("status") == "True":
        return _refused(str(refused.get("message") or ""))
    progress = seen.condition("Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        message = f"It did not become ready in time: {progress.get('message') or ''}"
        return Diagnosis(Cause.INIT_TIMEOUT, message.rstrip(": "))
    return None


def memory_bytes(text: str) -> int | None:
    """A quantity of memory; None where it is none."""
    found = re.fullmatch(r"(\d+)([A-Za-z]*)", text)
    if found is None or (found[2] and found[2] not in _UNITS):
        return None
    return int(found[1]) * _UNITS.get(found[2], 1)


def _reasons(pod: SeenPod, events: Sequence[SeenEvent], at: datetime) -> Iterator[Diagnosis]:
    if pod.unscheduled and _is_settled(pod, events, at):
        yield Diagnosis(Cause.UNSCHEDULABLE, f"No node takes {pod.name}: {pod.unscheduled}")
    if pod.reason == "Evicted":
        yield Diagnosis(Cause.EVICTED, f"{pod.name} was evicted: {pod.message}")
    if pod.waiting in _PULLING:
        yield from _not_pulled(pod, events)
    if pod.waiting in ("InvalidImageName", "CreateContainerConfigError", "CreateContainerError"):
        message = f"{pod.name} cannot be started: {pod.waiting_message or pod.waiting}"
        yield Diagnosis(Cause.CONTAINER_NOT_STARTED, message)
    if pod.waiting == "RunContainerError" or (pod.ended and pod.ended.reason == "StartError"):
        said = pod.ended.message if pod.ended else pod.waiting_message
        yield Diagnosis(Cause.CONTAINER_NOT_STARTED, f"{pod.name} cannot be started: {said}")
    if pod.ended is not None:
        yield from _has_ended(pod, pod.ended)


def _is_settled(pod: SeenPod, events: Sequence[SeenEvent], at: datetime) -> bool:
    """Whether no node will come: a cluster that adds nodes says so."""
    if any(each.reason == "TriggeredScaleUp" for each in events):
        return False
    since = pod.unscheduled_since
    return since is None or at - since >= _NO_NODE_FOR


def _not_pulled(pod: SeenPod, events: Sequence[SeenEvent]) -> Iterator[Diagnosis]:
    """Three different faults, told apart by what the registry answered, if it did."""
    failed = [e.message for e in events if e.reason == "Failed" and "pull image" in e.message]
    said = pod.waiting_message
    if pod.waiting == "ImagePullBackOff" and ": " not in said and failed:
        said = failed[-1]
    if _MISSING.search(said) and not _DENIED.search(said):
        yield Diagnosis(Cause.IMAGE_MISSING, f"The registry does not have the image: {said}")
    elif _DENIED.search(said):
        yield Diagnosis(Cause.IMAGE_DENIED, f"The registry refuses to give the image: {said}")
    elif pod.waiting == "ImagePullBackOff":  # the second time, since a network may hiccup
        yield Diagnosis(Cause.REGISTRY_UNREACHABLE, f"Nodes cannot reach the registry: {said}")


def _has_ended(pod: SeenPod, ended: ContainerEnd) -> Iterator[Diagnosis]:
    told = ended.told
    if told:
        yield Diagnosis.from_dict({**told, "exit_code": ended.exit_code})
        return
    log = tuple(ended.message.splitlines()[-_LOG_LINES:])
    # The reason alone proves nothing: it is remembered of any process in the container.
    if ended.reason == "OOMKilled" and ended.exit_code == _KILLED:
        limit = memory_bytes(pod.memory)
        message = f"{pod.name} was killed at its memory limit of {pod.memory}."
        yield Diagnosis(
            Cause.OUT_OF_MEMORY,
            message,
            exit_code=ended.exit_code,
            memory_limit_bytes=limit,
            peak_memory_bytes=limit,
            log=log,
        )
        return
    if pod.restarts or pod.waiting == "CrashLoopBackOff":
        code = ended.exit_code
        how = f"was ended by signal {code - 128}" if code > 128 else f"ended with exit code {code}"
        times = f", {pod.restarts} times so far" if pod.restarts > 1 else ""
        message = f"{pod.name} {how}{times}."
        yield Diagnosis(Cause.SERVER_DIED, message, exit_code=code, log=log)


def _refused(message: str) -> Diagnosis:
    if _QUOTA.search(message):
        return Diagnosis(Cause.QUOTA_EXCEEDED, f"The namespace's quota is used up: {message}")
    return Diagnosis(Cause.POLICY_REFUSED, f"The cluster refuses its pods: {message}")


def _passing(pods: Sequence[SeenPod]) -> Diagnosis | None:
    """What may pass by itself, for a service that has served."""
    away = [pod.name for pod in pods if not pod.serves and pod.leaving_since is None]
    if not away:
        return Diagnosis(Cause.SERVER_DIED, "None of its pods is there: they are being replaced.")
    return Diagnosis(Cause.SERVER_DIED, f"{', '.join(away)} cannot take requests now.")
