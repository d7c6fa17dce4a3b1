"""What is seen of a service, read as one state. Nothing is changed by it."""

from __future__ import annotations

from datetime import UTC, datetime

from brygga.findings import Cause, Diagnosis
from brygga.targets.base import WorkloadState, WorkloadStatus
from brygga.targets.container import failure
from brygga.targets.container.applied_state import AppliedState
from brygga.targets.container.gateway import Seen
from brygga.targets.container.view import View
from brygga.targets.local import listening
from brygga.targets.local.control import boot_id, events, is_running
from brygga.targets.local.folder import read_json
from brygga.targets.serving import GB


def read_status(view: View | None) -> WorkloadStatus:
    """The state of a service at that moment; ABSENT where nothing was ever applied."""
    if view is None:
        return WorkloadStatus(WorkloadState.ABSENT)
    seen = view.seen
    if seen is None:
        return _without_gateway(view)
    replaced = seen.state == "unready" and seen.generation != view.applied.newest.id
    if seen.state == "starting" or replaced:
        return _starting(view)
    if seen.state == "ready":
        return _ready(view, seen)
    return _unready(view, seen)


def _without_gateway(view: View) -> WorkloadStatus:
    if view.applied.stopped is not None:
        why = Diagnosis(Cause.STOPPED, "It was stopped.")
        since = datetime.fromtimestamp(view.applied.stopped, UTC)
        return _status(view, WorkloadState.STOPPED, why, since=since)
    if view.applied.failed is not None:
        return _status(view, WorkloadState.FAILED, Diagnosis.from_dict(view.applied.failed))
    if is_running(view.folder):  # it starts, or is busy
        return _status(view, WorkloadState.STARTING, None)
    state = read_json(view.folder.state_file)
    if state is None:
        why = Diagnosis(Cause.INTERRUPTED, "The deployment was interrupted before it had started.")
    elif state.get("boot_id") != boot_id():
        why = Diagnosis(Cause.STOPPED, "The machine was restarted since.")
    else:
        why = Diagnosis(Cause.SERVER_DIED, "Its gateway was ended from outside.")
    return _status(view, WorkloadState.ENDED, why)


def _starting(view: View) -> WorkloadStatus:
    """Nothing serves, and the newest generation is what is hoped for."""
    found = view.hopeless()
    if found is not None:
        return _status(view, WorkloadState.FAILED, found)
    return _status(view, WorkloadState.STARTING, None)


def _ready(view: View, seen: Seen) -> WorkloadStatus:
    newest = view.applied.newest
    if seen.generation == newest.id:
        lost = None
        if view.engine is not None and seen.ready < newest.replicas:
            there = view.inspected(newest.id)
            lost = failure.of_loss(view.folder, view.engine, newest, there)
        return _status(view, WorkloadState.READY, lost, revision=seen.revision)
    found = view.hopeless()
    return _status(
        view,
        WorkloadState.READY,
        None,
        revision=seen.revision,
        pending=newest.revision,
        pending_state=WorkloadState.STARTING if found is None else WorkloadState.FAILED,
        pending_diagnosis=found,
    )


def _unready(view: View, seen: Seen) -> WorkloadStatus:
    """It has served; its replicas are away for now, or for good."""
    if view.engine is None:
        why = Diagnosis(Cause.SERVER_DIED, "The container engine does not answer.")
        return _status(view, WorkloadState.UNREADY, why, revision=seen.revision)
    there = view.inspected(seen.generation)
    ended = failure.of_end(view.folder, view.engine, view.applied.newest, there)
    if ended is not None:
        since = max((c.finished_at for c in there if c.finished_at), default=None)
        return _status(view, WorkloadState.ENDED, ended, revision=seen.revision, since=since)
    running = next((container for container in there if container.running), None)
    said = failure.told(view.folder, running).get("diagnosis") if running else None
    diagnosis = Diagnosis.from_dict(said) if isinstance(said, dict) else None
    return _status(view, WorkloadState.UNREADY, diagnosis, revision=seen.revision)


def _status(
    view: View,
    state: WorkloadState,
    diagnosis: Diagnosis | None,
    *,
    revision: int | None = None,
    since: datetime | None = None,
    pending: int | None = None,
    pending_state: WorkloadState | None = None,
    pending_diagnosis: Diagnosis | None = None,
) -> WorkloadStatus:
    return WorkloadStatus(
        state=state,
        revision=revision or view.applied.newest.revision,
        since=since or _since(view, state),
        url=_url(view.applied),
        diagnosis=diagnosis,
        pending=pending,
        pending_state=pending_state,
        pending_diagnosis=pending_diagnosis,
        details=_details(view),
    )


def _since(view: View, state: WorkloadState) -> datetime | None:
    """As long as it serves or starts, since its containers were made; nobody notes more."""
    if state not in (WorkloadState.READY, WorkloadState.STARTING):
        return None
    shown = view.seen.generation if state is WorkloadState.READY and view.seen else None
    made = [c.created_at for c in view.of(shown or view.applied.newest.id) if c.created_at]
    return max(made, default=None)


def _url(applied: AppliedState) -> str:
    return listening.url(applied.host, applied.port, "https" if applied.tls else "http")


def _details(view: View) -> dict[str, object]:
    newest, seen = view.applied.newest, view.seen
    happened = events(view.folder)
    serving = seen.generation if seen else newest.id
    return {
        "replicas": f"{seen.ready if seen else 0} of {newest.replicas} ready",
        "in_flight": seen.in_flight if seen else 0,
        "memory_bytes": _memory(view, serving),
        "traffic": dict(seen.traffic) if seen else {},
        "image": newest.image,
        "log": f"the engine's; of containers that were removed: {view.folder.log_file}",
        "restart_policy": newest.restart_policy,
        "limits": {"cpu_cores": newest.cpu_cores, "memory_gb": newest.memory_bytes / GB},
        "containers": [f"{c.name} ({c.state})" for c in view.of(serving)],
        "signals": _signals(view, serving),
        "engine": view.engine.address if view.engine else "does not answer",
        **({"events": happened} if happened else {}),
    }


def _memory(view: View, generation: str) -> int | None:
    """What its containers hold, as their fronts have noted it last; None where none has."""
    told = [failure.told(view.folder, c) for c in view.of(generation) if c.running]
    held = [each["memory_bytes"] for each in told if each.get("memory_bytes")]
    return sum(int(str(each)) for each in held) or None


def _signals(view: View, generation: str) -> str:
    """What keeps the script from ending the service by one."""
    outside = "the script is kept from the gateway: user and PID namespace of its container"
    running = next((c for c in view.of(generation) if c.running), None)
    said = None if running is None else failure.told(view.folder, running).get("signals")
    return f"{outside}; {said}" if said else outside
