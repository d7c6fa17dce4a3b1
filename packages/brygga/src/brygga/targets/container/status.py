"""What there is of a service: its file, its gateway and its containers, read as one state."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brygga.errors import EngineUnavailableError, StoreError
from brygga.findings import Cause, Diagnosis
from brygga.images.engine import Engine
from brygga.targets.base import WorkloadState, WorkloadStatus
from brygga.targets.container import containers, failure, gateway
from brygga.targets.container.applied_state import AppliedState
from brygga.targets.container.containers import Container
from brygga.targets.container.folder import ContainerFolder
from brygga.targets.container.gateway import Seen
from brygga.targets.local import listening
from brygga.targets.local.control import boot_id, is_running
from brygga.targets.local.folder import read_json
from brygga.targets.serving import GB

Connect = Callable[[], Engine]


@dataclass(frozen=True)
class _View:
    """All there is to see at one moment.

    Attributes:
        engine: None where none answers; `there` is then empty.
        there: The containers of all generations.
    """

    folder: ContainerFolder
    applied: AppliedState
    seen: Seen | None
    engine: Engine | None
    there: Sequence[Container]

    def of(self, generation: str) -> list[Container]:
        return [c for c in self.there if c.generation == generation]


def read_status(folder: ContainerFolder, connect: Connect) -> WorkloadStatus:
    """The state of a service now. A failure that is seen is written down, to be seen again."""
    applied = AppliedState.read(folder)
    if applied is None:
        return WorkloadStatus(WorkloadState.ABSENT)
    seen = gateway.look(folder)
    engine, there = _containers(folder, connect)
    view = _View(folder, applied, seen, engine, there)
    if seen is None:
        return _without_gateway(view)
    replaced = seen.state == "unready" and seen.generation != applied.newest.id
    if seen.state == "starting" or replaced:
        return _starting(view)
    if seen.state == "ready":
        return _ready(view, seen)
    return _unready(view, seen)


def _containers(folder: ContainerFolder, connect: Connect) -> tuple[Engine | None, list[Container]]:
    try:
        engine = connect()
        return engine, containers.find(engine, folder)
    except (EngineUnavailableError, OSError):
        return None, []


def _without_gateway(view: _View) -> WorkloadStatus:
    if view.applied.failed is not None:
        return _status(view, WorkloadState.FAILED, _failed(view.applied))
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


def _starting(view: _View) -> WorkloadStatus:
    """Nothing serves, and the newest generation is what is hoped for."""
    found = _failed(view.applied) or _judge(view)
    if found is not None:
        return _status(view, WorkloadState.FAILED, found)
    return _status(view, WorkloadState.STARTING, None)


def _ready(view: _View, seen: Seen) -> WorkloadStatus:
    newest = view.applied.newest
    if seen.generation == newest.id:
        if view.applied.ready_revision != newest.revision:
            view.applied.but(view.folder, ready_revision=newest.revision)
        lost = None
        if view.engine is not None and seen.ready < newest.replicas:
            lost = failure.of_loss(view.folder, view.engine, newest, view.of(newest.id))
        return _status(view, WorkloadState.READY, lost, revision=seen.revision)
    found = _failed(view.applied) or _judge(view)
    if found is not None and seen.pending is not None:
        with contextlib.suppress(StoreError):
            gateway.abandon(view.folder, newest.id)
    return _status(
        view,
        WorkloadState.READY,
        None,
        revision=seen.revision,
        pending=newest.revision,
        pending_state=WorkloadState.STARTING if found is None else WorkloadState.FAILED,
        pending_diagnosis=found,
    )


def _unready(view: _View, seen: Seen) -> WorkloadStatus:
    """It has served; its replicas are away for now, or for good."""
    there = view.of(seen.generation)
    if view.engine is None:
        why = Diagnosis(Cause.SERVER_DIED, "The container engine does not answer.")
        return _status(view, WorkloadState.UNREADY, why, revision=seen.revision)
    ended = failure.of_end(view.folder, view.engine, view.applied.newest, there)
    if ended is not None:
        return _status(view, WorkloadState.ENDED, ended, revision=seen.revision)
    running = next((container for container in there if container.running), None)
    said = failure.told(view.folder, running).get("diagnosis") if running else None
    diagnosis = Diagnosis.from_dict(said) if isinstance(said, dict) else None
    return _status(view, WorkloadState.UNREADY, diagnosis, revision=seen.revision)


def _judge(view: _View) -> Diagnosis | None:
    """Whether the newest generation will never come; then it is ended, and that is remembered."""
    if view.engine is None:
        return None
    newest = view.applied.newest
    there = view.of(newest.id)
    found = failure.of_start(view.folder, view.engine, view.applied, there)
    if found is not None:
        for container in there:
            if container.running:
                containers.end(view.engine, container, grace_s=1)
        view.applied.but(view.folder, failed=found.to_dict())
    return found


def _failed(applied: AppliedState) -> Diagnosis | None:
    return None if applied.failed is None else Diagnosis.from_dict(applied.failed)


def _status(
    view: _View,
    state: WorkloadState,
    diagnosis: Diagnosis | None,
    *,
    revision: int | None = None,
    pending: int | None = None,
    pending_state: WorkloadState | None = None,
    pending_diagnosis: Diagnosis | None = None,
) -> WorkloadStatus:
    return WorkloadStatus(
        state=state,
        revision=revision or view.applied.newest.revision,
        url=_url(view.applied),
        diagnosis=diagnosis,
        pending=pending,
        pending_state=pending_state,
        pending_diagnosis=pending_diagnosis,
        details=_details(view),
    )


def _url(applied: AppliedState) -> str:
    return listening.url(applied.host, applied.port, "https" if applied.tls else "http")


def _details(view: _View) -> dict[str, object]:
    newest, seen = view.applied.newest, view.seen
    serving = seen.generation if seen else newest.id
    return {
        "replicas": f"{seen.ready if seen else 0} of {newest.replicas} ready",
        "in_flight": seen.in_flight if seen else 0,
        "image": newest.image,
        "restart_policy": newest.restart_policy,
        "limits": {"cpu_cores": newest.cpu_cores, "memory_gb": newest.memory_bytes / GB},
        "containers": [f"{c.name} ({c.state})" for c in view.of(serving)],
        "engine": view.engine.address if view.engine else "does not answer",
    }
