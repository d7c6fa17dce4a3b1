"""What the image of a service is built on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from brygga.spec.option import OptionGroup

if TYPE_CHECKING:
    from brygga.environments.image_options import ImageOptions


@dataclass(frozen=True, kw_only=True, repr=False)
class Build(OptionGroup):
    """For targets that run images; what is left out is that of the environment, or the default.

    Attributes:
        base_image: Reference of a base image.
        dockerfile: Text of a Dockerfile that makes the base image, the file with it, or the folder
            of one with what it copies.
        extra_steps: Lines of a Dockerfile, or a file with them, run after the packages are in.
    """

    called: ClassVar[str] = "build"

    base_image: str | None = None
    dockerfile: Path | str | None = None
    extra_steps: Path | str | None = None

    def read(self) -> ImageOptions:
        """The texts of all of it.

        Raises:
            InvalidInputError: a file that cannot be read, or text that cannot be used.
        """
        from brygga.environments.image_options import ImageOptions

        return ImageOptions.read(self.base_image, self.dockerfile, self.extra_steps)
