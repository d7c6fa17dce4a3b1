"""Machines and clusters that were made or attached; each stands for this machine."""

from __future__ import annotations

from typing import Any

from azureml._support.gate import checked
from azureml.core.compute.amlcompute import AmlCompute
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
)
from azureml.exceptions import ComputeTargetException


class MachineConfiguration(ComputeTargetProvisioningConfiguration):
    """What a machine, or a cluster of them, would be."""

    def __init__(
        self, type: type[ComputeTarget], vm_size: str, location: str | None, **kept: Any
    ) -> None:
        super().__init__(type, location)
        self.vm_size = vm_size
        vars(self).update(kept)

    def validate_configuration(self) -> None:
        """Nothing can be wrong with it."""


class ComputeInstance(ComputeTarget):
    """A machine of one's own: this one."""

    _compute_type = "ComputeInstance"

    @staticmethod
    @checked
    def provisioning_configuration(
        vm_size: str = "", description: str | None = None, tags: Any = None, **kwargs: Any
    ) -> MachineConfiguration:
        """What a machine would be; kept and shown."""
        return MachineConfiguration(ComputeInstance, vm_size, None)

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """It runs: this machine."""

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """It goes on: this machine."""

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """It goes on: this machine."""


class BatchAiCompute(AmlCompute):
    """What a cluster for training was called in the first releases."""

    _compute_type = "BatchAI"

    @staticmethod
    @checked
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        autoscale_enabled: bool | None = None,
        cluster_min_nodes: int = 0,
        cluster_max_nodes: int | None = None,
        location: str | None = None,
        **kwargs: Any,
    ) -> MachineConfiguration:
        """What a cluster would be; kept and shown."""
        nodes = {"min_nodes": cluster_min_nodes, "max_nodes": cluster_max_nodes or 1}
        return MachineConfiguration(
            BatchAiCompute, vm_size, location, vm_priority=vm_priority, **nodes
        )


class DsvmCompute(ComputeTarget):
    """A virtual machine for data science."""

    _compute_type = "DSVM"

    @staticmethod
    @checked
    def provisioning_configuration(
        vm_size: str = "", location: str | None = None, **kwargs: Any
    ) -> MachineConfiguration:
        """What a machine would be; kept and shown."""
        return MachineConfiguration(DsvmCompute, vm_size, location)


class RemoteCompute(ComputeTarget):
    """A machine that is reached by SSH."""

    _compute_type = "VirtualMachine"

    @staticmethod
    def attach(
        workspace: Any, name: str, username: Any = None, address: str | None = None, **kwargs: Any
    ) -> ComputeTarget:
        """Notes a machine, by its address or by a configuration, as `ComputeTarget.attach`."""
        if isinstance(username, ComputeTargetAttachConfiguration):
            return ComputeTarget.attach(workspace, name, username)
        return ComputeTarget.attach(
            workspace, name, RemoteCompute.attach_configuration(username, address)
        )

    @staticmethod
    @checked
    def attach_configuration(
        username: str | None = None,
        address: str | None = None,
        resource_id: str | None = None,
        ssh_port: int = 22,
        password: str | None = None,
        private_key_file: str | None = None,
        private_key_passphrase: str | None = None,
    ) -> RemoteAttachConfiguration:
        """Which machine is meant; kept and shown, without what opens it."""
        return RemoteAttachConfiguration(username, address, resource_id)


class RemoteAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which machine is meant."""

    def __init__(self, username: str | None, address: str | None, resource_id: str | None) -> None:
        super().__init__(RemoteCompute)
        self.username = username
        self.address = address
        self.resource_id = resource_id

    def validate_configuration(self) -> None:
        """Refuses no machine at all."""
        if not (self.address or self.resource_id):
            raise ComputeTargetException(
                "Invalid configuration, address or resource_id must be provided."
            )


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
