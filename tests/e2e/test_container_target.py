"""The container target, held to what every target does, on each engine."""

from collections.abc import Callable, Iterator

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

    @pytest.fixture
    def surroundings(self, engine: Engine) -> Callable[[], object]:
        def containers() -> object:
            filters = {"label": ["dev.brygga.place"]}
            found = engine.client.api.containers(all=True, filters=filters)
            return sorted((each["Id"], each["State"]) for each in found)

        return containers
