"""What packages a service needs, as its author says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from brygga.arguments import checked
from brygga.environments.image_options import ImageOptions
from brygga.environments.index import IndexOptions
from brygga.environments.interpreters import calling, probed
from brygga.environments.requirements import (
    Requirements,
    read_requirement_lines,
    read_requirements_file,
)
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.markup import Preformatted, card

if TYPE_CHECKING:
    from brygga.models.pickles import Pickled

_PYTHON = re.compile(r"\d+\.\d+")


@checked
@dataclass(frozen=True)
class Environment:
    """A Python and packages, and what an image with them is built on.

    `Resolver` makes a lock of Python and packages.

    Attributes:
        python: As X.Y; None for that of the interpreter the call is made in.
        packages: PEP 508 strings, perhaps with ` --hash=sha256:...`; absolute paths of wheels and
            source folders, perhaps with `[extras]`.
        constraints: PEP 508 strings that hold for whatever is installed.
        index: Where packages come from, beyond what this machine is set to.
        name: For people.
        prereleases: Whether versions before a release may be taken.
        image: What images of it are built on, see `based_on`.
        dropped: What was asked for and is not installed, because the scoring server provides it
            or every interpreter has it.
        variables: Names and values that are set in the process of the script.
        notes: What a lock of it says once to whoever asked for it.
        installed_in: The interpreter whose installed versions are preferred; None for the calling
            one. It belongs to the call and not to the spec.
    """

    python: str | None = None
    packages: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    index: IndexOptions = field(default_factory=IndexOptions)
    name: str | None = None
    prereleases: bool = False
    image: ImageOptions = field(default_factory=ImageOptions)
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    dropped: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    installed_in: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.python is not None and not _PYTHON.fullmatch(self.python):
            raise InvalidInputError(
                f"Python {self.python!r} is not a version as X.Y.",
                code=ErrorCode.PYTHON_INVALID,
                hint="Write it as '3.11'.",
            )

    @classmethod
    def from_conda_file(cls, path: str | Path, *, name: str | None = None) -> Self:
        """Reads a conda file; its packages are taken from the package index, not from channels.

        Raises:
            InvalidInputError: it is missing, not YAML, has unknown keys, or asks for what only
                conda has.
        """
        from brygga.environments.conda import read_conda_file

        found = read_conda_file(Path(path), here=calling().minor)
        environment = cls._of(found.pip, name=name or found.name, python=found.python)
        return replace(
            environment,
            packages=tuple(dict.fromkeys((*found.packages, *environment.packages))),
            dropped=tuple(found.dropped),
            variables=found.variables,
        )

    @classmethod
    def from_requirements_file(
        cls, path: str | Path, *, python: str | None = None, name: str | None = None
    ) -> Self:
        """Reads a requirements file and the files it names.

        Raises:
            InvalidInputError: it cannot be read or used; names the file and line.
        """
        return cls._of(read_requirements_file(Path(path)), name=name, python=python)

    @classmethod
    def from_packages(
        cls,
        packages: str | Iterable[str],
        *,
        python: str | None = None,
        name: str | None = None,
        index: IndexOptions | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Takes requirements as lines of a requirements file.

        Args:
            packages: The lines.
            python: As X.Y; None for that of the interpreter the call is made in.
            name: For people.
            index: Where they come from, beyond what this machine is set to.
            folder: Where relative paths start; None for the current one.

        Raises:
            InvalidInputError: a line that cannot be used.
        """
        if isinstance(packages, str):
            packages = (packages,)
        found = read_requirement_lines(
            packages, folder=(folder or Path()).absolute(), source="packages"
        )
        environment = cls._of(found, name=name, python=python)
        if index is None:
            return environment
        return replace(environment, index=index.over(environment.index))

    @classmethod
    def from_script(
        cls,
        path: str | Path,
        source_directory: str | Path | None = None,
        *,
        models: Sequence[Pickled] = (),
        installed_in: Path | None = None,
        name: str | None = None,
    ) -> Self:
        """Takes what a script imports, at the versions that are installed.

        What the script reaches in `source_directory` counts as well, and so do imports inside
        functions, and the modules that its pickled models name.

        Args:
            path: The script; relative to `source_directory` where there is one.
            source_directory: Holds the script's own modules.
            models: What it unpickles, as `workspace.models.pickled` reads it.
            installed_in: The interpreter whose versions are taken; the calling one if None.

        Raises:
            ScriptError: a file that is missing or is not Python.
            InvalidInputError: an import that comes from nothing that is installed.
        """
        from brygga.environments.imports import reached_by
        from brygga.environments.script_packages import packages_of

        source = None if source_directory is None else Path(source_directory).absolute()
        script = (source or Path()) / path
        if source is not None and not script.is_file() and Path(path).is_file():
            script = Path(path)
        modules = [module for each in models for module in each.modules]
        reached = reached_by(script.absolute(), source, modules=modules)
        needed = packages_of(reached, models, installed_in)
        found = read_requirement_lines(needed.packages, folder=Path.cwd(), source=str(script))
        python = None if installed_in is None else probed(installed_in)[0].minor
        environment = cls._of(found, name=name, python=python)
        notes = (*environment.notes, *needed.notes)
        return replace(environment, installed_in=installed_in, notes=notes)

    def based_on(
        self,
        base_image: str | None = None,
        *,
        dockerfile: Path | str | None = None,
        extra_steps: Path | str | None = None,
    ) -> Self:
        """The same with what its images are built on; without arguments, on the default.

        Targets that run no images take no notice of a base image, and refuse a Dockerfile and
        steps. What a call says (`deploy`, `images.create`) takes the place of what is said here.

        Args:
            base_image: Another base image than the default one.
            dockerfile: Makes the base image: a `Path` of the file, or of a folder that has one with
                what it copies; or the text itself. A folder is not kept by `register`.
            extra_steps: Lines of a Dockerfile, run as root after the packages are in: a `Path`,
                or the text itself.

        Raises:
            InvalidInputError: both a base image and a Dockerfile, or text that cannot be used.
        """
        return replace(self, image=ImageOptions.read(base_image, dockerfile, extra_steps))

    def preferring(self, installed_in: Path | None) -> Self:
        """The same with the versions of another interpreter preferred."""
        return replace(self, installed_in=installed_in)

    def _repr_html_(self) -> str:
        return card(f"Environment {self.name or ''}".rstrip(), facts_of(self))

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; never with a credential."""
        values: dict[str, Any] = {
            "version": 1,
            "name": self.name,
            "python": self.python,
            "packages": list(self.packages),
            "constraints": list(self.constraints),
            "index": self.index.to_dict(),
            "prereleases": self.prereleases,
            "image": self.image.to_dict(),
            "variables": dict(self.variables),
            "dropped": list(self.dropped),
        }
        return {key: value for key, value in values.items() if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        return cls(
            python=data.get("python"),
            packages=tuple(data.get("packages", ())),
            constraints=tuple(data.get("constraints", ())),
            index=IndexOptions.from_dict(data.get("index", {})),
            name=data.get("name"),
            prereleases=bool(data.get("prereleases", False)),
            image=ImageOptions.from_dict(data.get("image", {})),
            variables=dict(data.get("variables", {})),
            dropped=tuple(data.get("dropped", ())),
        )

    @classmethod
    def _of(cls, found: Requirements, *, name: str | None, python: str | None) -> Self:
        return cls(
            python=python,
            packages=tuple(dict.fromkeys(found.packages)),
            constraints=tuple(dict.fromkeys(found.constraints)),
            index=found.index,
            name=name,
            prereleases=found.prereleases,
            notes=tuple(dict.fromkeys(found.notes)),
            dropped=tuple(found.dropped),
        )


def facts_of(environment: Environment) -> dict[str, object]:
    """What notebooks show of it; of variables the names only."""
    index = environment.index.to_dict()
    return {
        "python": environment.python or "that of the caller",
        "packages": environment.packages or ("none",),
        "constraints": environment.constraints,
        "index": [f"{name}: {value}" for name, value in index.items()],
        "base image": environment.image.base_image,
        "Dockerfile": environment.image.folder or Preformatted(environment.image.dockerfile or ""),
        "extra steps": Preformatted(environment.image.extra_steps),
        "variables": [*environment.variables],
        "left out": environment.dropped,
        "notes": environment.notes,
    }
