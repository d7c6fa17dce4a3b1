"""From what a target sees to the states people know."""

from __future__ import annotations

from enum import StrEnum

from brygga.targets.base import WorkloadState, WorkloadStatus


class ServiceState(StrEnum):
    """The states of a service, by the names of Azure ML SDK v1, which has no `Stopped`."""

    TRANSITIONING = "Transitioning"
    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    FAILED = "Failed"
    STOPPED = "Stopped"


_STATES = {
    WorkloadState.ABSENT: ServiceState.FAILED,
    WorkloadState.STARTING: ServiceState.TRANSITIONING,
    WorkloadState.READY: ServiceState.HEALTHY,
    WorkloadState.UNREADY: ServiceState.UNHEALTHY,
    WorkloadState.FAILED: ServiceState.FAILED,
    WorkloadState.STOPPED: ServiceState.STOPPED,
    WorkloadState.ENDED: ServiceState.UNHEALTHY,
}


def service_state(status: WorkloadStatus, *, busy: bool) -> ServiceState:
    """The state of a service.

    An update that is starting makes a healthy service transitioning; one that has failed leaves it
    healthy, because the old revision serves.

    Args:
        busy: Whether an operation on the service is running.
    """
    if status.state is WorkloadState.ABSENT and busy:
        return ServiceState.TRANSITIONING
    if status.state is WorkloadState.READY and status.pending_state is WorkloadState.STARTING:
        return ServiceState.TRANSITIONING
    return _STATES[status.state]
