"""`Workspace`: subscription, resource group and name, as plain labels of one on this machine."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.gate import checked, refused
from azureml.core._mlflow import tracking_uri
from azureml.exceptions import UserErrorException, WorkspaceException

if TYPE_CHECKING:
    import brygga
    from azureml.core.compute import ComputeTarget
    from azureml.core.compute.amlcompute import AmlComputeProvisioningConfiguration
    from azureml.core.datastore import Datastore
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.image import Image
    from azureml.core.keyvault import Keyvault
    from azureml.core.model import Model
    from azureml.core.run import Run
    from azureml.core.webservice import Webservice

_LOCATION = "local"
_LABELS = "azureml.workspace"
_SCOPE = (
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}"
)


class _ClusterConfiguration:
    """Made when somebody asks for it: v1 has it ready, and nobody needs it at import."""

    def __init__(self, vm_size: str) -> None:
        self._vm_size = vm_size

    def __get__(self, instance: object, owner: type) -> AmlComputeProvisioningConfiguration:
        from azureml.core.compute import AmlCompute

        return AmlCompute.provisioning_configuration(vm_size=self._vm_size, max_nodes=2)


class Workspace:
    """A workspace that is there; `Workspace.create` makes one."""

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"
    DEFAULT_CPU_CLUSTER_CONFIGURATION = _ClusterConfiguration("STANDARD_DS2_V2")
    DEFAULT_GPU_CLUSTER_CONFIGURATION = _ClusterConfiguration("STANDARD_NC6")

    @checked
    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: object = None,
        _location: str | None = None,
        _disable_service_check: bool = False,
        _workspace_id: str | None = None,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        import brygga

        with translated(WorkspaceException):
            self._brygga = brygga.Workspace.get(
                workspace_name, subscription_id=subscription_id, resource_group=resource_group
            )

    @classmethod
    def _of(cls, found: brygga.Workspace) -> Workspace:
        made = cls.__new__(cls)
        made._brygga = found
        return made

    @staticmethod
    @checked
    def from_config(
        path: str | None = None,
        auth: object = None,
        _logger: object = None,
        _file_name: str | None = None,
    ) -> Workspace:
        """The workspace a folder belongs to; v1's files, in v1's order."""
        import brygga
        from brygga.workspace_config import find_config, read_config

        start = Path(path) if path else Path.cwd()
        file = start if start.is_file() else find_config(start)
        if file is None:
            raise UserErrorException(
                "The workspace configuration file config.json, could not be found in "
                f"{start.absolute()} or its parent directories. Please check whether the workspace "
                "configuration file exists, or provide the full path to the configuration file as "
                "an argument. The first time, make a workspace and its file with "
                "Workspace.create(name='...', subscription_id='...', resource_group='...')"
                ".write_config()."
            )
        with translated(UserErrorException):
            key = read_config(file)
        with translated(WorkspaceException):
            return Workspace._of(
                brygga.Workspace.get(
                    key.name,
                    subscription_id=key.subscription_id,
                    resource_group=key.resource_group,
                )
            )

    @staticmethod
    @checked
    def create(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
        friendly_name: str | None = None,
        storage_account: str | None = None,
        key_vault: str | None = None,
        app_insights: str | None = None,
        container_registry: str | None = None,
        adb_workspace: str | None = None,
        primary_user_assigned_identity: str | None = None,
        cmk_keyvault: str | None = None,
        resource_cmk_uri: str | None = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: object = None,
        default_gpu_compute_target: object = None,
        private_endpoint_config: object = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: str | None = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: bool | None = None,
    ) -> Workspace:
        """Makes a workspace on this machine; without subscription and group they are `local`."""
        import brygga

        with translated(WorkspaceException):
            made = brygga.Workspace.create(
                name,
                subscription_id=subscription_id or _LOCATION,
                resource_group=resource_group or _LOCATION,
                exist_ok=exist_ok,
            )
        if show_output:
            print(f"Deployed Workspace with name {name}.")
        workspace = Workspace._of(made)
        if workspace._label("name") is None:
            labels = {
                "name": friendly_name or name,
                "location": location or _LOCATION,
                "sku": sku,
                "tags": dict(tags or {}),
            }
            made.documents.put(_LABELS, name, labels)
        return workspace

    @staticmethod
    @checked
    def get(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        cloud: str = "AzureCloud",
        id: str | None = None,
    ) -> Workspace:
        """A workspace by its labels; those left out must not matter for it to be found."""
        import brygga

        with translated(WorkspaceException):
            there = brygga.Workspace.list()
        fitting = [
            each
            for each in there
            if each.name == name
            and subscription_id in (None, each.subscription_id)
            and resource_group in (None, each.resource_group)
        ]
        if len(fitting) > 1:
            raise WorkspaceException(
                f"There are {len(fitting)} workspaces named {name}: give subscription_id and "
                "resource_group as well."
            )
        if not fitting:
            asked = {"subscription_id": subscription_id, "resource_group": resource_group}
            given = "".join(f", {each}={said!r}" for each, said in asked.items() if said)
            raise WorkspaceException(
                f"No workspaces found with name={name} on this machine. Make it with "
                f"Workspace.create({name!r}{given})."
            )
        return Workspace._of(fitting[0])

    @staticmethod
    @checked
    def list(
        subscription_id: str, auth: object = None, resource_group: str | None = None
    ) -> dict[str, builtins.list[Workspace]]:
        """The workspaces of a subscription, by name."""
        import brygga

        found: dict[str, builtins.list[Workspace]] = {}
        with translated(WorkspaceException):
            for each in brygga.Workspace.list():
                if each.subscription_id == subscription_id and resource_group in (
                    None,
                    each.resource_group,
                ):
                    found.setdefault(each.name, []).append(Workspace._of(each))
        return found

    @staticmethod
    def setup() -> None:
        """Makes the workspace `default`, as far as it is not there, and a file that names it."""
        import brygga

        with translated(WorkspaceException):
            brygga.Workspace.create("default", exist_ok=True).write_config()

    def write_config(self, path: str | None = None, file_name: str | None = None) -> None:
        """Lets a folder belong to this workspace."""
        with translated(UserErrorException):
            self._brygga.write_config(path or ".", file_name=file_name or "config.json")

    @property
    def name(self) -> str:
        """Its name."""
        return self._brygga.name

    @property
    def subscription_id(self) -> str:
        """A label."""
        return self._brygga.subscription_id

    @property
    def resource_group(self) -> str:
        """A label."""
        return self._brygga.resource_group

    @property
    def location(self) -> str:
        """The label it was created with; else `local`."""
        return str(self._label("location") or _LOCATION)

    @property
    def sku(self) -> str:
        """The label it was created with; else `basic`."""
        return str(self._label("sku") or "basic")

    @property
    def tags(self) -> dict[str, str]:
        """Those it was created with."""
        return dict(self._label("tags") or {})

    def _label(self, name: str) -> Any:
        found = self._brygga.documents.find(_LABELS, self.name)
        return None if found is None else found.content.get(name)

    @property
    @refused
    def service_context(self) -> object: ...

    @property
    @refused
    def discovery_url(self) -> str: ...

    @property
    def models(self) -> dict[str, Model]:
        """The latest version of each model, by name."""
        from azureml.core.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def webservices(self) -> dict[str, Webservice]:
        """The services, by name."""
        from azureml.core.webservice import Webservice

        return {service.name: service for service in Webservice.list(self)}

    @property
    def images(self) -> dict[str, Image]:
        """The highest version of each image, by name."""
        from azureml.core.image import Image

        return {image.name: image for image in Image.list(self)}

    @property
    def environments(self) -> dict[str, Environment]:
        """The latest version of each registered environment, by name."""
        from azureml.core.environment import Environment

        return Environment.list(self)

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments, by name."""
        from azureml.core.experiment import Experiment

        return {each.name: each for each in Experiment.list(self)}

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """The compute targets, by name."""
        from azureml.core.compute import ComputeTarget

        return {target.name: target for target in ComputeTarget.list(self)}

    @property
    def datastores(self) -> dict[str, Datastore]:
        """The one there is: the workspace's own folder."""
        from azureml.core.datastore import Datastore

        return {"workspaceblobstore": Datastore(self)}

    @property
    def datasets(self) -> dict[str, Any]:
        """The registered datasets, by name."""
        from azureml.core.dataset import Dataset

        found: dict[str, Any] = Dataset.get_all(self)
        return found

    @property
    def linked_services(self) -> dict[str, Any]:
        """None can be made, so there are none."""
        return {}

    @property
    def private_endpoints(self) -> dict[str, Any]:
        """None can be made, so there are none."""
        return {}

    def get_default_datastore(self) -> Datastore:
        """The workspace's own folder."""
        from azureml.core.datastore import Datastore

        return Datastore(self)

    @refused
    def set_default_datastore(self, name: str) -> None: ...

    def get_default_keyvault(self) -> Keyvault:
        """Secrets of the workspace."""
        from azureml.core.keyvault import Keyvault

        return Keyvault(self)

    def get_default_compute_target(self, type: str) -> None:
        """None: no cluster belongs to a workspace by default."""

    def get_run(self, run_id: str) -> Run:
        """A run by its id."""
        from azureml.core.run import Run

        return Run.get(self, run_id)

    def get_details(self) -> dict[str, Any]:
        """What there is to know, in v1's words."""
        return {
            "id": _SCOPE.format(self.subscription_id, self.resource_group, self.name),
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "tags": self.tags,
            "sku": self.sku,
            "workspaceid": self.name,
            "friendlyName": self._label("name") or self.name,
        }

    @checked
    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Removes it for good; refused while it has services."""
        with translated(WorkspaceException):
            self._brygga.delete()

    @refused
    def update(
        self,
        friendly_name: str | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        image_build_compute: str | None = None,
        service_managed_resources_settings: object = None,
        primary_user_assigned_identity: str | None = None,
        allow_public_access_when_behind_vnet: bool | None = None,
        v1_legacy_mode: bool | None = None,
    ) -> None: ...

    @refused
    def update_dependencies(
        self, container_registry: str | None = None, force: bool = False
    ) -> None: ...

    def get_mlflow_tracking_uri(self, _with_auth: bool = False) -> str:
        """A folder that MLflow writes to; what is in it are runs of this workspace."""
        return tracking_uri(self)

    @refused
    def sync_keys(self, no_wait: bool = False) -> None: ...

    @refused
    def list_keys(self) -> None: ...

    @refused
    def set_connection(
        self, name: str, category: str, target: str, authType: str, value: str
    ) -> None: ...

    @refused
    def list_connections(self, category: str | None = None, target: str | None = None) -> None: ...

    @refused
    def get_connection(self, name: str) -> None: ...

    @refused
    def delete_connection(self, name: str) -> None: ...

    @refused
    def add_private_endpoint(
        self,
        private_endpoint_config: object,
        private_endpoint_auto_approval: bool = True,
        location: str | None = None,
        show_output: bool = True,
        tags: dict[str, str] | None = None,
    ) -> None: ...

    @refused
    def delete_private_endpoint_connection(self, private_endpoint_connection_name: str) -> None: ...

    @refused
    def diagnose_workspace(self, diagnose_parameters: object) -> None: ...

    def __repr__(self) -> str:
        return (
            f"Workspace.create(name='{self.name}', subscription_id='{self.subscription_id}', "
            f"resource_group='{self.resource_group}')"
        )
