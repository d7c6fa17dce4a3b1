"""The container target, held to what every target does."""

import pytest
from support.engine import require_engine

from brygga.images.engine import Engine
from brygga.testing.services import ServiceConformance


@pytest.fixture(autouse=True, scope="module")
def engine() -> Engine:
    return require_engine()


class TestContainerTarget(ServiceConformance):
    @pytest.fixture
    def kind(self) -> str:
        return "container"
