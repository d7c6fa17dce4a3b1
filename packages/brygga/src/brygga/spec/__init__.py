"""What is asked of a service, and what a target is handed of it."""

from brygga.spec.access import Access, Certificate, Endpoint
from brygga.spec.build import Build
from brygga.spec.keywords import Asked, takes
from brygga.spec.option import Option, OptionGroup
from brygga.spec.resources import RESTART_POLICIES, Resources, RestartPolicy
from brygga.spec.service import SPEC_OPTIONS, ServiceSpec
from brygga.spec.serving import Serving
from brygga.spec.workload import Workload

__all__ = [
    "RESTART_POLICIES",
    "SPEC_OPTIONS",
    "Access",
    "Asked",
    "Build",
    "Certificate",
    "Endpoint",
    "Option",
    "OptionGroup",
    "Resources",
    "RestartPolicy",
    "ServiceSpec",
    "Serving",
    "Workload",
    "takes",
]
