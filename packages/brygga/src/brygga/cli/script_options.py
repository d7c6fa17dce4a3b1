"""The options that say what is served; `deploy` and `test` take the same ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.completion import complete_model
from brygga.cli.key_values import as_dict, pair
from brygga.cli.option_groups import option_group

if TYPE_CHECKING:
    from brygga.models import Model
    from brygga.workspace import Workspace

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class ScriptOptions:
    """What is served, as it was given on the command line."""

    models: tuple[str, ...]
    entry_script: Path | None
    source_dir: Path | None
    environment_variables: tuple[tuple[str, str], ...]

    @property
    def script(self) -> Path:
        """The entry script.

        Raises:
            UsageError: it was not given.
        """
        if self.entry_script is None:
            raise click.UsageError("Missing option '--entry-script'.")
        return self.entry_script

    @property
    def given(self) -> bool:
        """Whether anything was said of what is served."""
        return bool(self.models or self.entry_script or self.source_dir)

    def find_models(self, workspace: Workspace) -> list[Model]:
        """The registered models, in the order they were given.

        Raises:
            NotFoundError: one is not registered.
        """
        return [workspace.models.get(reference) for reference in self.models]

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables the script gets."""
        return as_dict(self.environment_variables)


_OPTIONS = (
    click.option(
        "--model",
        "models",
        multiple=True,
        metavar="NAME[:VERSION]",
        shell_complete=complete_model,
        help="A registered model; the latest version unless one is named. May be repeated.",
    ),
    click.option(
        "--entry-script",
        type=_FILE,
        help="The script with init() and run(); relative to the source folder where one is given.",
    ),
    click.option("--source-dir", type=_FILE, help="A folder whose content goes along."),
    click.option(
        "--env",
        "environment_variables",
        multiple=True,
        callback=pair,
        metavar="K=V",
        help="An environment variable of the script. May be repeated.",
    ),
)


def script_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `script`, a `ScriptOptions`."""
    return option_group(command, "script", ScriptOptions, _OPTIONS)
