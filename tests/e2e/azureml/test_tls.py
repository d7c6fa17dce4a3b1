"""Services with a certificate, as v1's scripts asked for one."""

from pathlib import Path

import pytest
import requests
from support.certificates import make_certificate

from azureml.core import Environment, Model, Webservice, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice
from azureml.exceptions import ComputeTargetException, WebserviceException


@pytest.fixture
def inference(folder: Path) -> InferenceConfig:
    (folder / "score.py").write_text("def init(): ...\ndef run(data):\n    return data\n")
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults"]
    )
    return InferenceConfig("score.py", environment=environment)


def _scored(uri: str, certificate: Path, key: str = "") -> object:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    host = uri.replace("127.0.0.1", "localhost")
    return requests.post(host, "hello", headers=headers, verify=str(certificate), timeout=30).json()


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_an_aci_service_speaks_https_until_it_is_told_otherwise(
    workspace: Workspace, folder: Path, inference: InferenceConfig
) -> None:
    certificate, key = make_certificate(folder)
    configuration = AciWebservice.deploy_configuration(
        cpu_cores=0.5, memory_gb=0.5, ssl_enabled=True, ssl_cert_pem_file=str(certificate),
        ssl_key_pem_file=str(key), ssl_cname="localhost",
    )  # fmt: skip

    service = Model.deploy(workspace, "secret", [], inference, configuration)
    service.wait_for_deployment()

    assert service.scoring_uri.startswith("https://")
    assert (service.ssl_enabled, service.cname) == (True, "localhost")
    assert _scored(service.scoring_uri, certificate) == "hello"
    assert service.run("hello") == "hello"
    (folder / "score.py").write_text("def init(): ...\ndef run(data):\n    return 'new'\n")
    service.update(models=[], inference_config=inference, description="New.")
    service.wait_for_deployment()
    assert _scored(service.scoring_uri, certificate) in ("hello", "new")

    (folder / "other").mkdir()
    other, other_key = make_certificate(folder / "other")
    service.update(ssl_cert_pem_file=str(other), ssl_key_pem_file=str(other_key))
    service.wait_for_deployment()
    assert _scored(service.scoring_uri, other)
    service.update(ssl_enabled=False)
    service.wait_for_deployment()
    assert service.scoring_uri.startswith("http://")
    assert not Webservice(workspace, "secret").serialize()["sslEnabled"]
    assert service.run("hello")
    with pytest.raises(WebserviceException, match="SSL is not enabled"):
        service.update(ssl_cert_pem_file=str(other), ssl_key_pem_file=str(other_key))
    with pytest.raises(WebserviceException, match="must provide a SSL certificate, key, and cname"):
        service.update(ssl_enabled=True)


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_services_of_a_cluster_use_its_certificate(
    workspace: Workspace, folder: Path, inference: InferenceConfig
) -> None:
    certificate, key = make_certificate(folder)
    planned = AksCompute.provisioning_configuration(agent_count=1)
    planned.enable_ssl(
        ssl_cname="localhost", ssl_cert_pem_file=str(certificate), ssl_key_pem_file=str(key)
    )
    cluster = ComputeTarget.create(workspace, "aks", planned)
    key.unlink()  # v1 took what was in it
    assert isinstance(cluster, AksCompute)
    assert cluster.ssl_configuration is not None
    assert cluster.ssl_configuration.cname == "localhost"
    configuration = AksWebservice.deploy_configuration(
        num_replicas=1, cpu_cores=0.5, memory_gb=0.5, compute_target_name="aks"
    )

    service = Model.deploy(workspace, "secret", [], inference, configuration)
    service.wait_for_deployment()

    assert service.compute_name == "aks"
    assert _scored(service.scoring_uri, certificate, service.get_keys()[0]) == "hello"
    service.update(num_replicas=2)
    service.wait_for_deployment()
    assert _scored(service.scoring_uri, certificate, service.get_keys()[0]) == "hello"


def test_half_a_certificate_is_refused(
    workspace: Workspace, folder: Path, inference: InferenceConfig, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = make_certificate(folder)
    with pytest.raises(ComputeTargetException, match="not all ssl information"):
        AksCompute.provisioning_configuration(ssl_cname="localhost")
    attached = AksCompute.attach_configuration(resource_group="g", cluster_name="c")
    attached.enable_ssl(leaf_domain_label="contoso")
    assert "nobody signs a certificate here" in caplog.text
    configuration = AciWebservice.deploy_configuration(
        ssl_enabled=True, ssl_cert_pem_file=str(certificate), ssl_key_pem_file=str(key),
        ssl_cname="localhost",
    )  # fmt: skip
    with pytest.raises(WebserviceException, match="TLS cannot be had on the target 'process'"):
        Model.deploy(workspace, "secret", [], inference, configuration)
