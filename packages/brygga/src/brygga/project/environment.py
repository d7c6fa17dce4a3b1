"""Where the packages of a service come from, as a project file or a command says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from brygga.environments import Environment

Registered = Callable[[str], Environment]
"""The registered environment of that name."""


@dataclass(frozen=True)
class EnvironmentSource:
    """One of four places that packages come from.

    Attributes:
        registered: `name` or `name:version`.
        packages: As lines of a requirements file.
        python: As X.Y; None for that of the source, or the one here.
        folder: Where relative paths among the packages start.
    """

    registered: str | None = None
    conda_file: Path | None = None
    requirements_file: Path | None = None
    packages: tuple[str, ...] = ()
    python: str | None = None
    folder: Path = Path()

    @classmethod
    def of_table(cls, table: Mapping[str, object], folder: Path) -> EnvironmentSource:
        """Reads the table `environment` of a project file."""

        def path(name: str) -> Path | None:
            return folder / str(table[name]) if name in table else None

        packages = table.get("packages", [])
        assert isinstance(packages, list)
        registered, python = table.get("registered"), table.get("python")
        return cls(
            registered=None if registered is None else str(registered),
            conda_file=path("conda_file"),
            requirements_file=path("requirements_file"),
            packages=tuple(packages),
            python=None if python is None else str(python),
            folder=folder,
        )

    @property
    def named(self) -> tuple[str, ...]:
        """Which of the places are named; there may be one."""
        names = ("registered", "conda_file", "requirements_file", "packages")
        return tuple(name for name in names if getattr(self, name))

    def read(self, registered: Registered) -> Environment | None:
        """The environment; None where none of the places is named.

        Raises:
            InvalidInputError: a file or a package that cannot be used.
        """
        if self.registered:
            found = registered(self.registered)
        elif self.conda_file:
            found = Environment.from_conda_file(self.conda_file)
        elif self.requirements_file:
            found = Environment.from_requirements_file(self.requirements_file)
        elif self.packages:
            found = Environment.from_packages(self.packages, folder=self.folder)
        else:
            return None
        return found if self.python is None else replace(found, python=self.python)
