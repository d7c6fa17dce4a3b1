"""Runs of pipelines and of their steps."""

from __future__ import annotations

import builtins
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.gate import refused
from azureml.core.run import Run
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore
    from azureml.core.experiment import Experiment
    from azureml.core.workspace import Workspace

_POLL_S = 0.1


class PipelineRun(Run):
    """A run whose parts are the steps."""

    def __init__(
        self, experiment: Experiment, run_id: str, _service_endpoint: object = None, **kwags: Any
    ) -> None:
        super().__init__(experiment, run_id)

    @staticmethod
    def get(workspace: Workspace, run_id: str, _service_endpoint: object = None) -> PipelineRun:
        """A run of a pipeline by its id."""
        found = Run.get(workspace, run_id)
        return PipelineRun(found.experiment, found.id)

    def get_steps(self) -> Iterator[StepRun]:
        """Those that have begun, in their order."""
        for child in reversed([*self.get_children()]):
            yield StepRun(self._experiment, child.id, self.id, child.id)

    def find_step_run(self, name: str) -> builtins.list[StepRun]:
        """The steps of that name that have begun."""
        return [step for step in self.get_steps() if step.name == name]

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """What a step wrote for the pipeline as a whole."""
        return _port(self, pipeline_output_name)

    def wait_for_completion(
        self,
        show_output: bool = True,
        timeout_seconds: float = 9223372036854775807,
        raise_on_error: bool = True,
    ) -> Any:
        """Waits until all steps have ended; returns the status."""
        return _waited(self, show_output, timeout_seconds, raise_on_error)

    @refused
    def save(self, path: str | None = None) -> None: ...

    @refused
    def get_graph(self) -> Any: ...

    @refused
    def publish_pipeline(
        self,
        name: str,
        description: str,
        version: str,
        continue_on_step_failure: bool | None = None,
        **kwargs: Any,
    ) -> Any: ...

    @staticmethod
    @refused
    def get_pipeline_runs(
        workspace: Workspace, pipeline_id: str, _service_endpoint: object = None
    ) -> Any: ...


class StepRun(Run):
    """The run of a step."""

    def __init__(
        self,
        experiment: Experiment,
        step_run_id: str,
        pipeline_run_id: str,
        node_id: str,
        _service_endpoint: object = None,
        _is_reused: bool = False,
        _current_node_id: str | None = None,
        _reused_run_id: str | None = None,
        _reused_node_id: str | None = None,
        _reused_pipeline_run_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, step_run_id)
        self._pipeline_run_id = pipeline_run_id

    @property
    def pipeline_run_id(self) -> str:
        """The id of the run it is a part of."""
        return self._pipeline_run_id

    def get_outputs(self) -> dict[str, StepRunOutput]:
        """What it wrote for other steps, by name."""
        names = self._brygga.row.details.get("outputs") or {}
        return {name: StepRunOutput(self, name) for name in names}

    def get_output(self, name: str) -> StepRunOutput:
        """What it wrote for other steps."""
        _port(self, name)
        return StepRunOutput(self, name)

    def get_output_data(self, name: str) -> PortDataReference:
        """Where it wrote that."""
        return _port(self, name)

    def get_job_log(self) -> str:
        """What it printed."""
        return self._brygga.log_text()

    def get_stdout_log(self) -> str:
        """What it printed, errors included."""
        return self._brygga.log_text()

    def get_stderr_log(self) -> str:
        """The same: both go to one log."""
        return self._brygga.log_text()

    def wait_for_completion(
        self,
        show_output: bool = True,
        timeout_seconds: float = 9223372036854775807,
        raise_on_error: bool = True,
    ) -> Any:
        """Waits until it has ended; returns the status."""
        return _waited(self, show_output, timeout_seconds, raise_on_error)


class StepRunOutput:
    """What a step wrote for other steps."""

    def __init__(self, step_run: StepRun, name: str) -> None:
        self._step_run = step_run
        self.name = name

    def get_port_data_reference(self) -> PortDataReference:
        """Where it wrote that."""
        return _port(self._step_run, self.name)


class PortDataReference:
    """A folder of a datastore that a step wrote."""

    def __init__(self, name: str, datastore: Datastore, path_on_datastore: str) -> None:
        self.name = name
        self.datastore = datastore
        self.datastore_name = datastore.name
        self.path_on_datastore = path_on_datastore

    def download(
        self, local_path: str, overwrite: bool | None = None, show_progress: bool | None = None
    ) -> int:
        """Copies what is in it into a folder, below its path in the datastore, as in v1."""
        count = 0
        folder = Path(self.datastore._folder, self.path_on_datastore)
        for file in sorted(folder.rglob("*")):
            target = Path(local_path, self.path_on_datastore, file.relative_to(folder))
            if file.is_file() and (overwrite or not target.exists()):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                count += 1
        return count


def _port(run: Run, name: str) -> PortDataReference:
    from azureml.core.datastore import Datastore

    places = run._brygga.row.details.get("outputs") or {}
    if name not in places:
        raise UserErrorException(
            f"{run.name} has no output {name}. Those it has: {', '.join(places) or 'none'}."
        )
    store, path = places[name]
    return PortDataReference(name, Datastore(run.experiment.workspace, store), path)


def _waited(run: Run, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
    end = time.monotonic() + timeout_seconds
    while not show_output and not run._brygga.status.is_final:
        if time.monotonic() > end:
            raise UserErrorException(f"{run.name} has not ended after {timeout_seconds} seconds.")
        time.sleep(_POLL_S)
    Run.wait_for_completion(run, show_output, raise_on_error=raise_on_error)
    return run.get_status()
