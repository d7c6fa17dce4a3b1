"""From what was seen of a service to the state it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from brygga.findings import Cause, Diagnosis
from brygga.targets.base import WorkloadState, WorkloadStatus
from brygga.targets.declared import DeclaredTarget
from brygga.targets.kubernetes import failure
from brygga.targets.kubernetes.names import ADDRESS
from brygga.targets.kubernetes.rendering import PRE_STOP_S, Manifest
from brygga.targets.kubernetes.seen import SeenPod, SeenService

_STILL_ASKED = timedelta(seconds=PRE_STOP_S + 2)
"""How long a pod that was told to end may still be asked: at first by nodes that have not heard of
it, and until its server is told by those who keep a connection; times are in whole seconds."""


def read_status(
    seen: SeenService | None, declared: DeclaredTarget, service: str, at: datetime
) -> WorkloadStatus:
    """What one look shows.

    Args:
        seen: None where nothing of it is there.
        at: The present.
    """
    if seen is None or seen.deployment is None:
        return WorkloadStatus(WorkloadState.ABSENT)
    found = _state(seen, at)
    url = _url(seen, declared, service)
    return replace(found, url=url, details=_details(seen), since=_since(seen, found.state))


def _state(seen: SeenService, at: datetime) -> WorkloadStatus:
    newest = seen.revision
    if seen.wanted == 0:
        return WorkloadStatus(WorkloadState.STOPPED, newest)
    if seen.is_observed and seen.condition("Progressing").get("reason") == "NewReplicaSetAvailable":
        return _rolled_out(seen, at)
    return _rolling_out(seen, at)


def _rolled_out(seen: SeenService, at: datetime) -> WorkloadStatus:
    """All pods of the newest revision have been ready at one time."""
    newest = seen.revision
    own = [pod for pod in seen.pods if pod.revision == newest]
    serving = [pod for pod in own if pod.serves]
    still_asked = {pod.revision for pod in seen.pods if _is_still_asked(pod, at)} - {newest}
    if still_asked and serving:
        return _updating(max(still_asked), newest, None)
    if not serving:
        why = failure.of_pods(seen, own, at, hopeless=False)
        return WorkloadStatus(WorkloadState.UNREADY, newest, diagnosis=why)
    if len(serving) < seen.wanted:
        why = failure.of_pods(seen, own, at)
        rest = f"{len(serving)} of {seen.wanted} replicas go on."
        if why is not None:
            why = replace(why, message=f"{why.message.rstrip('.')}; {rest}")
        return WorkloadStatus(WorkloadState.READY, newest, diagnosis=why)
    return WorkloadStatus(WorkloadState.READY, newest)


def _rolling_out(seen: SeenService, at: datetime) -> WorkloadStatus:
    newest = seen.revision
    own = [pod for pod in seen.pods if pod.revision == newest]
    why = failure.of_pods(seen, own, at) if seen.is_observed else None
    older = [pod.revision for pod in seen.pods if pod.serves and pod.revision != newest]
    if older:
        return _updating(max(older), newest, why)
    if seen.restarts_revision and any(pod.serves for pod in own):
        return _updating(newest, newest, why)
    state = WorkloadState.STARTING if why is None else WorkloadState.FAILED
    return WorkloadStatus(state, newest, diagnosis=why)


def _updating(serving: int, newest: int, why: Diagnosis | None) -> WorkloadStatus:
    return WorkloadStatus(
        WorkloadState.READY,
        serving,
        pending=newest,
        pending_state=WorkloadState.STARTING if why is None else WorkloadState.FAILED,
        pending_diagnosis=why,
    )


def _is_still_asked(pod: SeenPod, at: datetime) -> bool:
    return pod.serves or (pod.leaving_since is not None and at - pod.leaving_since < _STILL_ASKED)


def unreachable(message: str) -> WorkloadStatus:
    """Of a service whose cluster does not answer: nothing of it is known now."""
    why = Diagnosis(Cause.CLUSTER_UNREACHABLE, message)
    return WorkloadStatus(WorkloadState.UNREADY, diagnosis=why)


def step_of(seen: SeenService, status: WorkloadStatus) -> str:
    """How far the newest revision has got, in a few words."""
    own = [pod for pod in seen.pods if pod.revision == seen.revision and not pod.leaving_since]
    ready = sum(pod.serves for pod in own)
    return f"{_step(own, status)} ({ready} of {seen.wanted} ready)"


def _step(pods: Sequence[SeenPod], status: WorkloadStatus) -> str:
    if not pods:
        return "applied"
    if status.state is WorkloadState.READY and status.pending is None:
        return "ready"
    if any(pod.phase == "Running" for pod in pods):
        return "starting"
    if any(pod.unscheduled for pod in pods):
        return "waiting for a node with room"
    if any(not pod.host_ip for pod in pods):
        return "being scheduled"
    return "pulling"


def _url(seen: SeenService, declared: DeclaredTarget, service: str) -> str | None:
    metadata = (seen.deployment or {}).get("metadata") or {}
    address = (metadata.get("annotations") or {}).get(ADDRESS)
    if address:
        return str(address)
    spec = (seen.address or {}).get("spec") or {}
    port: Manifest = next(
        (each for each in spec.get("ports") or () if each.get("name") == "http"), {}
    )
    if spec.get("type") == "NodePort":
        host = declared.host or next((pod.host_ip for pod in seen.pods if pod.host_ip), "")
        return f"http://{host}:{port.get('nodePort')}" if host else None
    if spec.get("type") == "LoadBalancer":
        status = ((seen.address or {}).get("status") or {}).get("loadBalancer") or {}
        given: Manifest = next(iter(status.get("ingress") or ()), {})
        name = given.get("hostname") or given.get("ip")
        return f"http://{name}" if name else None
    return f"http://{service}.{declared.namespace}.svc" if spec else None


def _since(seen: SeenService, state: WorkloadState) -> datetime | None:
    if state not in (WorkloadState.READY, WorkloadState.STARTING):
        return None
    made = [pod.created_at for pod in seen.pods if pod.created_at and not pod.leaving_since]
    return max(made, default=None)


def _details(seen: SeenService) -> dict[str, object]:
    spec = ((seen.deployment or {}).get("spec") or {}).get("template", {}).get("spec", {})
    container: Manifest = next(iter(spec.get("containers") or ()), {})
    ready = sum(pod.serves for pod in seen.pods)
    return {
        "replicas": f"{ready} of {seen.wanted} ready",
        "image": container.get("image", ""),
        "limits": dict((container.get("resources") or {}).get("limits") or {}),
        "namespace": ((seen.deployment or {}).get("metadata") or {}).get("namespace", ""),
        "pods": [f"{pod.name} ({_word(pod)})" for pod in seen.pods],
    }


def _word(pod: SeenPod) -> str:
    if pod.leaving_since is not None:
        return "ending"
    return "ready" if pod.ready else pod.waiting or pod.phase or "unknown"
