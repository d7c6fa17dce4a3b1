"""`brygga image` on the command line, where no container engine answers and where one does."""

import json
import os

import pytest
from support.command import Command
from support.engine import require_engine

SCRIPT = "import json\ndef init(): ...\ndef run(raw_data):\n    return json.loads(raw_data)\n"


@pytest.fixture
def files(command: Command) -> Command:
    (command.folder / "score.py").write_text(SCRIPT)
    return command


def test_without_an_engine_an_image_is_recorded_and_can_be_deployed(files: Command) -> None:
    files.environment["DOCKER_HOST"] = f"unix://{files.folder}/none.sock"

    made = files("image", "create", "echo", "--entry-script", "score.py", "--tag", "a=b")
    shown = json.loads(files("image", "show", "echo", "--json").stdout)

    assert "echo:1 is recorded" in made.stdout
    assert "no image of it is built" in made.stdout
    assert (shown["id"], shown["location"], shown["tags"]) == ("echo:1", None, {"a": "b"})
    assert "no such socket" in files("image", "log", "echo").stdout
    refused = files("image", "save", "echo", "echo.tar", code=1)
    assert "no container engine answers" in refused.stderr
    files("deploy", "from-image", "--image", "echo:1")
    used = files("image", "delete", "echo", code=1)
    assert "from-image revision 1" in used.stderr
    files("service", "delete", "from-image")
    files("image", "delete", "echo")
    assert json.loads(files("image", "list", "--json").stdout) == []
    container = files("deploy", "boxed", "--entry-script", "score.py", "--target", "container",
                      code=1)  # fmt: skip
    assert "No container engine answers" in container.stderr


@pytest.mark.engine
def test_with_an_engine_it_is_built_and_written(files: Command) -> None:
    require_engine()

    files.environment["BRYGGA_BASE_IMAGE"] = os.environ["BRYGGA_BASE_IMAGE"]

    made = files("image", "create", "echo", "--entry-script", "score.py")
    files("image", "context", "echo", "context")
    written = (files.folder / "context/Dockerfile").read_text()

    base = os.environ["BRYGGA_BASE_IMAGE"]
    (files.folder / "steps").write_text("RUN echo of the environment > /srv/marker\n")
    register = ("environment", "register", "based", "--package", "six", "--extra-steps", "steps")
    files(*register, "--base-image", base)
    shown = json.loads(files("environment", "show", "based", "--json").stdout)
    kept = {"base_image": base, "extra_steps": "RUN echo of the environment > /srv/marker"}
    assert shown["image"] == kept
    files("image", "create", "based", "--entry-script", "score.py", "--environment", "based")
    files("image", "context", "based", "based")
    assert kept["extra_steps"] in (files.folder / "based/Dockerfile").read_text()
    files("image", "delete", "based")

    assert "localhost/brygga/service:" in made.stdout
    assert written.startswith("FROM ")
    assert (files.folder / "context/files/app/score.py").read_text() == SCRIPT
    assert "not empty" in files("image", "context", "echo", "context", code=1).stderr
    files("image", "delete", "echo")
