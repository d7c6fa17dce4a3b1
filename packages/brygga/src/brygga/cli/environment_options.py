"""The options that say which packages a script gets."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brygga.cli.option_groups import option_group

if TYPE_CHECKING:
    from brygga.cli.script_options import ScriptOptions
    from brygga.environments import Environment
    from brygga.workspace import Workspace

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class EnvironmentOptions:
    """Where the packages come from, as it was given on the command line."""

    registered: str | None
    conda: Path | None
    requirements: Path | None
    packages: tuple[str, ...]
    python: Path | None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.registered, self.conda, self.requirements, self.packages))) > 1:
            raise click.UsageError(
                "--environment, --conda, --requirements and --package exclude each other: "
                "use one of them."
            )

    @property
    def given(self) -> bool:
        """Whether anything was said of the packages."""
        return bool(self.registered or self.conda or self.requirements or self.packages)

    def environment(self, workspace: Workspace) -> Environment | None:
        """The environment that was asked for; None where none of the options was given."""
        from brygga.project import EnvironmentSource

        source = EnvironmentSource(self.registered, self.conda, self.requirements, self.packages)
        asked = source.read(workspace.environments.registered)
        return None if asked is None else asked.preferring(self._installed_in())

    def environment_for(self, workspace: Workspace, script: ScriptOptions) -> Environment:
        """The environment that was asked for, or else what script and models need."""
        from brygga.environments import Environment

        asked = self.environment(workspace)
        if asked is not None:
            return asked
        pickled = workspace.models.pickled(script.models)
        return Environment.from_script(
            script.script, script.source_dir, models=pickled, installed_in=self._installed_in()
        )

    def completed(self, workspace: Workspace, keywords: dict[str, Any]) -> dict[str, Any]:
        """Keywords of a deployment, with the packages of its script where they name none."""
        from brygga.project import packages_of_script

        asked = keywords.get("environment")
        if asked is not None:
            return {**keywords, "environment": asked.preferring(self._installed_in())}
        found = packages_of_script(keywords, workspace.models, installed_in=self._installed_in())
        return keywords if found is None else {**keywords, "environment": found}

    def _installed_in(self) -> Path | None:
        """The interpreter people mean by "here"; None where that is the one that runs this."""
        active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
        if self.python is not None:
            return self.python.absolute()
        if not active or Path(active) == Path(sys.prefix):
            return None
        python = Path(active) / "bin/python"
        return python if python.exists() else None


_OPTIONS = (
    click.option(
        "--environment",
        "registered",
        metavar="NAME[:VERSION]",
        help="The packages: a registered environment.",
    ),
    click.option("--conda", type=_FILE, help="The packages: a conda file."),
    click.option("--requirements", type=_FILE, help="The packages: a requirements file."),
    click.option(
        "--package", "packages", multiple=True, help="The packages: one of them. May be repeated."
    ),
    click.option(
        "--python",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="The interpreter whose installed versions are preferred; that of the active virtual "
        "environment unless given.",
    ),
)


def environment_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `packages`, an `EnvironmentOptions`."""
    return option_group(command, "packages", EnvironmentOptions, _OPTIONS)
