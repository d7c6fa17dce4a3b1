import shutil
from pathlib import Path

import pytest

from brygga.store.store import open_store
from brygga.store.url import sqlite_url
from brygga.testing.stores import KEY


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "workspace.db"
    open_store(sqlite_url(file), KEY).close()
    return file


@pytest.fixture
def database(_template: Path, tmp_path: Path) -> Path:
    """An SQLite file with the tables in it; a copy, since migrating takes its time."""
    return Path(shutil.copy(_template, tmp_path / "workspace.db"))


@pytest.fixture
def store_url(database: Path) -> str:
    return f"sqlite:///{database}"
