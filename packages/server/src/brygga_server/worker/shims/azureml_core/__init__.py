"""`azureml.core` as far as a score script needs it: the version, and where models are."""

from .model import Model

VERSION = "1.61.0"
__version__ = VERSION
__all__ = ["VERSION", "Model"]
