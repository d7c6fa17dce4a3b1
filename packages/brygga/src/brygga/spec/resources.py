"""What a service may use."""

# The rows of the table are made by a call, as with dataclasses.field.
# ruff: noqa: RUF009

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from brygga.spec.option import OptionGroup, documented, option

RestartPolicy = Literal["on-failure", "always", "no"]
"""What becomes of a replica that ended: it is started again when it failed, always, or never."""
RESTART_POLICIES: tuple[RestartPolicy, ...] = ("on-failure", "always", "no")


@documented
@dataclass(frozen=True, kw_only=True, repr=False)
class Resources(OptionGroup):
    """How much a service may use, and how much of it there is. Limits hold for each replica."""

    called: ClassVar[str] = "resources"

    cpu_cores: float = option(
        1.0,
        "Limit in cores; fractions are allowed. It also decides how many workers there are.",
        told=True,
    )
    memory_gb: float = option(
        1.0,
        "Limit in GB of 2^30 bytes, for front and workers together.",
    )
    gpus: int = option(0, "GPUs for each replica, where the target can give any.", low=0)
    num_replicas: int = option(
        1,
        "Replicas that share the requests, where the target can have more than one.",
        low=1,
    )
    autoscale_max: int | None = option(
        None,
        "Most replicas; the target then chooses their number by itself, where it can.",
        low=1,
    )
    autoscale_min: int = option(1, "Fewest replicas where the target chooses their number.", low=1)
    autoscale_cpu: int = option(
        70,
        "Percent of its cores that a replica is to use on average, where the target chooses their "
        "number.",
        low=1,
        high=100,
    )
    restart_policy: RestartPolicy = option(
        "on-failure",
        "When the engine starts a container again that has ended: when it failed, always (also "
        "when the engine itself was restarted), or never.",
    )
