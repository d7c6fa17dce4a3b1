"""The workspace, and those of its services that are not well."""

from __future__ import annotations

from collections.abc import Iterator

from brygga.doctor.check import OpenWorkspace
from brygga.errors import BryggaError
from brygga.findings import CheckResult, MachineCause, MachineFinding


def check_services(opened: OpenWorkspace) -> Iterator[CheckResult]:
    """The workspace, and those of its services that are not well."""
    try:
        workspace = opened()
        services = workspace.services.list()
    except BryggaError as error:
        found = MachineFinding(MachineCause.WORKSPACE_UNUSABLE, error.message, remedy=error.advice)
        yield CheckResult.of("workspace", "failure", found)
        return
    yield CheckResult.ok("workspace", f"{workspace.name}, {len(services)} services")
    for service in services:
        why = service.error
        if why is not None:
            message = f"{str(service.state).lower()}: {why.sentence}"
            yield CheckResult(f"service {service.name}", "warning", message, why)
