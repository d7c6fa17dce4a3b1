"""The seam between a bundle and the registry that a cluster pulls its image from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from brygga.images.bundle import Bundle
from brygga.operations import Progress
from brygga.targets.declared import DeclaredTarget


@dataclass(frozen=True)
class PushedImage:
    """An image in a registry.

    Attributes:
        reference: By digest, as nodes pull it.
        docker_config: Credentials to pull it with, in Docker's own form; empty where none are
            needed, or known.
    """

    reference: str
    docker_config: str = ""


Publish = Callable[[Bundle, DeclaredTarget, Progress], PushedImage]
"""Makes the image of a bundle and puts it where the cluster pulls from; nothing is sent twice."""
