"""Images: models, a script and an environment under one name and version."""

from azureml.core.image.container import ContainerImage
from azureml.core.image.image import Image

__all__ = ["ContainerImage", "Image"]
