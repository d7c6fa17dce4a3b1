"""Services: from a bundle and a spec to something that answers."""

from brygga.services.collection import ServiceCollection
from brygga.services.local_test import TestedRequest, TestReport
from brygga.services.service import Revision, Service
from brygga.services.state import ServiceState

__all__ = [
    "Revision",
    "Service",
    "ServiceCollection",
    "ServiceState",
    "TestReport",
    "TestedRequest",
]
