"""`Experiment`: runs that belong together."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml._support.filters import as_pairs, fits
from azureml._support.gate import checked, refused
from azureml.core._mlflow import take_in
from azureml.core.run import Run
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["Experiment", "ViewType"]


class ViewType:
    """Which experiments a listing shows."""

    ActiveOnly = "ActiveOnly"
    All = "All"
    ArchivedOnly = "ArchivedOnly"


class Experiment:
    """An experiment of a workspace; made where there is none of that name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        _skip_name_validation: bool = False,
        _id: str | None = None,
        _archived_time: datetime | None = None,
        _create_in_cloud: bool = True,
        _experiment_dto: object = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise UserErrorException(f"Experiment does not take {', '.join(sorted(kwargs))}.")
        self._workspace = workspace
        with translated(UserErrorException):
            self._found = workspace._brygga.runs.experiment(name)

    @checked
    def start_logging(self, *args: Any, **kwargs: Any) -> Run:
        """Begins a run that this process logs to."""
        unknown = set(kwargs) - {"display_name", "snapshot_directory", "outputs"}
        if args or unknown:
            raise UserErrorException(
                f"start_logging does not take {', '.join([*map(repr, args), *sorted(unknown)])}."
            )
        with translated(UserErrorException):
            made = self._workspace._brygga.runs.start(
                self.name, display_name=kwargs.get("display_name") or ""
            )
        run = Run(self, made.id)
        run._watch(kwargs.get("outputs"))
        return run

    def submit(self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any) -> Run:
        """Runs a script, or what else can be run, on this machine."""
        from azureml.core._submission import submit

        return submit(self, config, tags, **kwargs)

    def get_runs(
        self,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """Its runs that fit all filters, newest first."""
        return Run.list(self, type, tags, properties, None, include_children)

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: str | None = None,
        view_type: str = ViewType.ActiveOnly,
        tags: Any = None,
    ) -> builtins.list[Experiment]:
        """The experiments that fit all filters."""
        found = []
        take_in(workspace)
        for each in workspace._brygga.runs.experiments():
            shown = view_type == ViewType.All or (
                (each.archived_at is not None) == (view_type == ViewType.ArchivedOnly)
            )
            if shown and experiment_name in (None, each.name) and fits(as_pairs(tags), each.tags):
                found.append(Experiment(workspace, each.name))
        return found

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Removes an experiment and its runs."""
        for each in workspace._brygga.runs.experiments():
            if each.id == experiment_id:
                workspace._brygga.runs.delete_experiment(each.name)
                return
        raise UserErrorException(f"There is no experiment with the id {experiment_id}.")

    @staticmethod
    @refused
    def from_directory(path: str, auth: object = None) -> Experiment: ...

    def archive(self) -> None:
        """Hides it from listings."""
        self._workspace._brygga.runs.archive_experiment(self.name)
        self.refresh()

    @checked
    def reactivate(self, new_name: str | None = None) -> None:
        """Shows it in listings again."""
        self._workspace._brygga.runs.archive_experiment(self.name, archived=False)
        self.refresh()

    def tag(self, key: str, value: str | None = None) -> None:
        """Adds a tag."""
        self.set_tags({key: "" if value is None else str(value)})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Adds tags, or changes their values."""
        texts = {key: str(value) for key, value in tags.items()}
        self._workspace._brygga.runs.tag_experiment(self.name, {**self.tags, **texts})
        self.refresh()

    def remove_tags(self, tags: Any) -> None:
        """Removes tags."""
        gone = {tags} if isinstance(tags, str) else set(tags)
        kept = {k: v for k, v in self.tags.items() if k not in gone}
        self._workspace._brygga.runs.tag_experiment(self.name, kept)
        self.refresh()

    def refresh(self) -> None:
        """Reads it again."""
        self._found = self._workspace._brygga.runs.experiment(self._found.name)

    @property
    def workspace(self) -> Workspace:
        """Its workspace."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """The older name of `workspace`."""
        return self._workspace

    @property
    def name(self) -> str:
        """Its name."""
        return self._found.name

    @property
    def id(self) -> str:
        """Its id."""
        return self._found.id

    @property
    def archived_time(self) -> datetime | None:
        """When it was hidden."""
        return self._found.archived_at

    @property
    def tags(self) -> dict[str, str]:
        """Names and values."""
        return dict(self._found.tags)

    def get_portal_url(self) -> str:
        """The workspace's folder, as an address: there is no portal."""
        return self._workspace._brygga.data_folder.as_uri()

    @classmethod
    def get_docs_url(cls) -> str:
        """Where runs are explained."""
        return "docs/migrate-from-azureml-v1.md"

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self._workspace.name})"
