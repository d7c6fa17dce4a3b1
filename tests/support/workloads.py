"""Workloads for tests that hand them to a target."""

from __future__ import annotations

from typing import Any

from brygga.images.bundle import Bundle
from brygga.spec import ServiceSpec, Workload


def workload(name: str = "digits", *, revision: int = 1, **options: Any) -> Workload:
    """One revision of a service with these options; secrets and keys have values."""
    spec = ServiceSpec(name, **options)
    bundle = Bundle("score.py", None, (), (), "a" * 64, "3.11", "linux-x86_64", "b" * 64)
    return Workload(
        spec=spec,
        revision=revision,
        bundle=bundle,
        key_hashes={"primary": "c" * 64, "secondary": "d" * 64} if spec.auth else {},
        secret_values={each: f"value of {each}" for each in spec.secrets},
    )
