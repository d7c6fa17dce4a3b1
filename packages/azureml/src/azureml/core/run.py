"""`Run`: what was tried, what it measured, and the files it left."""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.filters import fits_run
from azureml._support.gate import refused
from azureml.core._log_tail import LogTail
from azureml.core._logging_run import LoggingRun
from azureml.core._metrics import gathered
from azureml.core._mlflow import take_in
from azureml.core._offline_run import OfflineRun as _OfflineRun
from azureml.core._run_details import details_of, downloaded, error_of, told, with_logs
from azureml.core._run_kinds import run_of
from azureml.exceptions import (
    ActivityFailedException,
    RunEnvironmentException,
    UserErrorException,
)

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.experiment import Experiment
    from azureml.core.model import Model
    from azureml.core.resource_configuration import ResourceConfiguration
    from azureml.core.workspace import Workspace

__all__ = ["Run"]

_POLL_S = 0.1
_GOES_ON = (
    "The run {} goes on, only the waiting for it has ended. `run.cancel()` ends it; so does "
    "another Ctrl-C, where a script of yours has submitted it."
)
_CUT_OFF = "The run failed: the process that saw to its script ended before the script did."


class Run(LoggingRun):
    """A run of an experiment."""

    _RUNSOURCE_PROPERTY = "azureml.runsource"
    _DEFAULT_GET_CONTENT_TIMEOUT = (5, 120)

    def __init__(
        self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any
    ) -> None:
        if kwargs:
            raise UserErrorException(f"Run does not take {', '.join(sorted(kwargs))}.")
        self._experiment = experiment
        self._folders: dict[str, Path] = {}
        if outputs is not None:
            self._folders["outputs"] = Path(outputs).absolute()
        with translated(UserErrorException):
            self._brygga = experiment.workspace._brygga.runs.get(run_id)

    @classmethod
    def get_context(
        cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> Any:
        """The run this script is a part of; outside of any, one that only prints."""
        from azureml.core._submitted_run import SubmittedRun

        submitted = SubmittedRun.of_this_process()
        if submitted is not None:
            return submitted
        if not allow_offline:
            raise RunEnvironmentException(
                "Could not load the submitted run: this script is not run by an experiment. Use "
                "Experiment.start_logging, or allow_offline=True."
            )
        return _OfflineRun()

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Any:
        """The older name of `get_context`."""
        return cls.get_context(**kwargs)

    @staticmethod
    def _workspace_of_this_process() -> Workspace | None:
        """That of a submitted script; others have their models beside them, which is None."""
        from azureml.core._submitted_run import SubmittedRun

        submitted = SubmittedRun.of_this_process()
        return None if submitted is None else submitted.experiment.workspace

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """A run by its id."""
        from azureml.core.experiment import Experiment

        take_in(workspace)
        with translated(UserErrorException):
            found = workspace._brygga.runs.get(run_id)
        return run_of(Experiment(workspace, found.experiment), run_id, found.row.kind)

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        status: str | None = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """The runs of an experiment that fit all filters, newest first."""
        take_in(experiment.workspace)
        for found in experiment.workspace._brygga.runs.list(experiment.name):
            row = found.row
            wanted = include_children or row.parent is None
            if wanted and fits_run(found, type, status, tags, properties):
                yield run_of(experiment, found.id, row.kind)

    @staticmethod
    @refused
    def list_by_compute(
        compute: object,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        status: str | None = None,
    ) -> Iterator[Run]: ...

    @staticmethod
    @refused
    def add_type_provider(runtype: str, run_factory: Callable[..., Run]) -> None: ...

    @property
    def id(self) -> str:
        """Its id."""
        return self._brygga.id

    @property
    def name(self) -> str:
        """The older name of `display_name`."""
        return self.display_name

    @property
    def display_name(self) -> str:
        """A name for people."""
        return self._brygga.row.display_name or self.id

    @display_name.setter
    def display_name(self, display_name: str) -> None:
        self._brygga.change(display_name=display_name)

    @property
    def description(self) -> str | None:
        """In its owner's own words."""
        return self._brygga.row.description or None

    @description.setter
    def description(self, description: str) -> None:
        self._brygga.change(description=description)

    @property
    def type(self) -> str:
        """What runs it."""
        return self._brygga.row.kind

    @property
    def number(self) -> int:
        """Counted in its experiment, from 1."""
        return self._brygga.row.number

    @property
    def status(self) -> str:
        """How it stands."""
        return self.get_status()

    @property
    def parent(self) -> Run | None:
        """The run it is a part of."""
        parent = self._brygga.row.parent
        return None if parent is None else Run.get(self._experiment.workspace, parent)

    @property
    def experiment(self) -> Experiment:
        """Its experiment."""
        return self._experiment

    @property
    def tags(self) -> dict[str, str]:
        """Names and values that may be changed."""
        return dict(self._brygga.row.tags)

    @property
    def properties(self) -> dict[str, str]:
        """Names and values that stay as they were first set."""
        return dict(self._brygga.row.properties)

    def get_tags(self) -> dict[str, str]:
        """Names and values that may be changed."""
        return self.tags

    def get_properties(self) -> dict[str, str]:
        """Names and values that stay as they were first set."""
        return self.properties

    def get_status(self) -> str:
        """How it stands."""
        return str(self._brygga.status.value)

    def get_detailed_status(self) -> dict[str, Any]:
        """How it stands, as a dictionary."""
        return {"status": self.get_status(), "details": None}

    def get_details(self) -> dict[str, Any]:
        """What there is to know."""
        return details_of(self._brygga)

    def get_details_with_logs(self) -> dict[str, Any]:
        """What there is to know, with the content of the logs."""
        return with_logs(self._brygga, self.get_details())

    def get_portal_url(self) -> str:
        """Its folder, as an address: there is no portal."""
        folder = self._brygga.folder
        if not folder.exists():
            folder = self._experiment.workspace._brygga.data_folder
        return folder.as_uri()

    def get_all_logs(self, destination: str | None = None) -> builtins.list[str]:
        """Writes its logs into a folder; returns their paths."""
        folder = Path(destination or f"{self.id}_logs")
        paths = []
        for path in self.get_details()["logFiles"]:
            self._brygga.download(path, folder / path)
            paths.append(str(folder / path))
        return paths

    def get_environment(self) -> Environment:
        """What it ran in."""
        from azureml.core.environment import Environment

        definition = (self._brygga.row.details.get("definition") or {}).get("environment")
        if definition is None:
            raise UserErrorException(f"The run {self.id} was not given an environment.")
        return Environment._from_dict(definition)

    def get_metrics(
        self,
        name: str | None = None,
        recursive: bool = False,
        run_type: str | None = None,
        populate: bool = False,
    ) -> dict[str, Any]:
        """What it logged, by name; with `recursive` also what its parts did, by their ids."""
        found = gathered(self._brygga.metrics(), name)
        if recursive:
            for child in self.get_children(recursive=True, type=run_type):
                found[child.id] = gathered(child._brygga.metrics(), name)
        return found

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: str | None = None,
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """Its parts that fit all filters."""
        for found in self._experiment.workspace._brygga.runs.list(parent=self.id):
            child = run_of(self._experiment, found.id, found.row.kind)
            if fits_run(found, type, status, tags, properties):
                yield child
            if recursive:
                yield from child.get_children(True, tags, properties, type, status)

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> Run:
        """Begins a part of it."""
        runs = self._experiment.workspace._brygga.runs
        with translated(UserErrorException):
            made = runs.start(
                self._experiment.name, run_id=run_id, parent=self.id, display_name=name or ""
            )
        return Run(self._experiment, made.id, outputs)

    def create_children(
        self,
        count: int | None = None,
        tag_key: str | None = None,
        tag_values: Sequence[str] | None = None,
    ) -> builtins.list[Run]:
        """Begins several parts, as many as said or one for each value of a tag."""
        if tag_values is None:
            return [self.child_run() for _ in range(count or 0)]
        made = []
        for value in tag_values:
            child = self.child_run()
            child.tag(str(tag_key), value)
            made.append(child)
        return made

    def submit_child(
        self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any
    ) -> Run:
        """Runs a script as a part of it."""
        from azureml.core._submission import submit

        return submit(self._experiment, config, tags, parent=self.id, **kwargs)

    def start(self) -> None:
        """Marks it as running."""
        self._brygga.begin()

    def complete(self, _set_status: bool = True) -> None:
        """Ends it well; what is in its `outputs` folder is kept with it."""
        from brygga.runs import RunStatus

        self._keep_outputs()
        if _set_status:
            self._brygga.finish(RunStatus.COMPLETED)

    def fail(
        self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True
    ) -> None:
        """Ends it with an error."""
        from brygga.runs import RunStatus

        self._keep_outputs()
        told = {"code": error_code or "UserError", "message": str(error_details or "")}
        if _set_status:
            self._brygga.finish(RunStatus.FAILED, told)

    def cancel(self) -> None:
        """Ends it, and the script that runs for it."""
        self._brygga.cancel()

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing waits to be written: every call is kept when it returns."""

    def clean(self) -> None:
        """Nothing is left on a remote machine."""

    def wait_for_completion(
        self,
        show_output: bool = False,
        wait_post_processing: bool = False,
        raise_on_error: bool = True,
    ) -> dict[str, Any]:
        """Waits until it has ended; returns its details."""
        tail = LogTail(self._brygga)
        if show_output:
            print(f"RunId: {self.id}")
        try:
            while not self._brygga.status.is_final:
                if show_output:
                    tail.show()
                time.sleep(_POLL_S)
        except KeyboardInterrupt:
            # A script that ends here is held up by the run, and would not say by what.
            print(f"\n{_GOES_ON.format(self.id)}", file=sys.stderr)
            raise
        if show_output:
            tail.show()
            print(f"\nExecution Summary\n=================\nRunId: {self.id}\n")
        if raise_on_error and self.get_status() == "Failed":
            error = error_of(self._brygga) or {"message": _CUT_OFF}
            raise ActivityFailedException(told(error, with_lines=not show_output), details=[error])
        return self.get_details()

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Adds tags, or changes their values."""
        with translated(UserErrorException):
            self._brygga.set_tags({key: str(value) for key, value in tags.items()})

    def remove_tags(self, tags: Any) -> None:
        """Removes tags."""
        self._brygga.remove_tags([tags] if isinstance(tags, str) else tags)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Adds properties, which stay as they are first set."""
        with translated(UserErrorException):
            self._brygga.add_properties({key: str(v) for key, v in properties.items()})

    def get_file_names(self) -> builtins.list[str]:
        """The paths of its files."""
        return [file.path for file in self._brygga.files()]

    def download_file(
        self, name: str, output_file_path: str | None = None, _validate_checksum: bool = False
    ) -> None:
        """Writes one of its files; checked against its sha256."""
        target = Path(output_file_path or Path(name).name)
        if target.is_dir():
            target /= Path(name).name
        with translated(UserErrorException):
            self._brygga.download(name, target)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: float | None = None,
    ) -> None:
        """Writes its files whose path begins so."""
        prefix = (prefix or "").removeprefix("./")
        names = [each for each in self.get_file_names() if each.startswith(prefix)]
        folder = Path(output_directory or ".")
        for number, name in enumerate(names):
            if output_paths:
                target = folder / output_paths[number]
            elif append_prefix or not prefix:
                target = folder / name
            else:
                target = folder / name.removeprefix(prefix).lstrip("/")
            self.download_file(name, str(target))

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: Sequence[tuple[str, Any]] | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: ResourceConfiguration | None = None,
        **kwargs: Any,
    ) -> Model:
        """Registers a file or folder of its own as a model that remembers this run."""
        from azureml.core.model import Model

        if kwargs:
            raise UserErrorException(f"register_model does not take {', '.join(sorted(kwargs))}.")
        wanted = PurePosixPath(model_path or model_name).as_posix()
        with downloaded(self._brygga, wanted) as path:
            return Model._register_from(
                self, str(path), model_name, tags, properties, description, datasets,
                model_framework, model_framework_version, sample_input_dataset,
                sample_output_dataset, resource_configuration,
            )  # fmt: skip

    def get_secret(self, name: str) -> str | None:
        """A secret of the workspace."""
        return self._experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: Sequence[str]) -> dict[str, str | None]:
        """Secrets of the workspace."""
        return self._experiment.workspace.get_default_keyvault().get_secrets(secrets)

    @refused
    def take_snapshot(self, file_or_folder_path: str) -> str: ...

    @refused
    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str: ...

    @refused
    def get_snapshot_id(self) -> str: ...

    def _log(self, name: str, value: Any, kind: str, step: int | None = None) -> None:
        with translated(UserErrorException):
            self._brygga.log(name, value, kind=kind, step=step)

    def _upload(self, name: str, file: Path) -> None:
        with translated(UserErrorException):
            self._brygga.upload(name, file)

    def _watch(self, outputs: str | None) -> None:
        """Makes the folders whose files are kept when it ends."""
        self._folders = {name: Path(name).absolute() for name in ("outputs", "logs")}
        if outputs is not None:
            self._folders["outputs"] = Path(outputs).absolute()
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    def _keep_outputs(self) -> None:
        there = set(self.get_file_names())
        for place, folder in self._folders.items():
            for path in sorted(folder.rglob("*")):
                name = f"{place}/{path.relative_to(folder).as_posix()}"
                if path.is_file() and name not in there:
                    self._upload(name, path)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.complete()
        else:
            self.fail(error)

    def __repr__(self) -> str:
        return (
            f"Run(Experiment: {self._experiment.name},\nId: {self.id},\nType: {self.type},\n"
            f"Status: {self.get_status()})"
        )
