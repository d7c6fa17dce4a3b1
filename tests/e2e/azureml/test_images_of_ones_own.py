"""Environments on images that people made themselves, with packages that are in them."""

import os
from pathlib import Path

import pytest

from azureml.core import Environment, Model, Workspace
from azureml.core.environment import DockerBuildContext
from azureml.core.model import InferenceConfig
from azureml.exceptions import UserErrorException, WebserviceException

USES = "import inside\ndef init(): ...\ndef run(data):\n    return inside.WORDS\n"
INSTALLS = """
RUN python3 -c "import site, pathlib; \\
    pathlib.Path(site.getsitepackages()[0]).mkdir(parents=True, exist_ok=True); \\
    pathlib.Path(site.getsitepackages()[0], 'inside.py').write_text('WORDS = 1')"
"""


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_a_folder_with_a_dockerfile_makes_the_image(workspace: Workspace, folder: Path) -> None:
    (folder / "score.py").write_text(USES)
    (folder / "image/docker").mkdir(parents=True)
    (folder / "image/inside.py").write_text("WORDS = 'from the folder'\n")
    (folder / "image/docker/Dockerfile").write_text(
        f"FROM {os.environ['BRYGGA_BASE_IMAGE']}\nCOPY inside.py /tmp/inside.py\n"
        'RUN python3 -c "import site, shutil, os; p = site.getsitepackages()[0]; '
        "os.makedirs(p, exist_ok=True); shutil.move('/tmp/inside.py', p)\"\n"
    )
    context = DockerBuildContext.from_local_directory(
        workspace, "image", dockerfile_path="docker/Dockerfile"
    )
    Environment.from_docker_build_context("own", context).register(workspace)
    (folder / "image/inside.py").write_text("WORDS = 'too late'\n")
    environment = Environment.get(workspace, "own")
    assert environment.python.user_managed_dependencies

    inference = InferenceConfig("score.py", environment=environment)
    service = Model.deploy(workspace, "own", [], inference)
    service.wait_for_deployment()

    assert service.run("1") == "from the folder"
    package = Model.package(workspace, [], inference, generate_dockerfile=True)
    package.wait_for_creation()
    package.save("saved")
    assert (folder / "saved/inside.py").read_text() == "WORDS = 'from the folder'\n"


@pytest.mark.parametrize("target", ["container"], indirect=True)
def test_a_dockerfile_installs_what_the_script_imports(workspace: Workspace, folder: Path) -> None:
    (folder / "score.py").write_text(USES)
    text = f"FROM {os.environ['BRYGGA_BASE_IMAGE']}{INSTALLS}"
    environment = Environment.from_dockerfile("own", text)

    service = Model.deploy(
        workspace, "own", [], InferenceConfig("score.py", environment=environment)
    )
    service.wait_for_deployment()

    assert service.run("1") == 1


def test_a_folder_that_is_not_there_is_named(workspace: Workspace, folder: Path) -> None:
    (folder / "score.py").write_text("def init(): ...\ndef run(data):\n    return 1\n")
    with pytest.raises(UserErrorException, match="There is no file Dockerfile in the folder"):
        DockerBuildContext.from_local_directory(workspace, ".")
    away = DockerBuildContext("Git", "https://example.org/image.git")
    environment = Environment.from_docker_build_context("away", away)
    with pytest.raises(UserErrorException, match=r"image\.git \(Git\) is not on this machine"):
        Model.deploy(workspace, "away", [], InferenceConfig("score.py", environment=environment))
    with pytest.raises(UserErrorException, match="build_context is set"):
        environment.docker.base_image = "my/image:1"
    with pytest.raises((UserErrorException, WebserviceException)):
        environment.docker.base_dockerfile = "FROM x"
