"""The workspaces, and those of their services that are not well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from brygga.doctor.check import OpenWorkspace
from brygga.errors import BryggaError
from brygga.findings import CheckResult, MachineCause, MachineFinding

if TYPE_CHECKING:
    from brygga.workspace import Workspace


def check_services(opened: OpenWorkspace) -> Iterator[CheckResult]:
    """The workspace, and those of its services that are not well; then all others of this home."""
    from brygga.workspace import Workspace

    asked = None
    try:
        asked = opened()
        yield from _look(asked, None)
    except BryggaError as error:
        yield _unusable("workspace", error)
    for other in Workspace.list():
        if other == asked:
            continue
        try:
            yield from _look(other, other.name)
        except BryggaError as error:
            yield _unusable(f"workspace {other.name}", error)


def _look(workspace: Workspace, other: str | None) -> Iterator[CheckResult]:
    services = workspace.services.list()
    told = f"{workspace.name}, {len(services)} services"
    yield CheckResult.ok("workspace", told)
    for service in services:
        why = service.error
        if why is not None:
            name = f"service {service.name}{f' of {other}' if other else ''}"
            message = f"{str(service.state).lower()}: {why.sentence}"
            yield CheckResult(name, "warning", message, why, workspace=other)


def _unusable(name: str, error: BryggaError) -> CheckResult:
    found = MachineFinding(MachineCause.WORKSPACE_UNUSABLE, error.message, remedy=error.advice)
    return CheckResult.of(name, "failure", found)
