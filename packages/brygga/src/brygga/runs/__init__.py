"""Runs: what was tried, what it measured, and the files it left."""

from brygga.runs.collection import Experiment, RunCollection
from brygga.runs.run import Run, RunStatus
from brygga.runs.script import ScriptSpec

__all__ = ["Experiment", "Run", "RunCollection", "RunStatus", "ScriptSpec"]
