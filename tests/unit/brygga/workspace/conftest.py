from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a current folder that belongs to no workspace."""
    home = tmp_path / "home"
    monkeypatch.setenv("BRYGGA_HOME", str(home))
    monkeypatch.delenv("BRYGGA_STORE_URL", raising=False)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return home
