"""Replicas and gateways for every test of this folder."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.gateway import House


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    # A short name: the address of a socket has room for 107 bytes.
    with ExitStack() as stack:
        yield House(tmp_path_factory.mktemp("g"), stack)
