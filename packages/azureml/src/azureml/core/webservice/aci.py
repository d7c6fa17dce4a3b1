"""`AciWebservice`: a service as Azure Container Instances would run it, on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from azureml._support.gate import checked
from azureml.core._record import ServiceRecord
from azureml.core.webservice import _requirements
from azureml.core.webservice._updating import change, redeploy
from azureml.core.webservice.webservice import Webservice, WebserviceDeploymentConfiguration
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._deploying import Translated
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.image import Image
    from azureml.core.model import Model

_CPU, _MEMORY = 0.1, 0.5
"""v1's defaults."""
_NEEDED_FOR_SSL = (
    "SSL is enabled, you must provide a SSL certificate, key, and cname with "
    "ssl_cert_pem_file, ssl_key_pem_file and ssl_cname."
)
_SHOWN = (
    "location",
    "ssl_enabled",
    "enable_app_insights",
    "ssl_cname",
    "dns_name_label",
    "vnet_name",
    "subnet_name",
    "cmk_vault_base_url",
    "cmk_key_name",
    "cmk_key_version",
    "collect_model_data",
)


class ContainerResourceRequirements(_requirements.ContainerResourceRequirements):
    """Cores and memory."""

    _expected_payload_keys = ("cpu", "memoryInGB")

    def __init__(self, cpu: float, memory_in_gb: float) -> None:
        super().__init__(cpu, memory_in_gb)

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb}

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> ContainerResourceRequirements | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        keys = ContainerResourceRequirements._expected_payload_keys
        _requirements._require("ContainerResourceRequirements", payload_obj, keys)
        return ContainerResourceRequirements(payload_obj["cpu"], payload_obj["memoryInGB"])


class EncryptionProperties:
    """A key of the customer's; kept and shown."""

    _expected_payload_keys = ("vaultBaseUrl", "keyName", "keyVersion")

    def __init__(
        self, cmk_vault_base_url: str | None, cmk_key_name: str | None, cmk_key_version: str | None
    ) -> None:
        self.cmk_vault_base_url = cmk_vault_base_url
        self.cmk_key_name = cmk_key_name
        self.cmk_key_version = cmk_key_version

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "vaultBaseUrl": self.cmk_vault_base_url,
            "keyName": self.cmk_key_name,
            "keyVersion": self.cmk_key_version,
        }

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> EncryptionProperties | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        keys = EncryptionProperties._expected_payload_keys
        _requirements._require("EncryptionProperties", payload_obj, keys)
        return EncryptionProperties(*(payload_obj[key] for key in keys))


class VnetConfiguration:
    """A virtual network; kept and shown."""

    _expected_payload_keys = ("vnetName", "subnetName")

    def __init__(self, vnet_name: str | None, subnet_name: str | None) -> None:
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {"vnetName": self.vnet_name, "subnetName": self.subnet_name}

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> VnetConfiguration | None:
        """From a dictionary."""
        if payload_obj is None:
            return None
        keys = VnetConfiguration._expected_payload_keys
        _requirements._require("VnetConfiguration", payload_obj, keys)
        return VnetConfiguration(*(payload_obj[key] for key in keys))


class AciWebservice(Webservice):
    """A service with cores and memory, without keys unless they are asked for."""

    _webservice_type = "ACI"

    def _refresh(self) -> None:
        super()._refresh()
        spec, settings = self._seen.newest.spec, self._record.settings
        self.container_resource_requirements = ContainerResourceRequirements(
            spec.cpu_cores, spec.memory_gb
        )
        self.location = settings.get("location") or self.workspace.location
        self.ssl_enabled = bool(settings.get("ssl_enabled"))
        self.ssl_certificate, self.ssl_key = spec.tls_certificate or None, None
        self.cname = settings.get("ssl_cname")
        self.enable_app_insights = bool(settings.get("enable_app_insights"))
        self.dns_name_label = settings.get("dns_name_label")
        self.public_ip = self.public_fqdn = None
        vault = settings.get("cmk_vault_base_url")
        self.encryption_properties = vault and EncryptionProperties(
            vault, settings.get("cmk_key_name"), settings.get("cmk_key_version")
        )
        network = settings.get("vnet_name")
        self.vnet_configuration = network and VnetConfiguration(
            network, settings.get("subnet_name")
        )

    @staticmethod
    @checked
    def deploy_configuration(
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        location: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        dns_name_label: str | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        collect_model_data: bool | None = None,
        cmk_vault_base_url: str | None = None,
        cmk_key_name: str | None = None,
        cmk_key_version: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
    ) -> AciServiceDeploymentConfiguration:
        """How a service is to be deployed; 0.1 cores and 0.5 GB where nothing is said."""
        return AciServiceDeploymentConfiguration(**locals())

    def run(self, input_data: Any) -> Any:
        """Sends data to it, and returns its answer."""
        return self._call(input_data)

    @checked
    def update(
        self,
        image: Image | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        enable_app_insights: bool | None = None,
        models: Sequence[Model] | None = None,
        inference_config: InferenceConfig | None = None,
    ) -> None:
        """Changes what is given; tags take the place of those there are, properties are added."""
        given = (
            image, tags, properties, description, auth_enabled, ssl_enabled, ssl_cert_pem_file,
            ssl_key_pem_file, ssl_cname, enable_app_insights, models, inference_config,
        )  # fmt: skip
        if all(value is None for value in given):
            raise WebserviceException("No parameters provided to update.")
        tls = self._tls(ssl_enabled, ssl_cert_pem_file, ssl_key_pem_file, ssl_cname)
        redeploy(self, image, models, inference_config, auth=auth_enabled, tls=tls)
        change(
            self, tags, properties, description, enable_app_insights=enable_app_insights,
            ssl_enabled=ssl_enabled, ssl_cname=ssl_cname,
        )  # fmt: skip

    def _tls(
        self, enabled: bool | None, certificate: str | None, key: str | None, cname: str | None
    ) -> tuple[str, str] | Literal[False] | None:
        """What of an update is for Brygga: another certificate, plain HTTP, or what there is."""
        if enabled is False:
            return False
        if bool(certificate) != bool(key):
            raise WebserviceException(
                "ssl_cert_pem_file and ssl_key_pem_file must be provided together."
            )
        if not (enabled or self.ssl_enabled):
            if certificate or cname:
                raise WebserviceException(
                    "SSL is not enabled for this service: provide ssl_enabled=True with the SSL "
                    "certificate, key, and cname."
                )
            return None
        if not self.ssl_enabled and not (certificate and cname):
            raise WebserviceException(_NEEDED_FOR_SSL)
        return (certificate, key) if certificate and key else None

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        self._add_tags(tags)

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Removes tags."""
        self._remove_tags(tags)

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties, which stay as they are first set."""
        self._add_properties(properties)

    def get_token(self) -> Any:
        """As in v1: container instances have no tokens."""
        raise NotImplementedError("ACI webservices do not support Token Authentication.")

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        encryption, network = self.encryption_properties, self.vnet_configuration
        return {
            **super().serialize(),
            "containerResourceRequirements": self.container_resource_requirements.serialize(),
            "location": self.location,
            "authEnabled": self.auth_enabled,
            "sslEnabled": self.ssl_enabled,
            "appInsightsEnabled": self.enable_app_insights,
            "sslCertificate": self.ssl_certificate,
            "sslKey": self.ssl_key,
            "cname": self.cname,
            "publicIp": self.public_ip,
            "publicFqdn": self.public_fqdn,
            "encryptionProperties": encryption and encryption.serialize(),
            "vnetConfiguration": network and network.serialize(),
        }


class AciServiceDeploymentConfiguration(WebserviceDeploymentConfiguration):
    """What `AciWebservice.deploy_configuration` gives."""

    def __init__(
        self,
        cpu_cores: float | None = None,
        memory_gb: float | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        location: str | None = None,
        auth_enabled: bool | None = None,
        ssl_enabled: bool | None = None,
        enable_app_insights: bool | None = None,
        ssl_cert_pem_file: str | None = None,
        ssl_key_pem_file: str | None = None,
        ssl_cname: str | None = None,
        dns_name_label: str | None = None,
        primary_key: str | None = None,
        secondary_key: str | None = None,
        collect_model_data: bool | None = None,
        cmk_vault_base_url: str | None = None,
        cmk_key_name: str | None = None,
        cmk_key_version: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
    ) -> None:
        super().__init__(
            AciWebservice, description, tags, properties, primary_key, secondary_key, location
        )
        self.cpu_cores = cpu_cores
        self.memory_gb = memory_gb
        self.auth_enabled = auth_enabled
        self.ssl_enabled = ssl_enabled
        self.enable_app_insights = enable_app_insights
        self.ssl_cert_pem_file = ssl_cert_pem_file
        self.ssl_key_pem_file = ssl_key_pem_file
        self.ssl_cname = ssl_cname
        self.dns_name_label = dns_name_label
        self.collect_model_data = collect_model_data
        self.cmk_vault_base_url = cmk_vault_base_url
        self.cmk_key_name = cmk_key_name
        self.cmk_key_version = cmk_key_version
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """Refuses what cannot be deployed."""
        wrong = []
        if self.cpu_cores is not None and self.cpu_cores <= 0:
            wrong.append("Invalid configuration, cpu_cores must be positive.")
        if self.memory_gb is not None and self.memory_gb <= 0:
            wrong.append("Invalid configuration, memory_gb must be positive.")
        if self.ssl_enabled and not (
            self.ssl_cert_pem_file and self.ssl_key_pem_file and self.ssl_cname
        ):
            wrong.append(_NEEDED_FOR_SSL)
        cmk = (self.cmk_vault_base_url, self.cmk_key_name, self.cmk_key_version)
        if any(cmk) and not all(cmk):
            wrong.append(
                "cmk_vault_base_url, cmk_key_name and cmk_key_version must be given together."
            )
        if bool(self.vnet_name) != bool(self.subnet_name):
            wrong.append("vnet_name and subnet_name must be given together.")
        wrong += self._check_keys()
        if wrong:
            raise WebserviceException("\n".join(wrong))

    def _certificate(self) -> tuple[str, str] | None:
        if not (self.ssl_enabled and self.ssl_cert_pem_file and self.ssl_key_pem_file):
            return None
        return self.ssl_cert_pem_file, self.ssl_key_pem_file

    def print_deploy_configuration(self) -> None:
        """Prints it."""
        print("Deployment configuration: ACI")
        print(
            f"CPU requirement: {self.cpu_cores or _CPU}, Memory requirement: "
            f"{self.memory_gb or _MEMORY}GB"
        )

    def _translated(self, defaults: Mapping[str, Any], target: str) -> Translated:
        from azureml.core._deploying import Translated

        return Translated(
            options={
                "cpu_cores": self.cpu_cores or defaults.get("cpu_cores") or _CPU,
                "memory_gb": self.memory_gb or defaults.get("memory_gb") or _MEMORY,
                "tags": {k: str(v) for k, v in (self.tags or {}).items()},
                "description": self.description or "",
                "auth": bool(self.auth_enabled),
                "keys": self._keys(),
                "collect_data": bool(self.collect_model_data),
                "tls": self._certificate(),
            },
            record=ServiceRecord(
                "ACI",
                properties={k: str(v) for k, v in (self.properties or {}).items()},
                settings={name: getattr(self, name) for name in _SHOWN},
            ),
        )
