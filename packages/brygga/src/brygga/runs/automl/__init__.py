"""The automatic choice of an algorithm for a table."""

from brygga.runs.automl.spec import AutoMLSpec, AutoMLTask

__all__ = ["AutoMLSpec", "AutoMLTask"]
