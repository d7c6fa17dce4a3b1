"""What a new project holds, what it is called, and what it never writes over."""

import json
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from support.cache import ROOT

from brygga import Project
from brygga.environments import Environment
from brygga.errors import InvalidInputError
from brygga.images.code import check_script
from brygga.models.pickles import read_pickle
from brygga.scaffolds import TEMPLATES, scaffold_of_template, service_name
from brygga.scaffolds.template import FOLDER, files_of


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("digits", "digits"),
        ("My Model!", "my-model"),
        ("2nd-try", "service-2nd-try"),
        ("Übersicht", "ubersicht"),
        ("ab", "ab-service"),
        ("---", "service"),
        ("数字", "service"),
        ("a" * 31 + "-b", "a" * 31),
        ("", "service"),
    ],
)
def test_a_service_is_called_as_nearly_as_its_folder_as_it_can(folder: str, name: str) -> None:
    assert service_name(folder) == name


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_a_project_that_says_nothing_of_access_and_resources(
    tmp_path: Path, template: str
) -> None:
    folder = tmp_path / "digits"
    assert scaffold_of_template(template).write(folder) == "digits"
    project = Project.find(folder)
    assert project is not None
    assert {"name", "access", "resources"}.isdisjoint(project.document.values)
    service = project.service()
    assert service.name == "digits"
    assert service.sample_input is not None
    service.keywords(lambda _: Environment(), {})
    assert all((folder / each["path"]).exists() for each in service.values.get("models", ()))
    check_script(folder / "score.py")
    assert (folder / "test_score.py").exists()


def test_an_odd_name_of_a_folder_is_written_down(tmp_path: Path) -> None:
    assert scaffold_of_template("plain").write(tmp_path / "My Model!") == "my-model"
    assert Project.read(tmp_path / "My Model!/brygga.toml").names == ("my-model",)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("mine")
    (tmp_path / "model").mkdir()
    with pytest.raises(InvalidInputError, match=r"already has model, score\.py") as caught:
        scaffold_of_template("mlflow").write(tmp_path)
    assert "Nothing was written" in caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "score.py"]
    with pytest.raises(InvalidInputError, match="is a file"):
        scaffold_of_template("plain").write(tmp_path / "score.py")


def test_the_model_that_is_brought_has_the_version_that_is_asked_for() -> None:
    for pickle, requirements in (
        ("sklearn/model.pkl", "sklearn/requirements.txt"),
        ("mlflow/model/model.pkl", "mlflow/model/requirements.txt"),
    ):
        found = read_pickle(FOLDER / pickle)
        assert found is not None
        wanted = (FOLDER / requirements).read_text().splitlines()
        assert f"scikit-learn=={found.versions['scikit-learn']}" in wanted


def test_templates_travel_in_the_wheel() -> None:
    builder = WheelBuilder(str(ROOT / "packages/brygga"))
    packed = {each.distribution_path for each in builder.recurse_included_files()}
    for template in (*TEMPLATES, "of_model"):
        for place in files_of(template):
            assert f"brygga/scaffolds/templates/{template}/{place}" in packed


def test_samples_are_small() -> None:
    for template in TEMPLATES:
        assert sum(path.stat().st_size for path in files_of(template).values()) < 20_000
        for place, path in files_of(template).items():
            if place.endswith(".json"):
                json.loads(path.read_bytes())
