"""`ComputeTarget`: a name in the workspace that stands for this machine."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from azureml.core.compute._certificate import keep_certificate
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_KIND = "azureml.compute"
_DECLARED = "AKS"


class ComputeTarget:
    """A compute target; `ComputeTarget(workspace, name)` gives one of the kind it is."""

    _compute_type: ClassVar[str | None] = None

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:
        found = workspace._brygga.documents.find(_KIND, name)
        if found is None and not is_declared(workspace, name):
            raise ComputeTargetException(
                f"ComputeTargetNotFound: Compute Target with name {name} not found in provided "
                "workspace"
            )
        # A cluster that is declared needs nobody to attach it.
        kind = _kinds()[_DECLARED if found is None else found.content["computeType"]]
        if cls is not ComputeTarget and not issubclass(kind, cls):
            raise ComputeTargetException(
                f"Compute target {name} is of the type {kind._compute_type}, not "
                f"{cls._compute_type}."
            )
        return object.__new__(kind)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = name
        self.refresh_state()

    @staticmethod
    def create(
        workspace: Workspace,
        name: str,
        provisioning_configuration: ComputeTargetProvisioningConfiguration,
    ) -> ComputeTarget:
        """Notes a compute target; it is there at once."""
        provisioning_configuration.validate_configuration()
        return _keep(workspace, name, provisioning_configuration, attached=False)

    @staticmethod
    def attach(
        workspace: Workspace, name: str, attach_configuration: ComputeTargetAttachConfiguration
    ) -> ComputeTarget:
        """Notes a compute target; it is there at once."""
        attach_configuration.validate_configuration()
        return _keep(workspace, name, attach_configuration, attached=True)

    @staticmethod
    def list(workspace: Workspace) -> builtins.list[ComputeTarget]:
        """The compute targets of a workspace."""
        noted = [each.name for each in workspace._brygga.documents.list(_KIND)]
        declared = [each.name for each in workspace._brygga.targets.list()]
        return [ComputeTarget(workspace, name) for name in dict.fromkeys((*noted, *declared))]

    def wait_for_completion(
        self, show_output: bool = False, is_delete_operation: bool = False
    ) -> None:
        """Returns at once."""
        if show_output:
            what = "deletion" if is_delete_operation else "creation"
            print(
                f"{self.provisioning_state}\nProvisioning operation finished, operation "
                f'"{self.provisioning_state}" ({what})'
            )

    def refresh_state(self) -> None:
        """Reads it again."""
        found = self.workspace._brygga.documents.find(_KIND, self.name)
        content: Mapping[str, Any] = {} if found is None else found.content
        self.type = self._compute_type
        self.location = content.get("location") or self.workspace.location
        self.description = None
        self.created_on = None if found is None else found.created_at
        self.modified_on = None if found is None else found.updated_at
        there = found is not None or is_declared(self.workspace, self.name)
        self.provisioning_state = "Succeeded" if there else "Deleted"
        self.provisioning_errors = None
        self.is_attached = bool(content.get("attached"))
        self.cluster_resource_id = content.get("settings", {}).get("resource_id")
        self._settings = dict(content.get("settings", {}))

    def get_status(self) -> Any:
        """`Succeeded`."""
        self.refresh_state()
        return self.provisioning_state

    def _change(self, settings: Mapping[str, Any]) -> None:
        found = self.workspace._brygga.documents.find(_KIND, self.name)
        if found is None:
            raise ComputeTargetException(f"Compute target {self.name} is deleted.")
        changed = {**found.content, "settings": {**self._settings, **settings}}
        self.workspace._brygga.documents.put(_KIND, self.name, changed)
        self.refresh_state()

    def delete(self) -> None:
        """Forgets it; services that were deployed to it run on."""
        self.workspace._brygga.documents.delete(_KIND, self.name)
        self.provisioning_state = "Deleting"

    def detach(self) -> None:
        """The same as `delete`."""
        self.delete()
        self.provisioning_state = "Detaching"

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "name": self.name,
            "computeType": self.type,
            "computeLocation": self.location,
            "provisioningState": self.provisioning_state,
            "provisioningErrors": self.provisioning_errors,
            "createdOn": str(self.created_on or datetime.now(UTC)),
            "isAttachedCompute": self.is_attached,
            "properties": self._settings,
        }

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: Mapping[str, Any]) -> ComputeTarget:
        """The compute target a dictionary names."""
        return ComputeTarget(workspace, object_dict["name"])

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, "
            f"id={self.cluster_resource_id}, type={self.type}, "
            f"provisioning_state={self.provisioning_state}, location={self.location})"
        )


class _Configuration(ABC):
    """What a compute target is to be; kept, shown, and without effect on this machine."""

    _type: str

    @abstractmethod
    def validate_configuration(self) -> None:
        """Refuses what makes no sense."""

    def _certificate(self) -> tuple[str, str] | None:
        """Files of certificate and key, where it names any."""
        return None

    def _settings(self) -> dict[str, Any]:
        kept = {k: v for k, v in vars(self).items() if not k.startswith("_") and v is not None}
        return {k: v for k, v in kept.items() if isinstance(v, str | int | float | bool)}


class ComputeTargetProvisioningConfiguration(_Configuration):
    """What a compute target is to be."""

    def __init__(self, type: builtins.type[ComputeTarget], location: str | None) -> None:
        self._compute = type
        self.location = location


class ComputeTargetAttachConfiguration(_Configuration):
    """Which compute target is meant."""

    def __init__(self, type: builtins.type[ComputeTarget]) -> None:
        self._compute = type


class ComputeTargetUpdateConfiguration(_Configuration):
    """What is to change of a compute target."""

    def __init__(self, type: builtins.type[ComputeTarget]) -> None:
        self._compute = type


def _keep(workspace: Workspace, name: str, configuration: Any, *, attached: bool) -> ComputeTarget:
    settings = configuration._settings()
    content = {
        "computeType": configuration._compute._compute_type,
        "location": settings.get("location"),
        "attached": attached,
        "settings": settings,
    }
    if configuration._certificate() is not None:
        keep_certificate(workspace, name, configuration._certificate())
    workspace._brygga.documents.put(_KIND, name, content)
    return ComputeTarget(workspace, name)


def is_declared(workspace: Workspace, name: str) -> bool:
    """Whether `brygga target add` has declared a cluster of that name."""
    return any(each.name == name for each in workspace._brygga.targets.list())


def _kinds() -> dict[str, type[ComputeTarget]]:
    from azureml.core import compute

    kinds = (getattr(compute, name) for name in compute.__all__ if name != "ComputeTarget")
    return {str(kind._compute_type): kind for kind in kinds}
