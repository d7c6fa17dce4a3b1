"""`AmlCompute`: a cluster for training, which this machine stands for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked
from azureml.core.compute.compute import ComputeTarget, ComputeTargetProvisioningConfiguration
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace


class AmlCompute(ComputeTarget):
    """A cluster that grows and shrinks; here it does neither."""

    _compute_type = "AmlCompute"

    @staticmethod
    @checked
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: Any = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: Any = None,
        location: str | None = None,
    ) -> AmlComputeProvisioningConfiguration:
        """What a cluster would be; kept and shown, without passwords."""
        return AmlComputeProvisioningConfiguration(
            vm_size, vm_priority, min_nodes, max_nodes, idle_seconds_before_scaledown, location
        )

    def wait_for_completion(
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Returns at once: this machine is there."""
        super().wait_for_completion(show_output, is_delete_operation)

    def refresh_state(self) -> None:
        """Reads it again."""
        super().refresh_state()
        settings = self._settings
        self.vm_size = settings.get("vm_size")
        self.vm_priority = settings.get("vm_priority", "dedicated")
        self.scale_settings = ScaleSettings(
            settings.get("min_nodes", 0),
            settings.get("max_nodes", 1),
            settings.get("idle_seconds_before_scaledown", _IDLE_S),
        )

    def get_status(self) -> Any:
        """A status of no machines, in v1's form; None where it is deleted."""
        self.refresh_state()
        return None if self.provisioning_state == "Deleted" else AmlComputeStatus(self)

    def list_nodes(self) -> list[dict[str, Any]]:
        """None: no other machine is taken."""
        return []

    @staticmethod
    def supported_vmsizes(
        workspace: Workspace, location: str | None = None
    ) -> list[dict[str, Any]]:
        """One: this machine, whatever size is asked for."""
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        machine = {
            "name": "this machine", "vCPUs": os.cpu_count(), "gpus": 0,
            "memoryGB": round(memory / 2**30, 1), "maxResourceVolumeMB": 0,
        }  # fmt: skip
        return [machine]

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
    ) -> None:
        """Changes what is kept and shown."""
        given = {
            "min_nodes": min_nodes,
            "max_nodes": max_nodes,
            "idle_seconds_before_scaledown": idle_seconds_before_scaledown,
        }
        self._change({name: value for name, value in given.items() if value is not None})

    def get_active_runs(
        self,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        status: str | None = None,
    ) -> Iterator[Run]:
        """Runs of its workspace that were submitted to it and have not ended."""
        for experiment in self.workspace.experiments.values():
            for run in experiment.get_runs(type, tags, properties, include_children=True):
                is_here = run.get_details()["target"] == self.name
                if is_here and not run._brygga.status.is_final and status in (None, run.status):
                    yield run


_IDLE_S = 1800


class ScaleSettings:
    """How many machines a cluster would have."""

    def __init__(
        self, minimum_node_count: int, maximum_node_count: int, idle_seconds_before_scaledown: int
    ) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{self.idle_seconds_before_scaledown}S",
        }


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """What a cluster would be."""

    def __init__(
        self,
        vm_size: str,
        vm_priority: str,
        min_nodes: int,
        max_nodes: int | None,
        idle_seconds_before_scaledown: int | None,
        location: str | None,
    ) -> None:
        super().__init__(AmlCompute, location)
        self.vm_size = vm_size
        self.vm_priority = vm_priority
        self.min_nodes = min_nodes
        self.max_nodes = max_nodes
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses more machines than there may be."""
        if self.max_nodes is not None and self.min_nodes > self.max_nodes:
            raise ComputeTargetException(
                "Invalid configuration, min_nodes must not be greater than max_nodes."
            )


class AmlComputeStatus:
    """How a cluster stands."""

    def __init__(self, cluster: AmlCompute) -> None:
        self.provisioning_state = cluster.provisioning_state
        self.allocation_state = "Steady"
        self.current_node_count = 0
        self.target_node_count = 0
        self.errors = None
        self.vm_size = cluster.vm_size
        self.vm_priority = cluster.vm_priority
        self.scale_settings = cluster.scale_settings
        self.creation_time = cluster.created_on
        self.modified_time = cluster.modified_on

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "allocationState": self.allocation_state,
            "provisioningState": self.provisioning_state,
            "errors": self.errors,
            "vmSize": self.vm_size,
            "vmPriority": self.vm_priority,
            "scaleSettings": self.scale_settings.serialize(),
            "creationTime": str(self.creation_time),
            "modifiedTime": str(self.modified_time),
        }
