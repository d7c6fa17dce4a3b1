"""The options that say which packages a script gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brygga.cli.collected import collected

if TYPE_CHECKING:
    from brygga.environments import Environment

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class EnvironmentOptions:
    """Where the packages come from, as it was given on the command line."""

    conda: Path | None
    requirements: Path | None
    packages: tuple[str, ...]
    python: Path | None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.conda, self.requirements, self.packages))) > 1:
            raise click.UsageError(
                "--conda, --requirements and --package exclude each other: use one of them."
            )

    def environment(self) -> Environment | None:
        """The environment that was asked for; None where none of the options was given."""
        from brygga.environments import Environment

        if self.conda:
            return Environment.from_conda_file(self.conda)
        if self.requirements:
            return Environment.from_requirements_file(self.requirements)
        if self.packages:
            return Environment.from_packages(self.packages)
        return None


_OPTIONS = (
    click.option("--conda", type=_FILE, help="The packages: a conda file."),
    click.option("--requirements", type=_FILE, help="The packages: a requirements file."),
    click.option(
        "--package", "packages", multiple=True, help="The packages: one of them. May be repeated."
    ),
    click.option(
        "--python",
        type=_FILE,
        help="The interpreter whose installed versions are preferred; that of the active virtual "
        "environment unless given.",
    ),
)


def environment_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as `packages`, an `EnvironmentOptions`."""
    return collected(command, "packages", EnvironmentOptions, _OPTIONS)
