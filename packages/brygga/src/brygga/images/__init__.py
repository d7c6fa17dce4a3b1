"""Bundles of environment, models and code, and the images made of them."""

from typing import TYPE_CHECKING

from brygga.first_use import at_first_use

if TYPE_CHECKING:
    from brygga.images.collection import ImageCollection
    from brygga.images.image import Image, ImageState

__all__ = ["Image", "ImageCollection", "ImageState"]

__getattr__ = at_first_use(
    __name__,
    {
        "Image": "image",
        "ImageCollection": "collection",
        "ImageState": "image",
    },
)
