import os
from collections.abc import Iterator

import pytest
from support.postgres import find_binary, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server that runs for the length of the session."""
    if find_binary("initdb") is None:
        assert os.environ.get("CI") != "true", "PostgreSQL is not installed"
        pytest.skip("PostgreSQL is not installed")
    with running_server() as url:
        yield url
