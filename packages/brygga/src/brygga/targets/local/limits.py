"""What this machine has, and what of it a service may ask for."""

from __future__ import annotations

import os

from brygga.errors import InvalidInputError
from brygga.spec import ServiceSpec
from brygga.targets.serving import GB


def machine_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_memory_bytes() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def check_limits(spec: ServiceSpec) -> None:
    """Refuses limits that mean nothing, or that this machine cannot give.

    Raises:
        InvalidInputError: naming the limit, its value and what there is.
    """
    cores, memory = machine_cores(), machine_memory_bytes()
    if not 0 < spec.cpu_cores <= cores:
        raise InvalidInputError(
            f"cpu_cores={spec.cpu_cores:g} cannot be had: this machine has {cores}.",
            hint=f"Ask for more than 0 and at most {cores}.",
        )
    if not 0 < spec.memory_gb * GB <= memory:
        raise InvalidInputError(
            f"memory_gb={spec.memory_gb:g} cannot be had: this machine has {memory / GB:.1f}.",
            hint=f"Ask for more than 0 and at most {memory / GB:.1f}.",
        )
    if spec.port is not None and not 1 <= spec.port <= 65_535:
        raise InvalidInputError(f"{spec.port} is not a port.", hint="Use one of 1024 to 65535.")
