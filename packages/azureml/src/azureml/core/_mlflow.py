"""What MLflow wrote into a workspace's folder of its own becomes runs and models of it."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import brygga
    from azureml.core.workspace import Workspace
    from brygga.runs.mlflow_store import MlflowRun, MlflowStore

_KIND = "mlflow"
_SOURCE = "mlflow.version"
"""The property of a model that says which of MLflow's versions it is."""


def tracking_uri(workspace: Workspace) -> str:
    """Where MLflow writes to; in the process of a script that is its run."""
    from brygga.runs.mlflow_store import ALLOWED, VARIABLE

    if "BRYGGA_RUN_JOURNAL" in os.environ:
        return os.environ[VARIABLE]
    # MLflow asks for it in the process that uses it, which is the one that calls this.
    os.environ.setdefault(ALLOWED, "true")
    return _store(workspace).uri


def registry_uri(workspace: Workspace) -> str:
    """Where MLflow registers models, from scripts as well."""
    return _store(workspace).uri


def take_in(workspace: Workspace) -> None:
    """Makes runs and models of what was written since; quick where nothing ever was."""
    store = _store(workspace)
    if not store.folder.is_dir():
        return
    for found in store.runs(lambda run: _has_ended(workspace._brygga, run)):
        _take_run(workspace._brygga, found)
    _take_versions(workspace, store)


def _store(workspace: Workspace) -> MlflowStore:
    from brygga.runs.mlflow_store import MlflowStore

    return MlflowStore(workspace._brygga.data_folder / "mlruns")


def _has_ended(workspace: brygga.Workspace, run: str) -> bool:
    from brygga.errors import NotFoundError

    try:
        return workspace.runs.get(run).status.is_final
    except NotFoundError:
        return False


def _take_run(workspace: brygga.Workspace, found: MlflowRun) -> None:
    from brygga.errors import NotFoundError
    from brygga.runs import RunStatus, mlflow_store

    try:
        run = workspace.runs.get(found.id)
    except NotFoundError:
        run = workspace.runs.start(
            re.sub(r"[^\w-]", "_", found.experiment, flags=re.ASCII),
            run_id=found.id,
            parent=found.parent,
            kind=_KIND,
            display_name=found.name,
        )
    mlflow_store.take_in(run, found)
    if found.status is not None:
        run.finish(RunStatus(found.status))


def _take_versions(workspace: Workspace, store: MlflowStore) -> None:
    from azureml.core.model import Model
    from brygga.errors import NotFoundError

    models = workspace._brygga.models
    for version in store.versions():
        source = f"{version.model}/{version.version}"
        if models.list(version.model, properties=[f"{_SOURCE}={source}"]):
            continue
        properties = {_SOURCE: source}
        with contextlib.suppress(NotFoundError):  # it was written by a run of somewhere else
            run = workspace._brygga.runs.get(_run_of(workspace, version.place) or version.run or "")
            properties |= Model._from_run(run.id, run.experiment)
        models.register(version.model, version.place, properties=properties)


def _run_of(workspace: Workspace, place: Path) -> str | None:
    """The run whose script wrote it, where it lies in the folder of one."""
    for parent in place.parents:
        if parent.name == "mlruns" and parent != _store(workspace).folder:
            return parent.parent.name
    return None
