"""Registered models: files or folders under a name and a version."""

from brygga.models.collection import ModelCollection
from brygga.models.model import Model
from brygga.store.rows import ModelFile

__all__ = ["Model", "ModelCollection", "ModelFile"]
