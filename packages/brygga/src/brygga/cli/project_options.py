"""The options that say which services of a project file are meant, and for which stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.option_groups import option_group

if TYPE_CHECKING:
    from brygga.project import DescribedService
    from brygga.workspace import Workspace


@dataclass(frozen=True)
class ProjectOptions:
    """What was given on the command line."""

    file: Path | None
    stage: str | None
    everything: bool

    def services(
        self, workspace: Workspace, name: str | None, target: str | None
    ) -> Iterator[DescribedService]:
        """The services that are meant; none where NAME is one that no project file speaks of.

        Raises:
            UsageError: `--all` and a name.
            NotFoundError: no file, or it has no such service or stage.
        """
        from brygga.project import Project

        if self.everything and name is not None:
            raise click.UsageError("NAME and --all exclude each other.")
        must_be = name is None or self.file is not None or self.stage is not None
        project = Project.get(self.file) if must_be else Project.find()
        if project is None or not (must_be or name in project.names):
            return
        for each in project.names if self.everything else (name,):
            yield project.service(
                each, stage=self.stage, target=target, runs_on=workspace.services.target_of
            )

    def told(self) -> str:
        """Which services the project file here has, as `brygga.toml has a, b`; empty without."""
        from brygga.project import Project
        from brygga.project.document import shown

        project = Project.find() if self.file is None else Project.read(self.file)
        return "" if project is None else f"{shown(project.file)} has: {', '.join(project.names)}"


file_option = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The project file, or a pyproject.toml with [tool.brygga].  [default: brygga.toml of "
    "this folder, or of one above it in the repository]",
)
stage_option = click.option("--stage", help="Let what the project file says of this stage hold.")
_all_option = click.option(
    "--all", "everything", is_flag=True, help="Deploy each service of the project file."
)


def project_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `project`, a `ProjectOptions`."""
    options = (file_option, stage_option, _all_option)
    return option_group(command, "project", ProjectOptions, options)
