"""What has no effect is said, also where it is an attribute that is set."""

import logging
from pathlib import Path

import pytest

from azureml.core import Environment, RunConfiguration, ScriptRunConfig
from azureml.core._recipe import from_image_config, from_inference_config
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import RCranPackage, RSection, SparkPackage
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig


@pytest.fixture
def lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    CondaDependencies().save("env.yml")
    caplog.set_level(logging.WARNING, logger="azureml")
    return caplog


def test_sections_of_an_environment(lines: pytest.LogCaptureFixture) -> None:
    environment = Environment("mine")
    from_inference_config(InferenceConfig("score.py", environment=environment))
    assert lines.messages == []
    environment.python.interpreter_path = "/opt/python"
    environment.docker.platform.architecture = "arm64"
    environment.docker.base_image_registry = ContainerRegistry()
    environment.docker.base_image_registry.username = "somebody"
    environment.spark.packages = [SparkPackage("g", "a", "1")]
    environment.databricks.libraries = {"pypi": ["x"]}
    environment.r = RSection()
    environment.r.cran_packages = [RCranPackage()]

    recipe = from_inference_config(InferenceConfig("score.py", environment=environment))

    assert {line.split(" ")[0].rstrip(":") for line in lines.messages} == {
        "PythonSection", "DockerImagePlatform", "ContainerRegistry", "SparkSection",
        "DatabricksSection", "RSection",
    }  # fmt: skip
    assert recipe.shown is not None
    again = Environment._from_dict(recipe.shown)
    assert again.databricks.libraries == {"pypi": ["x"]}
    assert again.r is not None
    assert again.r.cran_packages is not None
    assert len(again.r.cran_packages) == 1
    assert again.spark.packages[0].artifact == "a"


@pytest.mark.filterwarnings("ignore:ContainerImage class has been deprecated:DeprecationWarning")
def test_a_runtime_with_spark(lines: pytest.LogCaptureFixture) -> None:
    from_inference_config(InferenceConfig("score.py", runtime="spark-py", conda_file="env.yml"))
    configuration = ContainerImage.image_configuration("score.py", "spark-py", "env.yml")
    from_image_config(configuration)

    assert [line.partition(":")[0] for line in lines.messages] == [
        "InferenceConfig(runtime)", "ContainerImage.image_configuration(runtime)",
    ]  # fmt: skip


def test_attributes_of_a_run_configuration(lines: pytest.LogCaptureFixture) -> None:
    configuration = RunConfiguration()
    configuration.target = "local"
    assert lines.messages == []

    configuration.node_count = 4

    assert "(node_count was set.)" in lines.messages[0]


def test_packages_that_are_put_into_the_environment_there_is_count_as_given(
    lines: pytest.LogCaptureFixture,
) -> None:
    configuration = RunConfiguration()
    script = ScriptRunConfig(".", "score.py", run_config=configuration)
    assert not script.environment_was_given

    configuration.environment.python.conda_dependencies.add_pip_package("numpy")

    assert script.environment_was_given
