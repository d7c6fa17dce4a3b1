"""Rows that a script gives to `ModelDataCollector`, and where a person finds them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from azureml.core import Environment, Model, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice
from brygga.cli.root import brygga as command

COLLECTING = """
import json
from azureml.monitoring import ModelDataCollector
def init():
    global inputs, answers
    inputs = ModelDataCollector("best", designation="inputs", feature_names=["a", "b"])
    answers = ModelDataCollector("best", designation="predictions", feature_names=["sum"])
def run(data):
    rows = json.loads(data)["data"]
    kept = inputs.collect(rows)
    answers.collect([[sum(row)] for row in rows])
    return kept["status"]
"""


@pytest.fixture
def inference(folder: Path) -> InferenceConfig:
    (folder / "score.py").write_text(COLLECTING)
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults", "azureml-monitoring"]
    )
    return InferenceConfig("score.py", environment=environment)


def _shown(workspace: Workspace, name: str) -> Any:
    result = CliRunner().invoke(
        command, ["--workspace", workspace.name, "service", "show", name, "--json"]
    )
    return json.loads(result.output)


def _rows(folder: Path) -> list[str]:
    return sorted(
        line
        for file in folder.rglob("*.csv")
        for line in file.read_text().splitlines()
        if not line.startswith("$aml_dc")
    )


@pytest.mark.parametrize("target", ["process", "container"], indirect=True)
def test_service_show_says_where_rows_are_and_they_stay(inference: InferenceConfig) -> None:
    workspace = Workspace.create(
        "shown", subscription_id="local", resource_group="local", show_output=False
    )
    configuration = AciWebservice.deploy_configuration(
        cpu_cores=0.5, memory_gb=0.5, collect_model_data=True
    )
    service = Model.deploy(workspace, "collecting", [], inference, configuration)
    service.wait_for_deployment()

    assert service.run(json.dumps({"data": [[1, 2], [3, 4]]})) is True

    folder = Path(_shown(workspace, "collecting")["data_folder"])
    assert folder == service._brygga.data_folder
    (file,) = folder.glob("best/default/inputs/*/*/*/*.csv")
    assert file.read_text().splitlines()[0].endswith(",a,b")
    assert [row.split(",")[3:] for row in _rows(folder / "best/default/inputs")] == [
        ["1", "2"], ["3", "4"]
    ]  # fmt: skip
    assert [row.split(",")[3:] for row in _rows(folder / "best/default/predictions")] == [
        ["3"], ["7"]
    ]  # fmt: skip
    service._brygga.restart()
    service._brygga.wait_for_deployment()
    assert service.run(json.dumps({"data": [[5, 6]]})) is True
    assert len(_rows(folder / "best/default/inputs")) == 3

    service.delete()
    assert len(_rows(folder)) == 6
    for each in folder.rglob("*"):  # a person can tidy up what a container has written
        assert os.access(each.parent, os.W_OK)


@pytest.mark.parametrize("target", ["process", "container"], indirect=True)
def test_nothing_is_kept_until_it_is_asked_for(
    workspace: Workspace, inference: InferenceConfig
) -> None:
    cluster = ComputeTarget.create(workspace, "aks", AksCompute.provisioning_configuration())
    configuration = AksWebservice.deploy_configuration(num_replicas=2, cpu_cores=0.5, memory_gb=0.5)
    service = Model.deploy(workspace, "collecting", [], inference, configuration, cluster)
    service.wait_for_deployment()
    body = json.dumps({"data": [[1, 2]]})

    assert service.run(body) is False
    assert not service._brygga.data_folder

    service.update(collect_model_data=True)
    service.wait_for_deployment()
    assert service.data_collection.storage_enabled
    assert {service.run(body) for _ in range(20)} == {True}
    folder = service._brygga.data_folder
    assert len(_rows(folder / "best/default/inputs")) == 20
    service.update(models=[], inference_config=inference)
    service.wait_for_deployment()
    assert service.run(body) is True
    assert service._brygga.spec.num_replicas == (2 if service._brygga.target == "container" else 1)
