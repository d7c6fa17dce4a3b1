"""What an image is built on: what a call asks for, what its environment does, or the default."""

from __future__ import annotations

from dataclasses import dataclass, field

from brygga.environments.image_options import ImageOptions, check_reference
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

    def chosen(self, python: str, environment: ImageOptions) -> ImageBase:
        """What goes into the bundle.

        Raises:
            InvalidInputError: the default is no reference of an image.
        """
        options = self.asked.over(environment)
        if options.dockerfile is not None:
            return ImageBase(dockerfile=options.dockerfile, steps=options.extra_steps)
        reference = options.base_image or self.default.replace("{python}", python)
        return ImageBase(reference=check_reference(reference), steps=options.extra_steps)
