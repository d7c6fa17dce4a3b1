"""Scripts shaped like those that people had."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from azureml.core import Environment, Model, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice
from azureml.exceptions import WebserviceException

RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): ...
@rawhttp
def run(request):
    if request.method != "POST":
        return AMLResponse("bad request", 500)
    body = request.get_data(False)
    answer = AMLResponse(bytes(255 - b for b in body), 200)
    answer.headers["Content-Type"] = "application/octet-stream"
    return answer
"""
DECORATED = """
import numpy as np
from azureml.monitoring import ModelDataCollector
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
def init():
    global inputs
    inputs = ModelDataCollector("doubled", designation="inputs", feature_names=["a", "b"])
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@output_schema(NumpyParameterType(np.array([[2.0, 4.0]])))
def run(data):
    inputs.collect(data)
    return (data * 2).tolist()
"""


def _inference(text: str, packages: list[str]) -> InferenceConfig:
    Path("score.py").write_text(text)
    environment = Environment("users")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults~=1.0", *packages]
    )
    return InferenceConfig("score.py", environment=environment)


def test_a_picture_goes_through_as_bytes(workspace: Workspace) -> None:
    service = Model.deploy(workspace, "picture", [], _inference(RAW, ["azureml-contrib-services"]))
    service.wait_for_deployment()
    picture = bytes(range(256))

    answer = requests.post(
        service.scoring_uri, picture, headers={"Content-Type": "image/png"}, timeout=30
    )

    assert answer.content == bytes(reversed(picture))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert requests.get(service.scoring_uri, timeout=30).status_code == 500


def test_a_schema_is_checked_described_and_rows_are_collected(workspace: Workspace) -> None:
    configuration = AciWebservice.deploy_configuration(
        cpu_cores=1, memory_gb=1, collect_model_data=True
    )
    inference = _inference(DECORATED, ["numpy", "inference-schema[numpy-support]"])
    service: Any = Model.deploy(workspace, "doubled", [], inference, configuration)
    service.wait_for_deployment()

    assert service.run(json.dumps({"data": [[1, 2], [3, 4]]})) == [[2, 4], [6, 8]]
    with pytest.raises(WebserviceException, match="Response Code: 400"):
        service.run("{}")
    described = requests.get(service.swagger_uri, timeout=30).json()
    assert "data" in described["definitions"]["ServiceInput"]["properties"]
    (collected,) = service._brygga.data_folder.rglob("*.csv")
    lines = collected.read_text().splitlines()
    assert lines[0].endswith(",a,b")
    assert [line.split(",")[-2:] for line in lines[1:]] == [["1.0", "2.0"], ["3.0", "4.0"]]


def test_an_old_python_becomes_the_nearest_one(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    inference = _inference(
        "import sys\ndef init(): ...\ndef run(data):\n    return sys.version\n", []
    )
    assert inference.environment is not None
    inference.environment.python.conda_dependencies.set_python_version("3.99.1")

    service = Model.deploy(workspace, "old-python", [], inference)
    service.wait_for_deployment()

    assert "Python 3.99.1 is not on this machine: the environment gets Python 3." in caplog.text
    assert service.run("1").startswith("3.")
    assert "No container engine answers here: services run as processes" in caplog.text


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_a_python_too_old_for_a_container_becomes_the_nearest_that_is_not(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    """Every conda file that SDK v1 wrote in its last years asks for 3.8.13."""
    inference = _inference(
        "import sys\ndef init(): ...\ndef run(data):\n    return list(sys.version_info)\n", []
    )
    assert inference.environment is not None
    inference.environment.python.conda_dependencies.set_python_version("3.8.13")

    service = Model.deploy(workspace, "old-python", [], inference)
    service.wait_for_deployment()

    assert service.run("1")[:2] == [3, 11]
    assert "the environment gets Python 3.11." in caplog.text
    assert caplog.text.count("gets Python") == 1


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_a_package_is_an_image_or_what_it_is_built_from(workspace: Workspace, folder: Path) -> None:
    inference = _inference("def init(): ...\ndef run(data):\n    return 1\n", [])

    package = Model.package(workspace, [], inference, image_name="packed", image_label="1")
    package.wait_for_creation()
    package.pull()
    context = Model.package(workspace, [], inference, generate_dockerfile=True)
    context.wait_for_creation(show_output=True)
    context.save("context")

    assert (package.state, context.state) == ("Succeeded", "Succeeded")
    assert package.location is not None
    assert (folder / "context/Dockerfile").read_text().startswith("FROM ")
    with pytest.raises(WebserviceException, match="save"):
        package.save("elsewhere")


@pytest.mark.parametrize("target", ["container"], indirect=True)
@pytest.mark.parametrize("form", ["environment", "legacy"])
def test_a_dockerfile_and_further_steps_make_the_image(
    workspace: Workspace, folder: Path, form: str
) -> None:
    base = os.environ["BRYGGA_BASE_IMAGE"]
    text = "import os\ndef init(): ...\ndef run(data):\n    return os.path.exists('/srv/marker')\n"
    inference = _inference(text, [])
    assert inference.environment is not None
    if form == "environment":
        dockerfile = f"FROM {base}\nRUN touch /srv/marker\n"
        inference.environment.docker.base_dockerfile = dockerfile
    else:
        (folder / "steps").write_text("RUN touch /srv/marker\n")
        inference.environment.python.conda_dependencies.save("env.yml")
        inference = InferenceConfig(
            "score.py", runtime="python", conda_file="env.yml", base_image=base,
            extra_docker_file_steps="steps",
        )  # fmt: skip

    service = Model.deploy(workspace, "marked", [], inference)
    service.wait_for_deployment()

    assert service.run("1") is True


def test_numbers_of_numpy_reach_a_service_as_json(workspace: Workspace) -> None:
    inference = _inference("import json\ndef init(): ...\ndef run(data):\n"
                           "    return sum(json.loads(data)['data'][0])\n", [])  # fmt: skip
    service = Model.deploy(workspace, "numbers", [], inference)
    service.wait_for_deployment()

    body = '{"data": [' + str(list(np.array([0.5, 1.5]))) + "]}"

    assert requests.post(service.scoring_uri, body, timeout=30).json() == 2.0
