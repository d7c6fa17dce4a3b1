"""A registry for each test."""

from collections.abc import Iterator

import pytest
from support.registry import ScriptedRegistry, scripted_registry


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with scripted_registry() as made:
        yield made
