"""The experiments of a workspace, and their runs."""

from __future__ import annotations

import builtins
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brygga.arguments import checked
from brygga.errors import InvalidNameError, NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.markup import ShownList
from brygga.names import check_pairs
from brygga.operations import (
    SILENT,
    OperationCollection,
    OperationKind,
    ProgressLike,
    Subject,
    SubjectKind,
)
from brygga.runs.automl.spec import LESS_IS_BETTER, AutoMLSpec
from brygga.runs.run import Run, RunStatus
from brygga.runs.script import Prepare, ScriptSpec, run_script
from brygga.runs.search.course import SearchSpec
from brygga.runs.search.driver import begin_search
from brygga.runs.search.goal import Goal
from brygga.runs.search.space import Parameters
from brygga.runs.sequence import SequenceStep, begin_sequence
from brygga.store.blobs import BlobStore
from brygga.store.files import make_folder, scratch_folder
from brygga.store.rows import ExperimentRow, NewRun
from brygga.store.run_rows import RunRows

if TYPE_CHECKING:
    import pandas as pd

    from brygga.runs.automl.flaml import ChosenModel

_NAME = re.compile(r"[a-zA-Z0-9][\w-]{0,254}", re.ASCII)
_RULE = (
    "It has at most 255 letters, digits, dashes and underscores, and begins with a letter or digit."
)


@dataclass(frozen=True)
class Experiment:
    """Runs that belong together."""

    name: str
    id: str
    tags: Mapping[str, str]
    archived_at: datetime | None


@checked
class RunCollection:
    """Starts, finds and lists runs: `workspace.runs`."""

    def __init__(
        self,
        rows: RunRows,
        blobs: BlobStore,
        folder: Path,
        prepare: Prepare,
        operations: OperationCollection,
    ) -> None:
        """Nothing is read yet.

        Args:
            folder: Where scripts run.
            prepare: From an environment to what was realised of it.
        """
        self._rows = rows
        self._blobs = blobs
        self._folder = folder
        self._prepare = prepare
        self._operations = operations

    def start(
        self,
        experiment: str,
        *,
        run_id: str | None = None,
        parent: str | None = None,
        kind: str = "interactive",
        status: RunStatus = RunStatus.RUNNING,
        display_name: str = "",
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Run:
        """Begins a run of an experiment, which is made where there is none of that name.

        Raises:
            InvalidNameError: a name that breaks the rule for experiments.
        """
        self.experiment(experiment)
        row = self._rows.add(
            NewRun(
                id=run_id or str(uuid.uuid4()),
                experiment=experiment,
                parent=parent,
                kind=kind,
                status=status,
                display_name=display_name,
                tags=check_pairs("tag", tags or {}),
                properties=check_pairs("property", properties or {}),
                details=details or {},
            )
        )
        return self._run(row.id)

    def submit(
        self,
        experiment: str,
        spec: ScriptSpec,
        *,
        run_id: str | None = None,
        kind: str = "script",
        tags: Mapping[str, str] | None = None,
        parent: str | None = None,
        details: Mapping[str, Any] | None = None,
        progress: ProgressLike = None,
    ) -> Run:
        """Runs a script as a run of an experiment; it goes on when this returns.

        Args:
            progress: Hears of each phase, from another thread; see `Progress`.

        Raises:
            InvalidInputError: there is no such script.
        """
        spec.check()
        run = self.start(
            experiment,
            run_id=run_id,
            kind=kind,
            status=RunStatus.PREPARING,
            tags=tags,
            parent=parent,
            details=details,
        )
        make_folder(run.folder)
        subject = Subject(SubjectKind.RUN, run.id)
        with self._operations.begin(OperationKind.RUN, subject, progress) as operation:
            run_script(run, spec, self._prepare, operation)
        return run

    def search(
        self,
        experiment: str,
        search: SearchSpec,
        script: ScriptSpec,
        *,
        run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        parent: str | None = None,
        details: Mapping[str, Any] | None = None,
        part_details: Callable[[Parameters], Mapping[str, Any]] | None = None,
        progress: ProgressLike = None,
    ) -> Run:
        """Runs a script many times, each with other parameters; it goes on when this returns.

        Each of those is a run whose parent is the one that is returned, and has the parameters in
        its details, under `parameters`.

        Args:
            part_details: What else is to be in those details.

        Raises:
            InvalidInputError: there is no such script.
        """
        script.check()
        run = self.start(
            experiment,
            run_id=run_id or f"HD_{uuid.uuid4()}",
            kind="hyperdrive",
            tags=tags,
            parent=parent,
            details={
                **(details or {}),
                "search": {"metric": search.metric, "goal": search.goal},
            },
        )
        make_folder(run.folder)
        subject = Subject(SubjectKind.RUN, run.id)

        def begin(name: str, part: ScriptSpec, parameters: Parameters) -> Run:
            return self.submit(
                experiment,
                part,
                run_id=name,
                parent=run.id,
                tags={"hyperparameters": json.dumps(parameters)},
                details={
                    **(part_details(parameters) if part_details else {}),
                    "parameters": dict(parameters),
                },
                progress=SILENT,  # the search is what is shown
            )

        with self._operations.begin(OperationKind.RUN, subject, progress) as operation:
            begin_search(run, search, script, begin, operation)
        return run

    def sequence(
        self,
        experiment: str,
        steps: Sequence[SequenceStep],
        *,
        run_id: str | None = None,
        parent: str | None = None,
        tags: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
        goes_on: bool = False,
        progress: ProgressLike = None,
    ) -> Run:
        """Runs scripts one after another; it goes on when this returns.

        Each of those is a run whose parent is the one that is returned.

        Args:
            goes_on: Whether steps that do not wait for one that failed run all the same.

        Raises:
            InvalidInputError: a script is not there, or a step waits for a later one.
        """
        for number, step in enumerate(steps):
            step.check(number)
        run = self.start(
            experiment,
            run_id=run_id,
            parent=parent,
            kind="pipeline",
            status=RunStatus.PREPARING,
            tags=tags,
            details=details,
        )
        make_folder(run.folder)
        subject = Subject(SubjectKind.RUN, run.id)

        def begin(step: SequenceStep) -> Run:
            made = self.submit(
                experiment,
                step.script,
                parent=run.id,
                details=step.details,
                progress=SILENT,  # the sequence is what is shown
            )
            made.change(display_name=step.name)
            return made

        with self._operations.begin(OperationKind.RUN, subject, progress) as operation:
            begin_sequence(run, steps, begin, operation, goes_on=goes_on)
        return run

    def choose(
        self,
        experiment: str,
        spec: AutoMLSpec,
        data: pd.DataFrame,
        validation: pd.DataFrame | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        parent: str | None = None,
        details: Mapping[str, Any] | None = None,
        progress: ProgressLike = None,
    ) -> Run:
        """Chooses an algorithm for a table, with FLAML; it goes on when this returns.

        Each model that was tried is a part of the run that is returned; the best has the files of
        `outputs/`, and its id is the run's property `best_child`.
        """
        from brygga.runs.automl.flaml import write_script

        goal = Goal.MINIMIZE if spec.metric in LESS_IS_BETTER else Goal.MAXIMIZE
        with scratch_folder() as folder:
            return self.submit(
                experiment,
                write_script(folder, spec, data, validation),
                run_id=f"AutoML_{uuid.uuid4()}",
                kind="automl",
                tags=tags,
                parent=parent,
                details={**(details or {}), "search": {"metric": spec.metric, "goal": goal}},
                progress=progress,
            )

    def chosen(self, run_id: str) -> ChosenModel:
        """The model that was chosen, of the run or of its best part."""
        from brygga.runs.automl.flaml import ChosenModel

        return ChosenModel(self.get(run_id), self._prepare)

    def get(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            NotFoundError: there is none.
        """
        if self._rows.find(run_id) is None:
            raise NotFoundError(
                "run", run_id, hint=Hint.of("Look for it in {}.", Action(Verb.LIST_RUNS))
            )
        return self._run(run_id)

    def list(self, experiment: str | None = None, *, parent: str | None = None) -> list[Run]:
        """Runs, newest first.

        Args:
            parent: Only the parts of that run.
        """
        rows = self._rows.list(experiment, parent)
        return ShownList((self._run(row.id) for row in rows), _shown)

    def _run(self, run_id: str) -> Run:
        return Run(run_id, self._rows, self._blobs, self._folder / run_id)

    def experiment(self, name: str) -> Experiment:
        """The experiment of that name; made where there is none.

        Raises:
            InvalidNameError: a name that breaks the rule.
        """
        if not _NAME.fullmatch(name):
            raise InvalidNameError("experiment", name, _RULE)
        return _experiment(self._rows.experiment(name, str(uuid.uuid4())))

    def experiments(self) -> builtins.list[Experiment]:
        """All experiments, by name."""
        return [_experiment(row) for row in self._rows.experiments()]

    def tag_experiment(self, name: str, tags: Mapping[str, str]) -> None:
        """Replaces the tags of an experiment."""
        self._rows.change_experiment(name, tags=check_pairs("tag", tags))

    def archive_experiment(self, name: str, *, archived: bool = True) -> None:
        """Hides an experiment from listings, or shows it again."""
        at = datetime.now(UTC) if archived else None
        self._rows.change_experiment(name, archived_at=at)

    def delete_experiment(self, name: str) -> None:
        """Removes an experiment and its runs for good; idempotent."""
        self._rows.delete_experiment(name)


def _experiment(row: ExperimentRow) -> Experiment:
    return Experiment(row.name, row.id, row.tags, row.archived_at)


def _shown(found: Sequence[Run]) -> Sequence[Mapping[str, object]]:
    return [
        {
            "run": each.id,
            "experiment": each.experiment,
            "status": each.status.value,
            "began": each.row.created_at,
            "ended": each.row.ended_at,
            "tags": each.row.tags,
        }
        for each in found
    ]
