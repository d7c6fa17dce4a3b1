from pathlib import Path

import pytest

from brygga.testing.stores import StoreConcurrency


class TestConcurrentProcesses(StoreConcurrency):
    @pytest.fixture
    def store_url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'workspace.db'}"
