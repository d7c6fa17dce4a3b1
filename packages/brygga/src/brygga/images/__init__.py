"""Bundles of environment, models and code, and the images made of them."""

from brygga.images.collection import ImageCollection
from brygga.images.image import Image, ImageState

__all__ = ["Image", "ImageCollection", "ImageState"]
