"""Services: from a bundle and a spec to something that answers."""

from typing import TYPE_CHECKING

from brygga.first_use import at_first_use

if TYPE_CHECKING:
    from brygga.services.collection import ServiceCollection
    from brygga.services.local_test import TestedRequest, TestReport
    from brygga.services.plan import Plan
    from brygga.services.revision import Revision
    from brygga.services.service import Service
    from brygga.services.snapshot import ServiceSnapshot
    from brygga.services.state import ServiceState

__all__ = [
    "Plan",
    "Revision",
    "Service",
    "ServiceCollection",
    "ServiceSnapshot",
    "ServiceState",
    "TestReport",
    "TestedRequest",
]

__getattr__ = at_first_use(
    __name__,
    {
        "Plan": "plan",
        "Revision": "revision",
        "Service": "service",
        "ServiceCollection": "collection",
        "ServiceSnapshot": "snapshot",
        "ServiceState": "state",
        "TestReport": "local_test",
        "TestedRequest": "local_test",
    },
)
