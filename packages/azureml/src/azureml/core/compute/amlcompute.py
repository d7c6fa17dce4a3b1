"""Clusters for training; each stands for this machine."""

from __future__ import annotations

from typing import Any

from azureml._support.gate import checked
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)
from azureml.exceptions import ComputeTargetException


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
        location: str | None = None,
    ) -> AmlComputeProvisioningConfiguration:
        """What a cluster would be; kept and shown, without passwords."""
        return AmlComputeProvisioningConfiguration(
            vm_size, vm_priority, min_nodes, max_nodes, location
        )

    def get_status(self) -> Any:
        """A status of no machines, in v1's form."""
        return AmlComputeStatus(self.provisioning_state)


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """What a cluster would be."""

    def __init__(
        self,
        vm_size: str,
        vm_priority: str,
        min_nodes: int,
        max_nodes: int | None,
        location: str | None,
    ) -> None:
        super().__init__(AmlCompute, location)
        self.vm_size = vm_size
        self.vm_priority = vm_priority
        self.min_nodes = min_nodes
        self.max_nodes = max_nodes
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses more machines than there may be."""
        if self.max_nodes is not None and self.min_nodes > self.max_nodes:
            raise ComputeTargetException(
                "Invalid configuration, min_nodes must not be greater than max_nodes."
            )


class AmlComputeStatus:
    """How a cluster stands."""

    def __init__(self, provisioning_state: str) -> None:
        self.provisioning_state = provisioning_state
        self.allocation_state = "Steady"
        self.current_node_count = 0
        self.target_node_count = 0

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "allocationState": self.allocation_state,
            "provisioningState": self.provisioning_state,
        }


class ComputeInstance(ComputeTarget):
    """A machine of one's own: this one."""

    _compute_type = "ComputeInstance"


class KubernetesCompute(ComputeTarget):
    """A cluster that is attached; until there is a target for it, this machine."""

    _compute_type = "Kubernetes"

    @staticmethod
    def attach_configuration(
        resource_id: str | None = None, namespace: str | None = None, **kwargs: Any
    ) -> KubernetesAttachConfiguration:
        """Which cluster is meant."""
        return KubernetesAttachConfiguration(resource_id, namespace, **kwargs)


class KubernetesAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which cluster is meant."""

    def __init__(
        self, resource_id: str | None = None, namespace: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(KubernetesCompute)
        self.resource_id = resource_id
        self.namespace = namespace
        for name, value in kwargs.items():
            setattr(self, name, value)

    def validate_configuration(self) -> None:
        """Refuses no name at all."""
        if not self.resource_id:
            raise ComputeTargetException("Invalid configuration, resource_id must be provided.")
