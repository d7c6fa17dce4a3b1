"""Paths that releases of v1 had for classes which live elsewhere: they lead to the same ones."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

_HYPERDRIVE = ("azureml.train.hyperdrive",)
_AUTOML = ("azureml.train.automl",)
_GRAPH = ("azureml.pipeline.core", "azureml.data")
OLDER: dict[str, tuple[str, ...]] = {
    "azureml.contrib.opendatasets": ("azureml.opendatasets",),
    "azureml.contrib.tensorboard": ("azureml.tensorboard",),
    "azureml.contrib.pipeline.steps": ("azureml.pipeline.steps",),
    "azureml.core.model": ("azureml.core.dataset",),
    "azureml.data": ("azureml.pipeline.core",),
    "azureml.data.dataset_factory": ("azureml.data.tabular_dataset", "azureml.data.file_dataset"),
    "azureml.data.output_dataset_config": ("azureml.data",),
    "azureml.pipeline.core.builder": _GRAPH,
    "azureml.pipeline.core.graph": _GRAPH,
    "azureml.pipeline.core.pipeline": _GRAPH,
    "azureml.pipeline.core.run": _GRAPH,
    "azureml.train.automl.automlconfig": _AUTOML,
    "azureml.train.automl.run": _AUTOML,
    "azureml.train.hyperdrive.parameter_expressions": _HYPERDRIVE,
    "azureml.train.hyperdrive.policy": _HYPERDRIVE,
    "azureml.train.hyperdrive.run": _HYPERDRIVE,
    "azureml.train.hyperdrive.runconfig": _HYPERDRIVE,
    "azureml.train.hyperdrive.sampling": _HYPERDRIVE,
    "azureml.train.widgets": ("azureml.widgets",),
}
"""By path: where its names are looked for, as far as it does not have them itself."""


def leads_somewhere(module: str) -> bool:
    """Whether there is any of the modules that a path stands for."""
    return any(_is_there(each) for each in OLDER.get(module, ()))


def found(module: str, name: str) -> object:
    """What an older path leads to.

    Raises:
        AttributeError: nothing.
    """
    for each in _there(module):
        if hasattr(each, name):
            return getattr(each, name)
    raise AttributeError(name)


def names(module: str) -> list[str]:
    """What `from module import *` gives."""
    return [name for each in _there(module) for name in getattr(each, "__all__", ())]


def _there(module: str) -> list[ModuleType]:
    return [import_module(each) for each in OLDER.get(module, ()) if _is_there(each)]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
