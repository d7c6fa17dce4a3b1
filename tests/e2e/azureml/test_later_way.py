"""Environment, InferenceConfig, Model.deploy and LocalWebservice, as later scripts used them."""

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import requests
from support.onnx_model import linear_model

from azureml.core import Environment, Model, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.webservice import AciWebservice, LocalWebservice, Webservice
from azureml.exceptions import UserErrorException, WebserviceException

SUM = """
import json
import os
from pathlib import Path
def init():
    global found
    root = Path(os.environ["AZUREML_MODEL_DIR"])
    found = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
def run(data):
    return {"sum": sum(json.loads(data)), "models": found, "greeting": os.environ.get("GREETING")}
"""


@pytest.fixture
def plain(folder: Path) -> Environment:
    """An environment without packages: it is made in a moment."""
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults"]
    )
    return environment


@pytest.fixture
def model(workspace: Workspace, folder: Path) -> Model:
    (folder / "a.txt").write_text("a")
    return Model.register(workspace, "a.txt", "first")


@pytest.mark.parametrize("target", ["process", "container"], indirect=True)
def test_a_script_is_deployed_with_an_environment(
    workspace: Workspace, folder: Path, plain: Environment, model: Model,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (folder / "score.py").write_text(SUM)
    plain.environment_variables = {"GREETING": "hello"}
    inference = InferenceConfig(entry_script="score.py", environment=plain)
    configuration = AciWebservice.deploy_configuration(
        cpu_cores=0.5, memory_gb=1, tags={"k": "v"}, properties={"p": "1"}, description="Sums."
    )

    service = Model.deploy(workspace, "sums", [model], inference, configuration, show_output=True)
    service.wait_for_deployment(show_output=True)

    told = capsys.readouterr().out
    assert "Request submitted, please run wait_for_deployment(show_output=True)" in told
    assert "Submitting deployment to compute." in told
    assert 'ACI service creation operation finished, operation "Succeeded"' in told
    assert isinstance(service, AciWebservice)
    assert service.run(json.dumps([1, 2])) == {
        "sum": 3,
        "models": ["a.txt"],
        "greeting": "hello",
    }
    assert (service.state, service.compute_type, service.auth_enabled) == ("Healthy", "ACI", False)
    assert (service.properties, service.description) == ({"p": "1"}, "Sums.")
    with pytest.raises(WebserviceException, match="already exists"):
        Model.deploy(workspace, "sums", [model], inference, configuration)
    again = Model.deploy(workspace, "sums", [model], inference, configuration, overwrite=True)
    again.wait_for_deployment()
    assert again.run("[4]")["sum"] == 4


def test_two_models_and_a_source_folder(
    workspace: Workspace, folder: Path, plain: Environment, model: Model,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    source = folder / "src"
    (source / "inner").mkdir(parents=True)
    (source / "words.txt").write_text("from a file")
    (source / "inner/helper.py").write_text("def twice(value):\n    return 2 * value\n")
    (source / "inner/score.py").write_text(
        SUM.replace("def run(data):", "def run(data):\n    import inner.helper as helper")
        .replace('"greeting": os.environ.get("GREETING")',
                 '"words": (Path(__file__).parent.parent / "words.txt").read_text(), '
                 '"twice": helper.twice(21)')
    )  # fmt: skip
    (folder / "b").mkdir()
    (folder / "b/part.txt").write_text("b")
    second = Model.register(workspace, "b", "second", model_framework="Custom")
    inference = InferenceConfig("inner/score.py", source_directory="src", environment=plain)
    monkeypatch.chdir("/")

    service = Model.deploy(workspace, "two-models", [model, second], inference)
    service.wait_for_deployment()

    answer = service.run("[1]")
    assert answer["models"] == ["first/1/a.txt", "second/1/b/part.txt"]
    assert (answer["words"], answer["twice"]) == ("from a file", 42)


def test_the_legacy_form_takes_a_conda_file(workspace: Workspace, folder: Path) -> None:
    (folder / "score.py").write_text(SUM)
    (folder / "env.yml").write_text(CondaDependencies().serialize_to_string())
    inference = InferenceConfig("score.py", runtime="python", conda_file="env.yml")

    service = Model.deploy(workspace, "legacy", [], inference)
    service.wait_for_deployment()

    assert service.run("[2, 3]")["sum"] == 5


def test_environments_are_kept_by_version_and_label(
    workspace: Workspace, folder: Path, plain: Environment
) -> None:
    (folder / "score.py").write_text(SUM)
    plain.environment_variables = {"GREETING": "one"}
    first = plain.register(workspace)
    plain.environment_variables = {"GREETING": "two"}
    second = plain.register(workspace)
    Environment.label(workspace, "plain", "1", ["production"])

    assert (first.version, second.version) == ("1", "2")
    assert Environment.get(workspace, "plain").environment_variables == {"GREETING": "two"}
    labelled = Environment.get(workspace, "plain", label="production")
    assert labelled.environment_variables == {"GREETING": "one"}
    with pytest.raises(UserErrorException):
        Environment.get(workspace, "plain", version="1", label="production")
    assert list(workspace.environments) == ["plain"]
    with pytest.raises(UserErrorException, match=r"AzureML-Minimal.*register one of that name"):
        Environment.get(workspace, "AzureML-Minimal")
    inference = InferenceConfig("score.py", environment=labelled)
    service = Model.deploy(workspace, "by-version", [], inference)
    service.wait_for_deployment()
    assert service.run("[]")["greeting"] == "one"
    assert service.environment is not None
    assert service.environment.version == "1"


def test_a_local_service_through_its_life(
    workspace: Workspace, folder: Path, plain: Environment, model: Model,
    free_port: Callable[[], int], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (folder / "score.py").write_text(SUM)
    inference = InferenceConfig("score.py", environment=plain)
    port = free_port()

    service = Model.deploy(
        workspace, "local", [model], inference, LocalWebservice.deploy_configuration(port=port)
    )
    service.wait_for_deployment(show_output=True)

    assert f"Local webservice is running at http://localhost:{port}" in capsys.readouterr().out
    assert service.state == "running"
    assert service.scoring_uri == f"http://localhost:{port}/score"
    assert requests.post(service.scoring_uri, "[1, 1]", timeout=30).json()["sum"] == 2
    assert Webservice.list(workspace) == []
    assert [each.name for each in LocalWebservice.list(workspace)] == ["local"]
    with pytest.raises(NotImplementedError):
        service.get_keys()

    (folder / "score.py").write_text(SUM.replace("sum(json", "100 + sum(json"))
    service.reload(wait=True)
    assert (service.run("[1]")["sum"], service.port) == (101, port)
    service.update(models=[], wait=True)
    assert service.run("[1]")["models"] == []
    assert "Users's init has completed" in service.get_logs()

    service.delete()
    assert service.state == "deleted"
    with pytest.raises(WebserviceException, match=r"Cannot call run\(\) when service is deleted"):
        service.run("[1]")


@pytest.mark.parametrize("target", ["process", "container"], indirect=True)
def test_a_local_service_takes_paths_as_version_0(
    workspace: Workspace, folder: Path, plain: Environment, model: Model
) -> None:
    (folder / "score.py").write_text(
        SUM + "from azureml.core.model import Model\n"
        "def run(data):\n    return [found, Model.get_model_path('folder')]\n"
    )
    (folder / "folder").mkdir()
    (folder / "folder/part.txt").write_text("part")
    inference = InferenceConfig("score.py", environment=plain)

    service = Model.deploy(
        workspace, "local", ["folder"], inference, LocalWebservice.deploy_configuration()
    )
    service.wait_for_deployment()

    found, path = service.run("1")
    assert found == ["folder/part.txt"]
    assert path.endswith("/azureml-models/folder/0/folder")
    assert list(workspace.models) == ["first"]
    assert (service.models, service._brygga.models) == ([], ("folder:0",))
    service.update(models=[model, "./folder"], wait=True)
    assert service.run("1")[0] == ["first/1/a.txt", "folder/0/folder/part.txt"]
    assert [each.id for each in service.models] == ["first:1"]
    with pytest.raises(WebserviceException, match="given twice"):
        service.update(models=["folder", "./folder"])
    cloud = service.deploy_to_cloud("cloud", AciWebservice.deploy_configuration())
    cloud.wait_for_deployment()
    assert [each.id for each in cloud.models] == ["first:1", "folder:1"]


def test_a_local_service_whose_init_fails_shows_its_log(
    workspace: Workspace, folder: Path, plain: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "score.py").write_text(
        "def init():\n    {}['weights']\ndef run(data):\n    return 1\n"
    )
    inference = InferenceConfig("score.py", environment=plain)
    service = Model.deploy(
        workspace, "broken", [], inference, LocalWebservice.deploy_configuration()
    )

    with pytest.raises(WebserviceException, match=r"Container has crashed\. Did your init method"):
        service.wait_for_deployment()

    assert "KeyError: 'weights'" in capsys.readouterr().out
    assert service.state == "failed"


def test_scikit_learn_needs_no_script(workspace: Workspace, folder: Path) -> None:
    import joblib
    import sklearn
    from sklearn.linear_model import LogisticRegression

    rows = [[0.0], [1.0], [2.0], [3.0]]
    fitted = LogisticRegression().fit(rows, [0, 0, 1, 1])
    joblib.dump(fitted, "model.pkl")
    registered = Model.register(
        workspace, "model.pkl", "no-code",
        model_framework=Model.Framework.SCIKITLEARN,
        model_framework_version=sklearn.__version__,
        resource_configuration=ResourceConfiguration(cpu=1, memory_in_gb=1),
    )  # fmt: skip

    service = Model.deploy(workspace, "no-code", [registered])
    service.wait_for_deployment()

    assert service.run(json.dumps({"data": rows})) == [0, 0, 1, 1]
    chances = service.run(json.dumps({"data": rows, "method": "predict_proba"}))
    assert np.allclose(chances, fitted.predict_proba(rows))
    assert service.container_resource_requirements.memory_in_gb == 1
    with pytest.raises(WebserviceException, match="Response Code: 500"):
        service.run(json.dumps({"data": rows, "method": "__class__"}))


def test_onnx_needs_no_script_and_takes_the_old_servers_payload(
    workspace: Workspace, folder: Path
) -> None:
    weights = np.arange(784 * 10, dtype="<f4").reshape(784, 10) / 7840
    Path("model.onnx").write_bytes(linear_model("Input3", "Plus214_Output_0", weights))
    registered = Model.register(
        workspace, "model.onnx", "mnist-onnx",
        model_framework=Model.Framework.ONNX, model_framework_version="1.3",
        resource_configuration=ResourceConfiguration(cpu=1, memory_in_gb=1),
    )  # fmt: skip
    image = np.linspace(0, 1, 784, dtype="<f4").reshape(1, 1, 28, 28)

    service = Model.deploy(workspace, "mnist-onnx", [registered])
    service.wait_for_deployment()

    expected = image.reshape(1, 784) @ weights
    plain = service.run(json.dumps({"data": image.tolist()}))
    assert np.allclose(plain["outputs"]["Plus214_Output_0"], expected, rtol=1e-4)
    raw = base64.b64encode(image.tobytes()).decode()
    tensor = {"dims": ["1", "1", "28", "28"], "dataType": 1, "rawData": raw}
    answer = service.run(json.dumps({"inputs": {"Input3": tensor}}))["outputs"]["Plus214_Output_0"]
    assert (answer["dims"], answer["dataType"]) == (["1", "10"], 1)
    values = struct.unpack("<10f", base64.b64decode(answer["rawData"]))
    assert np.allclose(values, expected[0], rtol=1e-4)


def test_without_a_script_one_model_of_a_known_framework_is_needed(
    workspace: Workspace, model: Model
) -> None:
    with pytest.raises(UserErrorException, match="zero or multiple models"):
        Model.deploy(workspace, "none", [])
    with pytest.raises(UserErrorException, match=r"model_framework set to None.*'ScikitLearn'"):
        Model.deploy(workspace, "none", [model])
