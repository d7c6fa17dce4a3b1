"""The process target, held to what every target does."""

import pytest

from brygga.testing.services import ServiceConformance


class TestProcessTarget(ServiceConformance):
    @pytest.fixture
    def kind(self) -> str:
        return "process"
