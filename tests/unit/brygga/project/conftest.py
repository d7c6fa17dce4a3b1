from collections.abc import Callable
from pathlib import Path

import pytest

from brygga.project import Project

Write = Callable[..., Project]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a project file into a folder of its own with what it names, and reads it."""
    for file in ("steps", "env.yml", "score.py", "one.py"):
        (tmp_path / file).touch()

    def written(text: str, name: str = "brygga.toml") -> Project:
        file = tmp_path / name
        file.write_text(text)
        return Project.read(file)

    return written
