from pathlib import Path

import pytest
from support.house import House, a_house


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> House:
    return a_house(tmp_path, store_url)
