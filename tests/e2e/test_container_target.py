"""The container target, held to what every target does, on each engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.engine import ENGINES, chosen_engine

from brygga.images.engine import Engine
from brygga.targets.container.folder import ContainerFolder
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
    def surroundings(self, engine: Engine, shared_home: Path) -> Callable[[], object]:
        """The containers of this home: others may use the engine at the same time."""
        folders = shared_home / "workspaces/tests/containers"

        def containers() -> object:
            labels = [f"dev.brygga.place={ContainerFolder(p).place}" for p in folders.glob("*")]
            found = [
                each
                for label in labels
                for each in engine.client.api.containers(all=True, filters={"label": [label]})
            ]
            assert found, "there is nothing to be seen"
            return sorted((each["Id"], each["State"]) for each in found)

        return containers
