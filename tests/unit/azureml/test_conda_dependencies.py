"""`CondaDependencies`: what it writes, and what it takes."""

from pathlib import Path

import pytest
import yaml

from azureml.core._environment_sections import DockerSection
from azureml.core._environments import conda_to_brygga, image_of
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import UserErrorException


def test_the_tutorials_file() -> None:
    made = CondaDependencies()
    made.add_conda_package("scikit-learn")

    assert yaml.safe_load(made.serialize_to_string()) == {
        "name": "project_environment",
        "dependencies": [
            "python=3.8.13",
            {"pip": ["azureml-defaults"]},
            "scikit-learn",
        ],
        "channels": ["anaconda", "conda-forge"],
    }


def test_create_replaces_the_pip_packages_and_adds_no_options() -> None:
    made = CondaDependencies.create(
        pip_packages=["numpy==2.0"], conda_packages=["pandas"], python_version="3.12"
    )

    assert list(made.pip_packages) == ["numpy==2.0"]
    assert list(made.conda_packages) == ["pandas"]
    assert list(made.pip_options) == []
    assert made.get_python_version() == "3.12"


def test_packages_options_and_channels_come_and_go() -> None:
    made = CondaDependencies()
    made.add_pip_package("numpy==1")
    made.add_pip_package("numpy==2")
    made.add_conda_package("pandas")
    made.remove_conda_package("pandas")
    made.add_channel("own")
    made.remove_channel("anaconda")
    made.set_pip_option("--extra-index-url a")
    made.set_pip_index_url("--index-url b")
    made.set_python_version("3.9")

    assert list(made.pip_packages) == ["azureml-defaults", "numpy==2"]
    assert list(made.pip_options) == ["--index-url b", "--extra-index-url a"]
    assert list(made.conda_channels) == ["conda-forge", "own"]
    assert list(made.conda_packages) == []
    assert made.get_python_version() == "3.9"
    made.remove_pip_package("numpy")
    made.remove_pip_option("--extra-index-url")
    assert made.as_dict()["dependencies"] == [
        "python=3.9",
        {"pip": ["--index-url b", "azureml-defaults"]},
    ]


def test_a_file_goes_round(tmp_path: Path) -> None:
    made = CondaDependencies.create(conda_packages=["scipy"])
    path = made.save(str(tmp_path / "deep/env.yml"))

    assert CondaDependencies(path).as_dict() == made.as_dict()
    assert made.save_to_file(str(tmp_path)) == "conda_dependencies.yml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "invalid keys: .'a'."),
        ("- a\n", "not an environment specification"),
        ("{", "cannot be read"),
    ],
)
def test_what_is_no_conda_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "env.yml"
    file.write_text(text)
    with pytest.raises(UserErrorException, match=message):
        CondaDependencies(str(file))


def test_requirements_of_one_package_are_joined() -> None:
    merged = CondaDependencies.merge_requirements(["a>1", "b", "a<3"])
    assert merged == ["a>1,<3", "b"]


def test_the_python_that_v1_writes_by_itself_is_not_solved_for(tmp_path: Path) -> None:
    default, own = CondaDependencies(), CondaDependencies()
    own.set_python_version("3.8.13")
    assert (default.get_python_version(), own.get_python_version()) == ("3.8.13", "3.8.13")
    default.save(str(tmp_path / "default.yml"))
    (tmp_path / "own.yml").write_text("dependencies:\n- python=3.8.13\n")

    for each in (default, CondaDependencies(str(tmp_path / "default.yml"))):
        assert conda_to_brygga(each).python is None
    for each in (own, CondaDependencies(str(tmp_path / "own.yml"))):
        assert conda_to_brygga(each).python is not None


def test_azures_images_in_a_dockerfile_mean_the_default_base() -> None:
    docker = DockerSection()
    docker.base_image = None
    docker.base_dockerfile = (
        "FROM mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04:20210301.v1 AS base\n"
        "from --platform=linux/amd64 mcr.microsoft.com/azureml/base:1\nFROM python:3.11\n"
    )
    text = image_of(docker).dockerfile
    assert text is not None
    assert text.splitlines()[:3] == [
        "FROM ${BRYGGA_BASE} AS base", "from --platform=linux/amd64 ${BRYGGA_BASE}",
        "FROM python:3.11",
    ]  # fmt: skip
