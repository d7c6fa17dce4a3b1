"""What this machine has, and what of it a service may ask for."""

from __future__ import annotations

import os

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Verb
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
            f"{spec.cpu_cores:g} CPU cores cannot be had: this machine has {cores}.",
            code=ErrorCode.LIMIT_UNAVAILABLE,
            hint=_at_most("cpu_cores", str(cores)),
        )
    if not 0 < spec.memory_gb * GB <= memory:
        raise InvalidInputError(
            f"{spec.memory_gb:g} GB of memory cannot be had: this machine has {memory / GB:.1f}.",
            code=ErrorCode.LIMIT_UNAVAILABLE,
            hint=_at_most("memory_gb", f"{memory / GB:.1f}"),
        )
    if spec.port is not None and not 1 <= spec.port <= 65_535:
        raise InvalidInputError(
            f"{spec.port} is not a port.",
            code=ErrorCode.PORT_INVALID,
            hint="Use one of 1024 to 65535.",
        )


def _at_most(option: str, most: str) -> Hint:
    return Hint.of(
        f"Ask for more than 0 and at most {most} with {{}}.", Argument(Verb.DEPLOY, option)
    )
