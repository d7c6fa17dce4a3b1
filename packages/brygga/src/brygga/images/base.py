"""What an image is built on: what a call asks for, what its environment does, or the default."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from brygga.environments.image_options import (
    DEFAULT_BASE,
    ImageOptions,
    check_dockerfile,
    check_reference,
)
from brygga.images.build_context import Keep, read_build_context
from brygga.images.bundle import ImageBase


@dataclass(frozen=True)
class BaseOptions:
    """What a call asks for, and what holds where nothing is.

    Attributes:
        default: Reference of the base image where none is asked for; `{python}` stands for X.Y.
        asked: With the call; what it says takes the place of what the environment says.
    """

    default: str
    asked: ImageOptions = field(default_factory=ImageOptions)

    def chosen(
        self, python: str, environment: ImageOptions, keep: Keep, *, alone: bool = False
    ) -> ImageBase:
        """What goes into the bundle.

        Args:
            python: The interpreter's version as X.Y.
            environment: What the environment says of its image.
            keep: Puts a file into the blob store.
            alone: Whether the environment has no packages. Those of an image that was asked for
                are then the script's.

        Raises:
            InvalidInputError: the default is no reference of an image, or a Dockerfile's folder
                cannot be used.
        """
        options = self.asked.over(environment)
        steps = options.extra_steps
        default = self.default.replace("{python}", python)
        if options.folder is not None:
            text, files = read_build_context(Path(options.folder), keep)
            check_dockerfile(text)
            text = text.replace(DEFAULT_BASE, default)
            return ImageBase(dockerfile=text + "\n", steps=steps, files=files, own_packages=alone)
        if options.dockerfile is not None:
            text = options.dockerfile.replace(DEFAULT_BASE, default)
            return ImageBase(dockerfile=text, steps=steps, own_packages=alone)
        reference = options.base_image or default
        own = alone and options.base_image is not None
        return ImageBase(reference=check_reference(reference), steps=steps, own_packages=own)
