"""What is asked of a service, and what a target is handed of it."""

from brygga.spec.service import RESTART_POLICIES, RestartPolicy, ServiceSpec
from brygga.spec.workload import Workload

__all__ = ["RESTART_POLICIES", "RestartPolicy", "ServiceSpec", "Workload"]
