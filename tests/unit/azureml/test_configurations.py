"""What is refused before anything is deployed, in v1's words."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Environment, Workspace
from azureml.core._recipe import from_inference_config
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import DEFAULT_CPU_IMAGE
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice
from azureml.exceptions import ModelNotFoundException, UserErrorException, WebserviceException
from brygga.environments.image_options import ImageOptions


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    return "score.py"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cpu_cores": 0}, "Invalid configuration, cpu_cores must be positive."),
        ({"memory_gb": -1}, "memory_gb must be positive"),
        ({"ssl_enabled": True}, "you must provide a SSL certificate"),
        ({"cmk_key_name": "k"}, "must be given together"),
        ({"vnet_name": "n"}, "vnet_name and subnet_name"),
        ({"primary_key": "k" * 20}, "primary_key and secondary_key"),
    ],
)
def test_aci(given: dict[str, Any], message: str) -> None:
    with pytest.raises(WebserviceException, match=message):
        AciWebservice.deploy_configuration(**given)


def test_aks_names_every_violation() -> None:
    with pytest.raises(WebserviceException) as caught:
        AksWebservice.deploy_configuration(
            num_replicas=1, autoscale_enabled=True, cpu_cores=-1, scoring_timeout_ms=400_000,
            auth_enabled=True, token_auth_enabled=True,
        )  # fmt: skip
    assert len(caught.value.message.splitlines()) == 4


@pytest.mark.parametrize("port", [0, -1, "80"])
def test_local(port: Any) -> None:
    with pytest.raises(WebserviceException, match="port must be a positive integer"):
        LocalWebservice.deploy_configuration(port=port)


def test_inference_config_looks_at_the_script(script: str, tmp_path: Path) -> None:
    assert InferenceConfig(script).source_directory is None
    with pytest.raises(WebserviceException, match=r"entry_script other\.py doesn't exist"):
        InferenceConfig("other.py")
    with pytest.raises(WebserviceException, match="Invalid driver type"):
        InferenceConfig("score.R")
    with pytest.raises(WebserviceException, match="doesn't exist"):
        InferenceConfig(script, source_directory="nowhere")
    (tmp_path / "wrong.py").write_text("def init(:\n")
    with pytest.raises(UserErrorException, match="try local deployment to verify"):
        InferenceConfig("wrong.py")
    (tmp_path / "my-score.py").write_text("")
    with pytest.raises(WebserviceException, match="identifier"):
        InferenceConfig("my-score.py")


def test_inference_config_takes_one_form_of_environment(script: str) -> None:
    environment = Environment("e")
    with pytest.raises(WebserviceException, match="both environment and the legacy"):
        InferenceConfig(script, runtime="python", environment=environment)
    with pytest.raises(WebserviceException, match=r"Possible runtimes are: spark-py\|python"):
        InferenceConfig(script, runtime="java")
    with pytest.raises(WebserviceException, match=r"Conda file x\.yml doesn't exist\. "):
        InferenceConfig(script, runtime="python", conda_file="x.yml")


def test_a_source_folder_is_absolute_at_once(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = InferenceConfig(script, source_directory=".")
    monkeypatch.chdir("/")
    config.validate_configuration()
    assert config.source_directory == str(tmp_path.resolve())


@pytest.mark.filterwarnings("ignore:ContainerImage class:DeprecationWarning")
def test_container_image(script: str, tmp_path: Path) -> None:
    with pytest.raises(WebserviceException, match="absolute path"):
        ContainerImage.image_configuration(str(tmp_path / script), "python")
    with pytest.raises(WebserviceException, match="not in the current"):
        ContainerImage.image_configuration("other.py", "python")
    with pytest.raises(WebserviceException, match=r"Conda file x\.yml doesn't exist\. "):
        ContainerImage.image_configuration(script, "python", conda_file="x.yml")
    with pytest.raises(WebserviceException, match="Provided runtime not supported"):
        ContainerImage.image_configuration(script, "java")


def test_container_image_is_deprecated(script: str) -> None:
    with pytest.warns(DeprecationWarning, match="migrate to using Environments"):
        ContainerImage.image_configuration(script, "python")


def test_an_environments_image_is_named_one_way() -> None:
    environment = Environment.from_dockerfile("e", "FROM python:3.12\nRUN true")
    assert environment.docker.base_image is None
    with pytest.raises(UserErrorException, match="base_dockerfile is set"):
        environment.docker.base_image = "python:3.12"


def test_what_an_image_is_built_on_goes_with_the_environment(script: str, tmp_path: Path) -> None:
    packages: dict[str, Any] = {"conda_specification": str(tmp_path / "env.yml")}
    (tmp_path / "env.yml").write_text("dependencies: [pip, {pip: [six]}]")
    (tmp_path / "steps").write_text("RUN true")
    registry = ContainerRegistry()
    registry.address = "here.invalid"
    legacy = InferenceConfig(
        script, runtime="python", conda_file="env.yml", base_image="b:1",
        base_image_registry=registry, extra_docker_file_steps="steps",
    )  # fmt: skip
    docker = Environment.from_docker_image
    for given, expected in (
        (docker("e", "b:1", registry, **packages), ("here.invalid/b:1",)),
        (docker("e", "b:1"), ("b:1",)),
        (docker("e", DEFAULT_CPU_IMAGE, **packages), ()),
        (Environment.from_dockerfile("e", "FROM b:1", **packages), (None, "FROM b:1\n")),
        (None, ("here.invalid/b:1", None, "RUN true")),
    ):
        recipe = from_inference_config(
            legacy if given is None else InferenceConfig(script, environment=given)
        )
        image = recipe.options(with_image=True)["environment"]
        plain = recipe.options(with_image=False)["environment"]

        assert (image.image if image else ImageOptions()) == ImageOptions(*expected)
        assert not (plain and plain.image)
        assert bool(recipe.asked_of_image) == bool(expected)


def test_an_image_that_cannot_be_built_on_is_refused_in_v1s_words(script: str) -> None:
    environment = Environment.from_dockerfile("e", "RUN true")

    with pytest.raises(WebserviceException, match="no FROM line"):
        from_inference_config(InferenceConfig(script, environment=environment))


def test_model_path_without_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for version in (1, 10):
        (tmp_path / f"azureml-models/m/{version}").mkdir(parents=True)
        (tmp_path / f"azureml-models/m/{version}/b.pkl").write_text("")
    (tmp_path / "beside").write_text("")

    assert Model.get_model_path("m") == "azureml-models/m/10/b.pkl"
    assert Model.get_model_path("m", version=1) == "azureml-models/m/1/b.pkl"
    assert Model.get_model_path("beside") == "beside"
    with pytest.raises(ModelNotFoundException, match="Model x not found in cache at"):
        Model.get_model_path("x")
    with pytest.raises(WebserviceException, match="version should be an int"):
        Model.get_model_path("m", version="1")  # type: ignore[arg-type]


def test_a_wheel_is_kept_with_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "home"))
    workspace = Workspace.create("tests", show_output=False)
    wheel = tmp_path / "own-1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")

    kept = Environment.add_private_pip_wheel(workspace, str(wheel))

    assert Path(kept).read_bytes() == b"wheel"
    assert Environment.add_private_pip_wheel(workspace, str(wheel), exist_ok=True) == kept
    with pytest.raises(UserErrorException, match="already exists"):
        Environment.add_private_pip_wheel(workspace, str(wheel))
    with pytest.raises(UserErrorException, match="is not the file of a wheel"):
        Environment.add_private_pip_wheel(workspace, str(tmp_path / "x.whl"))


def test_names_are_refused_with_their_rule(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRYGGA_HOME", str(Path.cwd() / "home"))
    workspace = Workspace.create("tests", show_output=False)
    rule = "It must only consist of letters, numbers, dashes, periods, or underscores"
    with pytest.raises(WebserviceException, match=rule):
        Model.register(workspace, script, "a model")
    with pytest.raises(WebserviceException, match="It must only consist of lowercase letters"):
        Model.deploy(workspace, "My_Service", [], InferenceConfig(script))


def test_variables_that_are_no_texts_become_some(script: str) -> None:
    environment = Environment("e")
    environment.environment_variables = {"N": 1, "FLAG": True, "TEXT": "x"}  # type: ignore[dict-item]
    recipe = from_inference_config(InferenceConfig(script, environment=environment))
    assert recipe.environment_variables == {"N": "1", "FLAG": "True", "TEXT": "x"}
