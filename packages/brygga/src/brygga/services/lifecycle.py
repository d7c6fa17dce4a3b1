"""Stopping, starting and removing a service, and having it started after a reboot."""

from __future__ import annotations

import sys

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Action, Hint, Verb
from brygga.operations import Phase, Progress
from brygga.services.dependencies import ServiceDependencies
from brygga.services.operation import changing, operation

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


def enable(parts: ServiceDependencies, service: str) -> None:
    """Has the user's systemd bring it back after a reboot.

    Raises:
        InvalidInputError: the command line could not find its workspace, there is no systemd, or
            its target does not need one.
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
        parts.target(row.target).enable(service, command)


def disable(parts: ServiceDependencies, service: str) -> bool:
    """Has it left alone after a reboot; whether it was enabled before."""
    with changing(parts, service, "disable") as row:
        return parts.target(row.target).disable(service)


def delete(parts: ServiceDependencies, service: str, progress: Progress) -> None:
    """Ends and removes it; idempotent."""
    with operation(parts, service, "delete"):
        row = parts.store.services.find(service)
        if row is not None:
            target = parts.target_of(row)
            progress.phase(Phase.REMOVING, "Removing the service")
            target.delete(service)
        parts.secrets.delete(service)
        parts.store.services.delete(service)
