"""Runs: what was tried, what it measured, and the files it left."""

from brygga.runs.collection import Experiment, RunCollection
from brygga.runs.inputs import InputFolder, InputPath
from brygga.runs.run import Run, RunStatus
from brygga.runs.script import ScriptSpec

__all__ = [
    "Experiment",
    "InputFolder",
    "InputPath",
    "Run",
    "RunCollection",
    "RunStatus",
    "ScriptSpec",
]
