"""One `$BRYGGA_HOME` for all tests of a run: environments are realised once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga import Workspace


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory, environments: Path) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "environments").symlink_to(environments)
    return home


@pytest.fixture
def workspace(
    shared_home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Workspace]:
    monkeypatch.setenv("BRYGGA_HOME", str(shared_home))
    workspace = Workspace.create("tests", exist_ok=True)
    yield workspace
    for service in workspace.services.list():
        service.delete()
    workspace.delete()
