"""What v1 shows of a service and Brygga has no use for: a document beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import brygga
    from azureml.core.workspace import Workspace

_KIND = "azureml.service"


@dataclass(frozen=True)
class ServiceRecord:
    """The facade's own memory of a service.

    Attributes:
        compute_type: `ACI`, `AKS` or `LOCAL`.
        settings: The parameters of its deployment configuration that v1 shows again.
        image_id: Of the image it was deployed from.
        environment: As v1 shows it.
        created: When the service it is of was made: a later one of that name is another.
    """

    compute_type: str
    properties: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    image_id: str | None = None
    environment: Mapping[str, Any] | None = None
    created: str = ""

    def keep(self, workspace: Workspace, service: brygga.Service) -> None:
        """Keeps it as that of a service."""
        kept = replace(self, created=service.created_at.isoformat())
        workspace._brygga.documents.put(_KIND, service.name, asdict(kept))


def record_of(workspace: Workspace, service: brygga.Service) -> ServiceRecord:
    """The record of a service; one that was deployed without the facade counts as ACI."""
    found = workspace._brygga.documents.find(_KIND, service.name)
    if found is not None and found.content.get("created") == service.created_at.isoformat():
        return ServiceRecord(**found.content)
    return ServiceRecord("ACI")


def forget(workspace: Workspace, name: str) -> None:
    """Removes the record of a service that is gone."""
    workspace._brygga.documents.delete(_KIND, name)
