"""The life of a service: found, listed, called, updated, profiled, packaged, deleted."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from azureml.core import Dataset, Environment, Image, Model, Webservice, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice
from azureml.exceptions import WebserviceException

ECHO = """
import json
def init():
    print("init was called")
def run(data):
    value = json.loads(data)
    if value == "fail":
        raise ValueError("as asked")
    return {"got": value, "version": 1}
"""


@pytest.fixture
def inference(folder: Path) -> InferenceConfig:
    (folder / "score.py").write_text(ECHO)
    environment = Environment("plain")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-defaults"]
    )
    return InferenceConfig("score.py", environment=environment)


@pytest.fixture
def model(workspace: Workspace, folder: Path) -> Model:
    (folder / "a.txt").write_text("a")
    return Model.register(workspace, "a.txt", "first", tags={"area": "one"})


@pytest.fixture
def service(workspace: Workspace, model: Model, inference: InferenceConfig) -> Any:
    configuration = AciWebservice.deploy_configuration(
        auth_enabled=True, tags={"area": "one"}, cpu_cores=0.5, memory_gb=1
    )
    made = Model.deploy(workspace, "echo", [model], inference, configuration)
    made.wait_for_deployment()
    return made


def test_it_is_found_as_what_it_is(workspace: Workspace, service: Any) -> None:
    found = Webservice(workspace, "echo")

    assert type(found) is AciWebservice
    assert type(AciWebservice(workspace, "echo")) is AciWebservice
    assert found.run("1") == {"got": 1, "version": 1}
    assert list(workspace.webservices) == ["echo"]
    assert found.error is None
    shown = found.serialize()
    assert {"name", "computeType", "scoringUri", "containerResourceRequirements"} <= set(shown)
    assert (shown["computeType"], shown["authEnabled"], shown["state"]) == ("ACI", True, "Healthy")
    assert [each["id"] for each in shown["modelDetails"]] == ["first:1"]
    assert Webservice.deserialize(workspace, shown).name == "echo"
    with pytest.raises(WebserviceException, match="is of the type ACI, not AKS"):
        AksWebservice(workspace, "echo")
    with pytest.raises(
        WebserviceException,
        match="WebserviceNotFound: Webservice with name other not found in provided workspace",
    ):
        Webservice(workspace, "other")


def test_it_is_listed_by_what_it_has(workspace: Workspace, service: Any) -> None:
    def names(**filters: object) -> list[str]:
        return [each.name for each in Webservice.list(workspace, **filters)]  # type: ignore[arg-type]

    assert names() == names(compute_type="ACI") == names(model_name="first") == ["echo"]
    assert names(tags=["area"]) == names(tags=[["area", "one"]]) == ["echo"]
    assert names(model_id="first:1") == names(image_digest=service.image_digest) == ["echo"]
    assert names(compute_type="AKS") == names(model_name="other") == names(tags=["none"]) == []
    assert names(tags=[["area", "two"]]) == names(image_name="echo") == []


def test_keys_are_asked_for_and_regenerated(service: Any) -> None:
    first, second = service.get_keys()
    assert requests.post(service.scoring_uri, "1", timeout=30).status_code == 401

    service.regen_key("Primary")
    service.regen_key("secondary", set_key="chosen-by-hand-0123456789")

    fresh, chosen = service.get_keys()
    assert fresh not in (first, second)
    assert chosen == "chosen-by-hand-0123456789"
    headers = {"Authorization": f"Bearer {chosen}"}
    assert requests.post(service.scoring_uri, "1", headers=headers, timeout=30).status_code == 200
    assert service.run("2")["got"] == 2
    with pytest.raises(WebserviceException, match='Valid values are: "Primary", "Secondary"'):
        service.regen_key("third")
    with pytest.raises(NotImplementedError):
        service.get_token()


def test_a_failed_call_is_told_and_made_once(service: Any) -> None:
    with pytest.raises(WebserviceException) as caught:
        service.run('"fail"')

    told = caught.value
    assert told.status_code == 500
    assert told.message.startswith("Received bad response from service. More information can be")
    assert "Response Code: 500" in told.message
    assert "x-ms-run-function-failed" in told.message.lower()
    assert str(told).startswith("WebserviceException:\n\tMessage: Received bad response")
    logs = service.get_logs()
    assert logs is not None
    assert "init was called" in logs
    assert logs.count("ValueError: as asked") == 1


def test_tags_and_properties_change_without_a_deployment(
    service: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    revision = service._brygga.revision

    service.add_tags({"more": "1"})
    service.remove_tags(["area"])
    service.add_properties({"kept": "yes"})

    assert "Webservice tag add operation complete." in capsys.readouterr().out
    assert (service.tags, service.properties) == ({"more": "1"}, {"kept": "yes"})
    with pytest.raises(WebserviceException, match="cannot be changed"):
        service.add_properties({"kept": "no"})
    service.update(tags={"only": "this"}, description="New.")
    found = Webservice(service.workspace, "echo")
    assert (found.tags, found.description) == ({"only": "this"}, "New.")
    assert service._brygga.revision == revision
    with pytest.raises(WebserviceException, match="No parameters provided to update"):
        service.update()


def test_an_update_brings_a_new_script_and_the_old_one_can_come_back(
    workspace: Workspace, folder: Path, service: Any, model: Model,
    inference: InferenceConfig,
) -> None:  # fmt: skip
    uri = service.scoring_uri
    (folder / "score.py").write_text(ECHO.replace('"version": 1', '"version": 2'))
    with pytest.raises(WebserviceException, match='both "models" and "inference_config"'):
        service.update(models=[model])

    service.update(models=[model], inference_config=inference)
    service.wait_for_deployment()

    assert service.run("1") == {"got": 1, "version": 2}
    assert service.scoring_uri == uri
    assert service.auth_enabled
    service.update(auth_enabled=False)
    service.wait_for_deployment()
    assert requests.post(uri, "1", timeout=30).json()["version"] == 2
    native = workspace._brygga.services.get("echo")
    native.rollback(1)
    native.wait_for_deployment()
    service.update_deployment_state()
    assert service.run("1")["version"] == 1


def test_a_failed_start_says_why(
    workspace: Workspace, folder: Path, inference: InferenceConfig
) -> None:
    (folder / "score.py").write_text(
        "def init():\n    {}['weights']\ndef run(data):\n    return 1\n"
    )
    service = Model.deploy(workspace, "broken", [], inference)

    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment()

    assert "non-successful terminal state, current service state: Failed" in caught.value.message
    error = json.loads(caught.value.message.partition("Error:\n")[2])
    assert error["code"] == "AciDeploymentFailed"
    assert error["details"][0]["code"] == "init_raised"
    assert "score.py:2" in error["details"][0]["message"]
    assert "KeyError: 'weights'" in error["details"][0]["traceback"]
    assert service.state == "Failed"
    assert service.error is not None


@pytest.mark.filterwarnings("ignore:ContainerImage class has been deprecated:DeprecationWarning")
def test_an_image_is_made_listed_and_deployed(
    workspace: Workspace, folder: Path, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "score.py").write_text(
        ECHO.replace('"version": 1', '"words": open("data/words.txt").read()')
    )
    (folder / "data").mkdir()
    (folder / "data/words.txt").write_text("beside the script")
    number = {"swagger": {"type": "integer", "example": 7}, "internal": "", "type": 0}
    (folder / "schema.json").write_text(json.dumps({"input": {"n": number}, "output": number}))
    (folder / "env.yml").write_text(CondaDependencies().serialize_to_string())
    configuration = ContainerImage.image_configuration(
        "score.py", "python", conda_file="env.yml", dependencies=["data/words.txt"],
        schema_file="schema.json", tags={"t": "1"}, description="An image.",
    )  # fmt: skip

    image = Image.create(workspace, "my-image", [model], configuration)
    image.wait_for_creation(show_output=True)

    told = capsys.readouterr().out
    assert "Creating image" in told
    assert 'Image creation operation finished for image my-image:1, operation "Succeeded"' in told
    assert (image.id, image.version, image.creation_state) == ("my-image:1", 1, "Succeeded")
    assert [each.id for each in Image.list(workspace, model_id="first:1")] == ["my-image:1"]
    assert workspace.images["my-image"].id == "my-image:1"
    assert Image(workspace, id="my-image:1").tags == {"t": "1"}
    image.add_properties({"kept": "yes"})
    assert Image(workspace, "my-image").properties == {"kept": "yes"}
    with pytest.raises(WebserviceException, match="cannot become 'no'"):
        image.add_properties({"kept": "no"})

    service = Webservice.deploy_from_image(workspace, "from-image", image)
    service.wait_for_deployment()
    assert service.run("1")["words"] == "beside the script"
    described = requests.get(service.swagger_uri, timeout=30).json()
    assert described["definitions"]["ServiceInput"]["example"] == {"n": 7}
    assert service.image_id == "my-image:1"
    assert service.image is not None
    assert [each.name for each in Webservice.list(workspace, image_name="my-image")] == [
        "from-image"
    ]
    with pytest.raises(WebserviceException, match="currently being used in one or more images"):
        model.delete()
    service.delete()
    image.delete()
    model.delete()
    with pytest.raises(WebserviceException, match="ImageNotFound"):
        Image(workspace, "my-image")


def test_it_is_profiled_and_deployed_as_recommended(
    workspace: Workspace, folder: Path, model: Model, inference: InferenceConfig
) -> None:
    with (folder / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["sample"], *[[json.dumps([n])] for n in range(20)]])
    rows = Dataset.Tabular.from_delimited_files("rows.csv").register(workspace, "rows")

    profile = Model.profile(
        workspace, "measured", [model], inference, Dataset.get_by_name(workspace, "rows"),
        cpu=1.0, memory_in_gb=1.0,
    )  # fmt: skip
    profile.wait_for_completion(show_output=True)

    details = profile.get_details()
    assert rows.version == 1
    assert (details["totalQueries"], details["successQueries"]) == (20, 20)
    assert 0 < details["latencyPercentile50InMs"] <= details["latencyPercentile99InMs"]
    assert 0 < details["maxUtilizedMemoryInGB"] < details["recommendedMemoryInGB"] <= 1
    assert 0.1 <= details["recommendedCpu"] <= 2
    assert Webservice.list(workspace) == []
    configuration = AciWebservice.deploy_configuration(
        cpu_cores=profile.recommended_cpu, memory_gb=profile.recommended_memory
    )
    service = Model.deploy(workspace, "as-said", [model], inference, configuration)
    service.wait_for_deployment()
    assert service.run("[7]")["got"] == [7]


def test_deleting_twice_says_so(service: Any, capsys: pytest.CaptureFixture[str]) -> None:
    service.delete()
    assert service.state == "Deleting"

    service.delete()

    assert "No service with name echo found to delete." in capsys.readouterr().out
    with pytest.raises(WebserviceException, match="There is no service 'echo'") as caught:
        service.run("1")
    assert caught.value.status_code == 404
