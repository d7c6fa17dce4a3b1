"""Which class a run is of, by its type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run

_HOMES = {
    "automl": ("azureml.train.automl.run", "AutoMLRun"),
    "part": ("azureml.train.automl.run", "TriedRun"),
    "hyperdrive": ("azureml.train.hyperdrive.run", "HyperDriveRun"),
}


def run_of(experiment: Experiment, run_id: str, kind: str) -> Run:
    """A run that is there, as the class of its type."""
    module, name = _HOMES.get(kind, ("azureml.core.run", "Run"))
    return cast("Run", getattr(import_module(module), name)(experiment, run_id))
