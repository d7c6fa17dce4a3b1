"""A step of a pipeline: its script, and what it waits for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.core.script_run_config import ScriptRunConfig
from azureml.data.data_reference import DataReference
from azureml.data.output_dataset_config import OutputFileDatasetConfig
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._data import PipelineData, PipelineParameter

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class PipelineStep(ABC):
    """What steps have in common: a name, and data that comes in and goes out."""

    def __init__(
        self,
        name: str,
        inputs: Sequence[Any] | None,
        outputs: Sequence[Any] | None,
        arguments: Sequence[Any] | None = None,
        fix_port_name_collisions: bool = False,
        resource_inputs: Sequence[Any] | None = None,
    ) -> None:
        if resource_inputs:
            raise UserErrorException("A step has no resource_inputs here: give inputs.")
        self.name = name
        self._inputs = list(inputs or ())
        self._outputs = list(outputs or ())
        self._arguments = list(arguments or ())
        self._after: list[PipelineStep] = []
        for each in self._written():
            each._producer = self

    def run_after(self, step: PipelineStep) -> None:
        """Waits for another step."""
        self._after.append(step)

    @abstractmethod
    def _script(self, folder: str | None) -> ScriptRunConfig:
        """What it runs; `folder` is where its script is if it does not say so itself."""

    def _written(self) -> Iterator[Any]:
        """What it writes: its outputs, and folders among its arguments that are no inputs."""
        yield from (each for each in self._outputs if hasattr(each, "_producer"))
        for each in self._arguments:
            if isinstance(each, OutputFileDatasetConfig) and not each._reads:
                yield each

    def _waits_for(self) -> Iterator[PipelineStep]:
        """Those that come before it."""
        yield from self._after
        mine = {id(each) for each in self._written()}
        for each in [*self._inputs, *self._arguments]:
            producer = getattr(each, "_producer", None)
            if id(each) not in mine and producer not in (None, self):
                yield producer

    def _configured(
        self, workspace: Workspace, run_id: str, given: Mapping[str, Any], folder: str | None
    ) -> ScriptRunConfig:
        """Its script with the values and places of one run of the pipeline."""
        config = self._script(folder)
        others = [*self._inputs, *self._outputs, *config.inputs]
        config.arguments = [_filled(each, workspace, run_id, given) for each in config.arguments]
        config.inputs = [_filled(each, workspace, run_id, given) for each in others]
        return config

    def _written_places(self, run_id: str) -> Iterator[tuple[PipelineData, tuple[str | None, str]]]:
        """What it writes for other steps, with datastore (None: the workspace's own) and path."""
        for each in self._written():
            if isinstance(each, PipelineData):
                store = None if each.datastore is None else each.datastore.name
                yield each, (store, each._place(run_id))

    def _places(self, run_id: str) -> dict[str, Any]:
        return {each.name: place for each, place in self._written_places(run_id)}

    def _parameters(self) -> Mapping[str, PipelineParameter]:
        return {each.name: each for each in self._arguments if isinstance(each, PipelineParameter)}


def _filled(each: Any, workspace: Workspace, run_id: str, given: Mapping[str, Any]) -> Any:
    from azureml.core.datastore import Datastore

    if isinstance(each, PipelineParameter):
        return each._value(given)
    if isinstance(each, PipelineData):
        store = each.datastore or Datastore(workspace)
        return DataReference(store, each.name, each._place(run_id))
    return each
