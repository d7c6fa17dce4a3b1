"""Objects of a cluster as its API lists them, shortened to what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from brygga.targets.kubernetes.names import revision_labels

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> str:
    """A time as the cluster writes it."""
    return f"{NOW - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def deployment(
    revision: int = 1,
    *,
    replicas: int = 1,
    rolled_out: bool = True,
    conditions: list[dict[str, Any]] | None = None,
    restarted: str = "",
    unseen: bool = False,
) -> dict[str, Any]:
    """The service `digits`; `unseen`: the controller has not looked at it yet."""
    labels = revision_labels("digits", "default", revision)
    reason = "NewReplicaSetAvailable" if rolled_out else "ReplicaSetUpdated"
    progress = {"type": "Progressing", "status": "True", "reason": reason}
    annotations = {"brygga.dev/restarted-at": restarted} if restarted else {}
    return {
        "metadata": {"name": "digits", "namespace": "ml", "labels": labels, "generation": 7},
        "spec": {
            "replicas": replicas,
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"containers": [{"image": "registry/digits@sha256:0", "resources": {}}]},
            },
        },
        "status": {
            "observedGeneration": 6 if unseen else 7,
            "conditions": [progress, *(conditions or [])],
        },
    }


def pod(
    name: str = "digits-1",
    revision: int = 1,
    *,
    ready: bool = False,
    leaving: float | None = None,
    waiting: dict[str, Any] | None = None,
    ended: dict[str, Any] | None = None,
    unscheduled: str = "",
    restarts: int = 0,
    **status: Any,
) -> dict[str, Any]:
    """A pod of it; `leaving`: told to end so many seconds ago."""
    meta: dict[str, Any] = {
        "name": name,
        "labels": revision_labels("digits", "default", revision),
        "creationTimestamp": ago(60),
    }
    if leaving is not None:
        meta |= {"deletionTimestamp": ago(leaving - 38), "deletionGracePeriodSeconds": 38}
    conditions = [{"type": "Ready", "status": str(ready)}]
    if unscheduled:
        since = {"lastTransitionTime": ago(30), "message": unscheduled, "reason": "Unschedulable"}
        conditions.append({"type": "PodScheduled", "status": "False", **since})
    state = {"waiting": waiting} if waiting else {"running": {}} if ready else {}
    container = {
        "name": "service",
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": ended} if ended else {},
    }
    return {
        "metadata": meta,
        "spec": {"containers": [{"resources": {"limits": {"memory": "512Mi"}}}]},
        "status": {
            "phase": "Running" if ready or ended else "Pending",
            "hostIP": "" if unscheduled else "10.99.0.11",
            "conditions": conditions,
            "containerStatuses": [] if unscheduled else [container],
            **status,
        },
    }


def service(kind: str = "NodePort", port: int = 30_080, **status: Any) -> dict[str, Any]:
    """Its address."""
    labels = revision_labels("digits", "default", 1)
    ports = [{"name": "http", "port": 80, "nodePort": port}]
    return {
        "metadata": {"name": "digits", "labels": labels},
        "spec": {"type": kind, "ports": ports},
        "status": status,
    }


def event(reason: str, message: str, about: str = "digits-1", seconds: float = 5) -> dict[str, Any]:
    """Something that befell a pod."""
    return {
        "metadata": {"name": f"{about}.1", "creationTimestamp": ago(seconds)},
        "involvedObject": {"kind": "Pod", "name": about},
        "reason": reason,
        "message": message,
        "lastTimestamp": ago(seconds),
    }
