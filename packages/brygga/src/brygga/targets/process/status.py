"""What is there of a service: its files, its lock and what its front says, read as one state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from brygga.errors import StoreError
from brygga.findings import Cause, Diagnosis
from brygga.targets.base import WorkloadState, WorkloadStatus
from brygga.targets.local import listening
from brygga.targets.local.control import ask, boot_id, events, is_running
from brygga.targets.local.folder import read_json
from brygga.targets.local.logs import read_log
from brygga.targets.process.folder import ProcessFolder

_LOG_LINES = 20

_STATES = {
    "starting": WorkloadState.STARTING,
    "ready": WorkloadState.READY,
    "unready": WorkloadState.UNREADY,
    "failed": WorkloadState.FAILED,
    "stopping": WorkloadState.ENDED,
}

_DETAILS = {
    "pid": "front",
    "workers": "workers",
    "limits": "limits",
    "signals": "signals",
    "in_flight": "in_flight",
    "queue": "queue",
    "memory_bytes": "memory_bytes",
    "traffic": "traffic",
}
"""From the words of the front to those of people."""


def read_status(folder: ProcessFolder) -> WorkloadStatus:
    """The state of a service now."""
    applied = read_json(folder.service_file)
    if applied is None:
        return WorkloadStatus(WorkloadState.ABSENT)
    url = listening.url(str(applied["host"]), int(str(applied["port"])))
    running = is_running(folder)
    said = (_live(folder) if running else None) or read_json(folder.status_file)
    if running and said is None:
        return WorkloadStatus(WorkloadState.STARTING, _number(applied.get("revision")), url)
    status = _understood(said or {}, _number(applied.get("revision")))
    happened = events(folder)
    if happened:
        status = replace(status, details={**status.details, "events": happened})
    if running:
        if status.state is WorkloadState.ENDED and not applied.get("stopped"):
            # A front that hands over says that it stops, and the socket stays open all along.
            status = replace(status, state=WorkloadState.READY)
        status = _with_heir(status, read_json(folder.next_status_file))
    if not running and status.state is not WorkloadState.FAILED:
        status = replace(
            status,
            state=WorkloadState.STOPPED if applied.get("stopped") else WorkloadState.ENDED,
            since=_time(applied.get("stopped")),
            diagnosis=_why_stopped(folder, applied),
            details={},
        )
    details = {**status.details, "log": str(folder.log_file)}
    return replace(_with_log(status, folder), url=url, details=details)


def _understood(said: Mapping[str, object], applied: int | None) -> WorkloadStatus:
    pending = said.get("pending")
    newer = pending if isinstance(pending, dict) else {}
    return WorkloadStatus(
        state=_STATES.get(str(said.get("state")), WorkloadState.STARTING),
        revision=_number(said.get("revision")) or applied,
        since=_time(said.get("since")),
        diagnosis=_diagnosis(said.get("diagnosis")),
        pending=_number(newer.get("revision")),
        pending_state=_STATES.get(str(newer.get("state"))),
        pending_diagnosis=_diagnosis(newer.get("diagnosis")),
        details={shown: said[name] for name, shown in _DETAILS.items() if name in said},
    )


def _with_heir(status: WorkloadStatus, said: Mapping[str, object] | None) -> WorkloadStatus:
    """With what a front says that is starting beside the one that serves, or has failed to."""
    number = _number((said or {}).get("revision"))
    if said is None or number is None or number <= max(status.revision or 0, status.pending or 0):
        return status
    failed = said.get("state") == "failed"
    return replace(
        status,
        pending=number,
        pending_state=WorkloadState.FAILED if failed else WorkloadState.STARTING,
        pending_diagnosis=_diagnosis(said.get("diagnosis")) if failed else None,
    )


def _live(folder: ProcessFolder) -> dict[str, object] | None:
    try:
        answer = ask(folder, {"op": "status"}, timeout_s=1.0)
    except StoreError:
        return None
    return answer if isinstance(answer, dict) and "state" in answer else None


def _why_stopped(folder: ProcessFolder, applied: Mapping[str, object]) -> Diagnosis:
    if applied.get("stopped"):
        return Diagnosis(Cause.STOPPED, "It was stopped.")
    state = read_json(folder.state_file)
    if state is None:
        return Diagnosis(Cause.INTERRUPTED, "The deployment was interrupted before it had started.")
    if state.get("boot_id") != boot_id():
        return Diagnosis(Cause.STOPPED, "The machine was restarted since.")
    return Diagnosis(Cause.SERVER_DIED, "Its processes were ended from outside.")


def _with_log(status: WorkloadStatus, folder: ProcessFolder) -> WorkloadStatus:
    if status.diagnosis is None and status.pending_diagnosis is None:
        return status
    lines = read_log(folder.log_file, None)

    def shown(found: Diagnosis | None, revision: int | None) -> Diagnosis | None:
        return found and replace(found, log=tuple(since(lines, revision)[-_LOG_LINES:]))

    return replace(
        status,
        diagnosis=shown(status.diagnosis, status.revision),
        pending_diagnosis=shown(status.pending_diagnosis, status.pending),
    )


def since(lines: list[str], revision: int | None) -> list[str]:
    """The lines of a log from the first that has the folder of a revision; all without one."""
    # A worker says where its script is before it does anything with it.
    place = f"/revisions/{revision}/"
    begun = next((number for number, line in enumerate(lines) if place in line), 0)
    return lines[begun:]


def _diagnosis(data: object) -> Diagnosis | None:
    return Diagnosis.from_dict(data) if isinstance(data, dict) else None


def _time(seconds: object) -> datetime | None:
    """Of seconds since 1970; files of older versions have less to say."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
