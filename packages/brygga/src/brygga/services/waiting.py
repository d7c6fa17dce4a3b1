"""Waiting until a revision serves, or will not."""

from __future__ import annotations

import time
from collections.abc import Callable

from brygga.errors import DeploymentError, NotFoundError
from brygga.findings import Cause, Diagnosis
from brygga.operations import Event, Phase, PhaseBegan, Progress, Remarked
from brygga.services.revision import replaced_by
from brygga.services.snapshot import ServiceSnapshot
from brygga.services.state import ServiceState
from brygga.targets.base import WorkloadState

_POLL_S = 0.02
_LONGEST_POLL_S = 0.25
_OVER = (WorkloadState.FAILED, WorkloadState.STOPPED, WorkloadState.ENDED)


def wait_until_ready(
    look: Callable[[], ServiceSnapshot],
    service: str,
    revision: int,
    *,
    timeout_s: float | None,
    progress: Progress,
    newest: int = 0,
) -> None:
    """Returns when `revision` (or a newer one) serves.

    Args:
        look: Gives the service as it is at that moment.
        newest: The newest that there was before; one after both of them is another deployment.

    Raises:
        DeploymentError: it failed, with the diagnosis; or `timeout_s` went by.
    """
    started, pause, last = time.monotonic(), _POLL_S, ""
    while True:
        try:
            seen = look()
        except NotFoundError as error:
            gone = Diagnosis(Cause.INTERRUPTED, "It was deleted.")
            raise DeploymentError(service, revision, gone) from error
        elapsed = time.monotonic() - started
        if seen.serves and seen.current.number >= revision:
            progress.remark(f"Healthy: revision {seen.current.number} serves at {seen.url}")
            return
        text = _text(seen, revision)
        if text != last:
            progress.phase(Phase.STARTING, text)
            last = text
        failure = _failure(seen, revision, newest)
        if failure is None and timeout_s is not None and elapsed > timeout_s:
            message = f"It was not ready after {timeout_s:g} s."
            failure = Diagnosis(Cause.TIMEOUT, message)
        if failure is not None:
            serving = seen.current.number if seen.serves else None
            raise DeploymentError(service, revision, failure, serving=serving)
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


def _text(seen: ServiceSnapshot, revision: int) -> str:
    step = seen.details.get("step")
    if seen.serves:
        which = f"Revision {revision} is {step or 'starting'}"
        return f"{which}, revision {seen.current.number} serves"
    if seen.state is ServiceState.TRANSITIONING:
        return f"Revision {revision} is {step}" if step else "Starting: init() is running"
    if seen.workload is WorkloadState.UNREADY:  # on the way up as well as on the way down
        return "Starting: its workers are not ready yet"
    return seen.state_text


def _failure(seen: ServiceSnapshot, revision: int, newest: int) -> Diagnosis | None:
    newer = seen.newer
    if seen.newest.number > max(revision, newest) and seen.current.number != revision:
        return replaced_by(seen.newest.number)
    if newer is not None and newer.number == revision and newer.status == "failed":
        return newer.diagnosis or _unknown("The new revision failed.")
    if seen.workload in _OVER or seen.state is ServiceState.FAILED:
        return seen.diagnosis or seen.current.diagnosis or _unknown(f"It is {seen.state_text}.")
    return None


def _unknown(message: str) -> Diagnosis:
    return Diagnosis(Cause.UNKNOWN, message)
