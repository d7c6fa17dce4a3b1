"""What a project file names and is not there, so that a deployment would stop at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from brygga.errors import BryggaError, NotFoundError
from brygga.images.code import check_script

if TYPE_CHECKING:
    from brygga.project import DescribedService, Project
    from brygga.workspace import Workspace


@dataclass(frozen=True)
class Gap:
    """Something that is named and not there.

    Attributes:
        here: It is only this machine or workspace that lacks it; the file may be good elsewhere.
        hint: What to do, where the sentence does not say it.
    """

    service: str
    sentence: str
    hint: str = ""
    here: bool = False


def gaps(project: Project, workspace: Workspace, stage: str | None) -> Iterator[Gap]:
    """Looks at all services of a file, and goes on after each."""
    for name in project.names:
        try:
            described = project.service(name, stage=stage, runs_on=workspace.services.target_of)
        except BryggaError as error:  # a variable that is not set, a file of packages
            yield Gap(name, error.message, error.hint)
            continue
        for sentence in _of_files(described):
            yield Gap(name, sentence, f"Relative paths start at {described.folder}.")
        yield from _here(described, workspace)


def _of_files(described: DescribedService) -> Iterator[str]:
    values, folder = described.values, described.folder
    source = values.get("source_directory")
    if source is not None and not (folder / source).is_dir():
        yield f"There is no folder {source!r} (source_directory)."
    elif "entry_script" in values:
        try:
            described.check_entry_script()
            check_script((folder if source is None else folder / source) / values["entry_script"])
        except BryggaError as error:
            yield error.message
    named = [("dependencies", each) for each in values.get("dependencies", ())]
    named += [("models", each["path"]) for each in values.get("models", ()) if _is_path(each)]
    for key, place in named:
        if not (folder / place).exists():
            yield f"There is no {place!r} ({key})."


def _here(described: DescribedService, workspace: Workspace) -> Iterator[Gap]:
    """What is not of the project itself."""
    name, values = described.name, described.values
    try:
        for each in values.get("models", ()):
            if not _is_path(each):
                yield from _unless(name, partial(workspace.models.get, each))
        if "image" in values:
            yield from _unless(name, lambda: workspace.images.get(values["image"]))
        registered = described.environment.registered
        if registered is not None:
            yield from _unless(name, lambda: workspace.environments.registered(registered))
        target, usable = described.target, workspace.services.targets()
        if target is not None and target not in usable:
            told = f"The target {target!r} cannot be used here."
            yield Gap(name, told, f"There are: {', '.join(usable)}.", here=True)
        known = workspace.services.find(name)
        kept = () if known is None else known.spec.secrets
        for secret, value in (described.secrets or {}).items():
            if value is None and secret not in kept:
                told = f"The secret {secret} has no value."
                yield Gap(name, told, f"Set the variable {secret} where you deploy.", here=True)
    except BryggaError as error:  # the workspace cannot be read
        yield Gap(name, error.message, error.hint, here=True)


def _unless(service: str, find: Callable[[], object]) -> Iterator[Gap]:
    try:
        find()
    except NotFoundError as error:
        yield Gap(service, error.message, error.hint, here=True)


def _is_path(model: object) -> bool:
    return not isinstance(model, str)
