"""Waiting until a revision serves, or will not."""

from __future__ import annotations

import time
from collections.abc import Callable

from brygga.errors import DeploymentError
from brygga.findings import Cause, Diagnosis
from brygga.operations import Event, Phase, PhaseBegan, Progress, Remarked
from brygga.targets.base import Target, WorkloadState, WorkloadStatus

_POLL_S = 0.02
_LONGEST_POLL_S = 0.25


def wait_until_ready(
    target: Target,
    service: str,
    revision: int,
    *,
    timeout_s: float | None,
    progress: Progress,
    abandoned: Callable[[], Diagnosis | None],
) -> None:
    """Returns when `revision` (or a newer one) serves.

    Args:
        abandoned: Why the revision will never start; asked while the target does not know it.

    Raises:
        DeploymentError: it failed, with the diagnosis; or `timeout_s` went by.
    """
    started, pause, last = time.monotonic(), _POLL_S, ""
    while True:
        status = target.status(service)
        elapsed = time.monotonic() - started
        if status.state is WorkloadState.READY and (status.revision or 0) >= revision:
            progress.remark(f"Healthy: revision {status.revision} serves at {status.url}")
            return
        text = _text(status, revision)
        if text != last:
            progress.phase(Phase.STARTING, text)
            last = text
        failure = _failure(status, revision)
        if failure is None and revision not in (status.revision, status.pending):
            failure = abandoned()
        if failure is not None:
            raise DeploymentError(service, revision, failure)
        if timeout_s is not None and elapsed > timeout_s:
            message = f"It was not ready after {timeout_s:g} s."
            raise DeploymentError(service, revision, Diagnosis(Cause.TIMEOUT, message))
        time.sleep(pause)
        pause = min(pause * 1.2, _LONGEST_POLL_S)


class TimedLines(Progress):
    """Says it in lines, each with the seconds since this was made."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()

    def tell(self, event: Event) -> None:
        """Phases and remarks."""
        if isinstance(event, PhaseBegan | Remarked):
            self._say(f"{time.monotonic() - self._began:6.1f} s  {event.text}")


def _text(status: WorkloadStatus, revision: int) -> str:
    if status.pending == revision and status.state is WorkloadState.READY:
        return f"Revision {revision} is starting, revision {status.revision} serves"
    if status.state is WorkloadState.STARTING:
        return "Starting: init() is running"
    return status.state.value.capitalize()


def _failure(status: WorkloadStatus, revision: int) -> Diagnosis | None:
    if status.pending == revision and status.pending_state is WorkloadState.FAILED:
        return status.pending_diagnosis or _unknown("The new revision failed.")
    if status.state in (WorkloadState.FAILED, WorkloadState.STOPPED):
        return status.diagnosis or _unknown(f"The service is {status.state}.")
    if status.state is WorkloadState.ABSENT:
        return Diagnosis(Cause.INTERRUPTED, "It was deleted, or its deployment was interrupted.")
    return None


def _unknown(message: str) -> Diagnosis:
    return Diagnosis(Cause.UNKNOWN, message)
