import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.home import Home

from brygga import Workspace
from brygga.settings import Settings


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("gc") / "home"
    Workspace.create("team", settings=Settings(home=home))
    return home


@pytest.fixture
def home(_template: Path, tmp_path: Path) -> Home:
    shutil.copytree(_template, tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    return Home(settings, Workspace.get("team", settings=settings))


@pytest.fixture
def aged() -> Callable[[Path], Path]:
    """A function that makes a file look as if it had been left two days ago."""

    def age(path: Path) -> Path:
        then = time.time() - 2 * 24 * 3600
        os.utime(path, (then, then))
        return path

    return age
