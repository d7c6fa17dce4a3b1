"""The container target, held to what every target does, on each engine."""

from collections.abc import Iterator

import pytest
from support.engine import ENGINES, chosen_engine

from brygga.images.engine import Engine
from brygga.testing.services import ServiceConformance

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True, scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with chosen_engine(request.param) as found:
        yield found


class TestContainerTarget(ServiceConformance):
    @pytest.fixture
    def kind(self) -> str:
        return "container"
