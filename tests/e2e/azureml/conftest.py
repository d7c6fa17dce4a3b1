"""A workspace of its own for each test, and the tutorial's model, trained once for all."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import tutorial
from support.engine import require_engine

from azureml.core import Workspace


@pytest.fixture(scope="session")
def mnist_model() -> Path:
    tutorial.require(tutorial.DATA)
    return tutorial.trained_model()


@pytest.fixture
def target(request: pytest.FixtureRequest) -> str:
    """Where services run; a test asks for others with an indirect parameter."""
    return str(getattr(request, "param", "process"))


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, environments: Path
) -> Iterator[Path]:
    """The working folder, with a home of Brygga's whose environments others use as well."""
    import brygga

    if target == "container":
        require_engine()
    else:  # as on a machine without an engine
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")

    home = tmp_path / "home"
    home.mkdir()
    (home / "environments").symlink_to(environments)
    monkeypatch.setenv("BRYGGA_HOME", str(home))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield work
    for each in brygga.Workspace.list():
        for service in each.services.list():
            service.delete()


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return Workspace.create("tests", show_output=False)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port nobody listens on now."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find
