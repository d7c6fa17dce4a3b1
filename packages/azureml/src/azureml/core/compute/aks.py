"""`AksCompute`: a cluster, which this machine stands for."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked, refused
from azureml.core.compute._certificate import certificate_files, check_ssl
from azureml.core.compute.compute import (
    ComputeTarget,
    ComputeTargetAttachConfiguration,
    ComputeTargetProvisioningConfiguration,
    ComputeTargetUpdateConfiguration,
    is_declared,
)
from azureml.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class AksCompute(ComputeTarget):
    """A place for services with keys and replicas."""

    _compute_type = "AKS"

    class ClusterPurpose:
        """What a cluster is for."""

        DEV_TEST = "DevTest"
        FAST_PROD = "FastProd"
        DENSE_PROD = "DenseProd"

    class LoadBalancerType:
        """How a cluster is reached."""

        PUBLIC_IP = "PublicIp"
        INTERNAL_LOAD_BALANCER = "InternalLoadBalancer"

    @staticmethod
    def attach(workspace: Workspace, name: str, resource_id: Any) -> ComputeTarget:
        """Notes a cluster by its id; or by a configuration, as `ComputeTarget.attach`."""
        if not isinstance(resource_id, str):
            return ComputeTarget.attach(workspace, name, resource_id)
        return ComputeTarget.attach(
            workspace, name, AksAttachConfiguration(resource_id=resource_id)
        )

    @staticmethod
    @checked
    def provisioning_configuration(
        agent_count: int | None = None,
        vm_size: str | None = None,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        location: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        service_cidr: str | None = None,
        dns_service_ip: str | None = None,
        docker_bridge_cidr: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksProvisioningConfiguration:
        """What a cluster would be; kept and shown."""
        return AksProvisioningConfiguration(**locals())

    @staticmethod
    @checked
    def attach_configuration(
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> AksAttachConfiguration:
        """Which cluster is meant; kept and shown."""
        return AksAttachConfiguration(**locals())

    def refresh_state(self) -> None:
        """Reads it again."""
        super().refresh_state()
        settings = self._settings
        self.agent_count = settings.get("agent_count", 3)
        self.agent_vm_size = settings.get("vm_size", "Standard_D3_v2")
        self.cluster_purpose = settings.get("cluster_purpose")
        self.cluster_fqdn = None
        self.system_services: builtins.list[SystemService] = []
        cname, label = settings.get("ssl_cname"), settings.get("leaf_domain_label")
        self.ssl_configuration = (
            SslConfiguration("Enabled", cname=cname, leaf_domain_label=label)
            if cname or label
            else None
        )

    @property
    def _is_declared(self) -> bool:
        """Whether it is a cluster that `brygga target add` has declared by its name."""
        return is_declared(self.workspace, self.name)

    def _certificate(self) -> tuple[Path, Path] | None:
        """Files of certificate and key for the services that are deployed to it."""
        files = certificate_files(self.workspace, self.name)
        return files if files[0].exists() else None

    def delete(self) -> None:
        """Forgets it; services that were deployed to it run on."""
        super().delete()
        for file in certificate_files(self.workspace, self.name):
            file.unlink(missing_ok=True)

    def detach(self) -> None:
        """The same as `delete`."""
        super().detach()

    @refused
    def update(self, update_configuration: AksUpdateConfiguration) -> None: ...

    @refused
    def get_credentials(self) -> dict[str, Any]: ...

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return super().serialize()

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: Mapping[str, Any]) -> ComputeTarget:
        """The compute target a dictionary names."""
        return ComputeTarget.deserialize(workspace, object_dict)


class AksProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """What a cluster would be."""

    def __init__(
        self,
        agent_count: int | None,
        vm_size: str | None,
        ssl_cname: str | None,
        ssl_cert_pem_file: str | None,
        ssl_key_pem_file: str | None,
        location: str | None,
        vnet_resourcegroup_name: str | None,
        vnet_name: str | None,
        subnet_name: str | None,
        service_cidr: str | None,
        dns_service_ip: str | None,
        docker_bridge_cidr: str | None,
        cluster_purpose: str | None,
        load_balancer_type: str | None,
        load_balancer_subnet: str | None,
    ) -> None:
        super().__init__(AksCompute, location)
        self.agent_count = agent_count
        self.vm_size = vm_size
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.service_cidr = service_cidr
        self.dns_service_ip = dns_service_ip
        self.docker_bridge_cidr = docker_bridge_cidr
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet
        self.leaf_domain_label: str | None = None
        self.validate_configuration()

    def _certificate(self) -> tuple[str, str] | None:
        if not self.ssl_cert_pem_file or not self.ssl_key_pem_file:
            return None
        return self.ssl_cert_pem_file, self.ssl_key_pem_file

    def validate_configuration(self) -> None:
        """Refuses a number of machines that is none, and half a virtual network."""
        if self.agent_count is not None and self.agent_count <= 0:
            raise ComputeTargetException("Invalid configuration, agent count must be positive.")
        if self.ssl_cname or self.ssl_cert_pem_file or self.ssl_key_pem_file:
            check_ssl(self.ssl_cname, self.ssl_cert_pem_file, self.ssl_key_pem_file, None)
        network = (self.vnet_name, self.vnet_resourcegroup_name, self.subnet_name)
        if any(network) and not all(network):
            raise ComputeTargetException(
                "Invalid configuration, not all virtual net information provided. To use a custom "
                "virtual net with aks, please provide vnet name, vnet resource group and subnet "
                "name"
            )

    @checked
    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Has services that are deployed to it use HTTPS, with a certificate of one's own."""
        check_ssl(ssl_cname, ssl_cert_pem_file, ssl_key_pem_file, leaf_domain_label)
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.leaf_domain_label = leaf_domain_label


class AksAttachConfiguration(ComputeTargetAttachConfiguration):
    """Which cluster is meant."""

    def __init__(
        self,
        resource_group: str | None = None,
        cluster_name: str | None = None,
        resource_id: str | None = None,
        cluster_purpose: str | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.ssl_cname: str | None = None
        self.ssl_cert_pem_file: str | None = None
        self.ssl_key_pem_file: str | None = None
        self.leaf_domain_label: str | None = None
        self.resource_group = resource_group
        self.cluster_name = cluster_name
        self.resource_id = resource_id
        self.cluster_purpose = cluster_purpose
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet

    def _certificate(self) -> tuple[str, str] | None:
        if not self.ssl_cert_pem_file or not self.ssl_key_pem_file:
            return None
        return self.ssl_cert_pem_file, self.ssl_key_pem_file

    def validate_configuration(self) -> None:
        """Refuses half a name."""
        if self.resource_id:
            return
        if not (self.resource_group and self.cluster_name):
            raise ComputeTargetException(
                "Invalid configuration, resource_group and cluster_name, or resource_id must be "
                "provided."
            )

    @checked
    def enable_ssl(
        self,
        ssl_cname: str | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
    ) -> None:
        """Has services that are deployed to it use HTTPS, with a certificate of one's own."""
        check_ssl(ssl_cname, ssl_cert_pem_file, ssl_key_pem_file, leaf_domain_label)
        self.ssl_cname = ssl_cname
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.leaf_domain_label = leaf_domain_label


class AksUpdateConfiguration(ComputeTargetUpdateConfiguration):
    """What is to change of a cluster."""

    def __init__(
        self,
        ssl_configuration: SslConfiguration | None = None,
        load_balancer_type: str | None = None,
        load_balancer_subnet: str | None = None,
    ) -> None:
        super().__init__(AksCompute)
        self.ssl_configuration = ssl_configuration
        self.load_balancer_type = load_balancer_type
        self.load_balancer_subnet = load_balancer_subnet

    def validate_configuration(self) -> None:
        """Nothing can be wrong with it."""


class SystemService:
    """A service that a cluster runs for itself."""

    def __init__(self, service_type: str, version: str, public_ip_address: str) -> None:
        self.service_type = service_type
        self.version = version
        self.public_ip_address = public_ip_address

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "serviceType": self.service_type,
            "version": self.version,
            "publicIpAddress": self.public_ip_address,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> SystemService:
        """From a dictionary."""
        return SystemService(
            object_dict["serviceType"], object_dict["version"], object_dict["publicIpAddress"]
        )


class SslConfiguration:
    """Certificates of a cluster; kept and shown."""

    def __init__(
        self,
        status: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        cname: str | None = None,
        leaf_domain_label: str | None = None,
        overwrite_existing_domain: bool = False,
        renew: bool = False,
    ) -> None:
        self.status = status
        self.cert = cert
        self.key = key
        self.cname = cname
        self.leaf_domain_label = leaf_domain_label
        self.overwrite_existing_domain = overwrite_existing_domain
        self.renew = renew

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "status": self.status,
            "cert": self.cert,
            "key": self.key,
            "cname": self.cname,
            "leafDomainLabel": self.leaf_domain_label,
            "overwriteExistingDomain": self.overwrite_existing_domain,
            "renew": self.renew,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> SslConfiguration:
        """From a dictionary."""
        return SslConfiguration(
            object_dict.get("status"),
            object_dict.get("cert"),
            object_dict.get("key"),
            object_dict.get("cname"),
            object_dict.get("leafDomainLabel"),
            bool(object_dict.get("overwriteExistingDomain")),
            bool(object_dict.get("renew")),
        )
