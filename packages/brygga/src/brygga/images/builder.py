"""The seam between an image and what builds it."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from brygga.images.bundle import Bundle
from brygga.operations import Progress


@dataclass(frozen=True)
class BuiltImage:
    """An image in a container engine.

    Attributes:
        reference: Name and tag, under which the engine knows it.
        id: Digest of its configuration: of all that is in it.
        size: In bytes, with everything below it.
        layers: Reference of each image it was built on, and its id; the base image first.
        user: The user it runs as.
    """

    reference: str
    id: str
    size: int
    layers: Mapping[str, str] = field(default_factory=dict)
    user: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        return cls(**data)


class ImageBuilder(abc.ABC):
    """Something that makes images of bundles."""

    @abc.abstractmethod
    def build(self, bundle: Bundle, progress: Progress) -> BuiltImage:
        """Makes the image, or finds it; what exists is neither built nor sent again.

        Args:
            progress: Hears of each layer, and what the engine prints.

        Raises:
            EngineUnavailableError: no container engine answers.
            ImageBuildError: the image cannot be made.
        """

    @abc.abstractmethod
    def write_context(self, bundle: Bundle, folder: Path, progress: Progress) -> None:
        """Writes one folder from which any engine builds the image, without a network.

        Raises:
            ImageBuildError: nobody can say what is in the base image.
            RegistryError: no engine answers, and its registry cannot tell it either.
        """

    @abc.abstractmethod
    def save(self, image: BuiltImage, file: Path) -> None:
        """Writes an image with all its layers as one archive, for `docker load`."""

    @abc.abstractmethod
    def push(self, image: BuiltImage, reference: str, progress: Progress) -> str:
        """Sends an image to a registry under a name; returns the digest it has there.

        Raises:
            ImageBuildError: the registry refuses, or cannot be reached.
        """

    @abc.abstractmethod
    def remove(self, bundle: Bundle) -> None:
        """Removes the image of exactly this bundle, where an engine has it; idempotent."""
