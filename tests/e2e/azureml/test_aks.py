"""A cluster, which this machine stands for."""

from pathlib import Path
from typing import Any

import pytest
import requests

from azureml.core import Environment, Model, Webservice, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice
from azureml.exceptions import ComputeTargetException, UserErrorException, WebserviceException

PID = """
import os
def init(): ...
def run(data):
    return os.getpid()
"""


@pytest.fixture
def inference(folder: Path) -> InferenceConfig:
    (folder / "score.py").write_text(PID)
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults"]
    )
    return InferenceConfig("score.py", environment=environment)


def test_a_cluster_is_made_found_and_forgotten(workspace: Workspace) -> None:
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        ComputeTarget(workspace, "aks")

    made = ComputeTarget.create(
        workspace, "aks", AksCompute.provisioning_configuration(agent_count=2)
    )
    made.wait_for_completion(show_output=True)

    found = ComputeTarget(workspace, "aks")
    assert isinstance(found, AksCompute)
    assert (found.provisioning_state, found.agent_count) == ("Succeeded", 2)
    assert AksCompute(workspace, "aks").name == "aks"
    assert list(workspace.compute_targets) == ["aks"]
    attached = AksCompute.attach_configuration(resource_group="g", cluster_name="c")
    assert ComputeTarget.attach(workspace, "other", attached).is_attached
    found.delete()
    assert list(workspace.compute_targets) == ["other"]


@pytest.mark.parametrize("target", ["process", "container"], indirect=True)
def test_replicas_with_keys_behind_one_port(
    workspace: Workspace, inference: InferenceConfig, caplog: pytest.LogCaptureFixture, target: str
) -> None:
    cluster = ComputeTarget.create(workspace, "aks", AksCompute.provisioning_configuration())
    configuration = AksWebservice.deploy_configuration(
        num_replicas=2, cpu_cores=0.5, memory_gb=0.5, namespace="mine"
    )

    service = Model.deploy(workspace, "replicas", [], inference, configuration, cluster)
    service.wait_for_deployment(show_output=True)

    assert "AksWebservice.deploy_configuration(namespace): Kept and shown" in caplog.text
    assert type(service).__name__ == "AksWebservice"
    assert type(Webservice(workspace, "replicas")) is AksWebservice
    assert (service.auth_enabled, service.num_replicas, service.namespace) == (True, 2, "mine")
    assert (service.autoscaler, service.compute_type) == (None, "AKS")
    assert service.container_resource_requirements.cpu == 0.5
    assert requests.post(service.scoring_uri, "1", timeout=30).status_code == 401
    assert {service.run("1") for _ in range(40)}
    assert _replicas(service) == 2
    with pytest.raises(WebserviceException, match="Get token is only supported"):
        service.get_token()

    service.update(num_replicas=1, scoring_timeout_ms=30_000)
    service.wait_for_deployment()
    assert (service.num_replicas, service.scoring_timeout_ms) == (1, 30_000)
    assert _replicas(service) == 1


def _replicas(service: Any) -> int:
    """Containers; or the workers that stand for them."""
    details = service._brygga.details
    if service._brygga.target == "process":
        return len(details["workers"])
    return int(details["replicas"].split()[0])


def test_defaults_for_a_cluster_keep_what_an_autoscaler_would_do(
    workspace: Workspace, inference: InferenceConfig, caplog: pytest.LogCaptureFixture
) -> None:
    target = ComputeTarget.create(workspace, "aks", AksCompute.provisioning_configuration())
    service = Model.deploy(workspace, "defaults", [], inference, deployment_target=target)
    service.wait_for_deployment()

    assert type(service).__name__ == "AksWebservice"
    assert service.auth_enabled
    assert service.autoscaler is not None
    assert (service.autoscaler.min_replicas, service.autoscaler.max_replicas) == (1, 10)
    assert service.liveness_probe_requirements.initial_delay_seconds == 310
    assert service.compute_name == "aks"
    service.update(autoscale_max_replicas=3)
    assert "autoscale_max_replicas): Kept and shown" in caplog.text
    assert service.autoscaler is not None
    assert service.autoscaler.max_replicas == 3


def test_a_token_opens_what_was_deployed_with_tokens(
    workspace: Workspace, inference: InferenceConfig
) -> None:
    configuration = AksWebservice.deploy_configuration(token_auth_enabled=True, num_replicas=1)
    service = Model.deploy(workspace, "tokens", [], inference, configuration)
    service.wait_for_deployment()

    token, refresh_after = service.get_token()

    headers = {"Authorization": f"Bearer {token}"}
    assert requests.post(service.scoring_uri, "1", headers=headers, timeout=30).ok
    assert refresh_after > service.created_time
    assert (service.auth_enabled, service.token_auth_enabled) == (False, True)
    with pytest.raises(WebserviceException, match="token authentication"):
        service.get_keys()
    service.update(auth_enabled=True)
    service.wait_for_deployment()
    assert (service.auth_enabled, service.token_auth_enabled) == (True, False)
    assert len(service.get_keys()) == 2


def test_an_update_is_checked_and_one_way_of_scaling_takes_the_place_of_the_other(
    workspace: Workspace, inference: InferenceConfig
) -> None:
    configuration = AksWebservice.deploy_configuration(autoscale_min_replicas=1)
    service = Model.deploy(workspace, "scaled", [], inference, configuration)
    service.wait_for_deployment()

    with pytest.raises(WebserviceException, match="num_replicas must be positive"):
        service.update(num_replicas=-1)
    service.update(num_replicas=2)
    assert (service.autoscaler, service.num_replicas) == (None, 2)
    service.update(autoscale_enabled=True)
    assert service.autoscaler is not None
    assert service.num_replicas is None
    service.wait_for_deployment()
    assert _replicas(service) == 1


def test_a_cluster_that_is_not_there_or_not_meant_is_refused(
    workspace: Workspace, inference: InferenceConfig
) -> None:
    configuration = AksWebservice.deploy_configuration(compute_target_name="none")
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        Model.deploy(workspace, "lost", [], inference, configuration)
    cluster = ComputeTarget.create(workspace, "aks", AksCompute.provisioning_configuration())
    with pytest.raises(UserErrorException, match="is of the type ACI"):
        Model.deploy(
            workspace, "lost", [], inference, AciWebservice.deploy_configuration(), cluster
        )


def test_endpoints_are_refused_with_what_will_bring_them(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match="Deploy two services instead"):
        AksEndpoint.deploy_configuration(version_name="one", traffic_percentile=10)
