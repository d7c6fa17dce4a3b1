"""Stopping, starting and removing a service, and having it started after a reboot."""

from __future__ import annotations

import sys

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.operations import Phase, Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.services.exporting import forget_sample
from brygga.services.operation import changing, find_row, operation
from brygga.store.rows import ServiceRow
from brygga.targets.base import BootStart, Target

_LOCAL = "local"  # subscription and resource group of workspaces that the command line finds


def stop(parts: ServiceDependencies, service: str, progress: Progress) -> None:
    """Ends its processes and keeps everything else."""
    with changing(parts, service, "stop") as row:
        progress.phase(Phase.STOPPING, "Stopping the service")
        parts.target(row.target).stop(service)


def restart(parts: ServiceDependencies, service: str, progress: Progress) -> None:
    """Starts it anew as it is, on the same port; also after the machine was restarted."""
    with changing(parts, service, "restart") as row:
        parts.target(row.target).restart(service, progress)


def enable(parts: ServiceDependencies, service: str) -> BootStart:
    """Has it brought back after a reboot.

    Raises:
        InvalidInputError: the command line could not find its workspace, or its target cannot.
    """
    with changing(parts, service, "enable") as row:
        key = parts.store.workspace
        if (key.subscription_id, key.resource_group) != (_LOCAL, _LOCAL):
            raise InvalidInputError(
                "Only services of workspaces with subscription and resource group "
                f"{_LOCAL!r} can be enabled.",
                code=ErrorCode.SERVICE_NO_BOOT,
                hint=Hint.of(
                    "Start it after a boot with {}.", Action(Verb.RESTART, {"name": service})
                ),
            )
        brygga = (sys.executable, "-c", "from brygga.cli import main; main()")
        command = (*brygga, "--workspace", key.name, "service")
        return parts.target(row.target).enable(service, command)


def disable(parts: ServiceDependencies, service: str) -> bool:
    """Has it left alone after a reboot; whether it was enabled before."""
    with changing(parts, service, "disable") as row:
        return parts.target(row.target).disable(service)


def delete(parts: ServiceDependencies, service: str, progress: Progress) -> None:
    """Ends and removes it; idempotent."""
    with operation(parts, service, "delete"):
        row = parts.store.services.find(service)
        if row is not None:
            target = parts.target(row.target)
            _require_here(target, row)
            progress.phase(Phase.REMOVING, "Removing the service")
            target.delete(service)
        parts.secrets.delete(service)
        forget_sample(parts, service)
        parts.store.services.delete(service)


def forget(parts: ServiceDependencies, service: str, progress: Progress) -> None:
    """Removes what is known of a service whose host or home is gone for good.

    Raises:
        InvalidInputError: it is here, or lives where it is.
    """
    with operation(parts, service, "forget"):
        row = find_row(parts, service)
        progress.phase(Phase.REMOVING, "Forgetting the service")
        parts.target(row.target).forget(service, row.place)
        parts.secrets.delete(service)
        forget_sample(parts, service)
        parts.store.services.delete(service)


def _require_here(target: Target, row: ServiceRow) -> None:
    found = target.elsewhere(row.name, row.place)
    if found is not None:
        raise InvalidInputError(
            f"The service {row.name!r} {found.clause}.",
            code=ErrorCode.SERVICE_ELSEWHERE,
            hint=Hint.of(
                f"{found.way_out.rstrip('.')}; if that is gone for good: {{}}",
                Action(Verb.FORGET_SERVICE, {"name": row.name}),
            ),
        )
