"""A service as a project file describes it for one deployment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.environments import Environment
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.models import ModelCollection
from brygga.project.document import shown
from brygga.project.environment import EnvironmentSource, Registered

_OF_FILES = frozenset({"dockerfile", "extra_steps"})
_INGREDIENTS = frozenset(
    {"entry_script", "source_directory", "dependencies", "models", "base_image", *_OF_FILES}
)
_AS_THEY_ARE = (
    "entry_script", "source_directory", "dependencies", "image", "target", "description", "tags",
)  # fmt: skip
_TESTED = (
    "entry_script", "models", "source_directory", "dependencies", "environment", "folder",
    "profile",
)  # fmt: skip
_PARTS_OF_TLS = ("certificate", "key")


@dataclass(frozen=True)
class DescribedService:
    """What a project file says of one service, its overlays and variables applied.

    Attributes:
        name: Of the service.
        folder: That of the file: relative paths start there.
        values: As the file has them: keys of the service, and its tables.
        secrets: Their values; None goes on with the one that the service has.
        script_aside: The line on which the file has an entry script as a comment, as an exported
            one does; None where it has none.
        script_line: The line that names the entry script; None where none does.
    """

    name: str
    file: Path
    folder: Path
    values: Mapping[str, Any]
    secrets: Mapping[str, str | None] | None
    script_aside: int | None = None
    script_line: int | None = None

    @property
    def target(self) -> str | None:
        """What is to run it; None where the file does not say."""
        found = self.values.get("target")
        return None if found is None else str(found)

    @property
    def sample_input(self) -> Path | None:
        """A file with an input."""
        found = self.values.get("sample_input")
        return None if found is None else self.folder / str(found)

    @property
    def environment(self) -> EnvironmentSource:
        """Where its packages come from."""
        return EnvironmentSource.of_table(self.values.get("environment", {}), self.folder)

    def keywords(self, registered: Registered, over: Mapping[str, Any]) -> dict[str, Any]:
        """What `ServiceCollection.deploy` takes, by its keywords; what is not said is left out.

        Args:
            registered: Finds a registered environment.
            over: Keywords that win over what the file says; None is not said. Their paths start
                in the current folder. Tables of texts are joined.

        Raises:
            InvalidInputError: a file or package that cannot be used.
        """
        said = {name: value for name, value in over.items() if value is not None}
        found = {"folder": self.folder, **self._own()}
        for name in _replaced_by(said):
            found.pop(name, None)
        if "entry_script" in found and not {"entry_script", "source_directory"} & set(said):
            self.check_entry_script()
        if not {"environment", "image"} & set(said):
            found["environment"] = self.environment.read(registered)
        for name, value in said.items():
            old = found.get(name)
            joined = isinstance(old, dict) and isinstance(value, Mapping)
            found[name] = {**old, **value} if joined else value  # type: ignore[dict-item]
        if "source_directory" in said:
            found["source_directory"] = Path(said["source_directory"]).absolute()
        if "entry_script" in said and "source_directory" not in found:
            found["entry_script"] = Path(said["entry_script"]).absolute()
        if "dependencies" in said:
            found["dependencies"] = [Path(each).absolute() for each in said["dependencies"]]
        return {name: value for name, value in found.items() if value is not None}

    def check_entry_script(self) -> None:
        """Makes sure that the entry script is there which the file names.

        Raises:
            InvalidInputError: it is not; names the line.
        """
        path = self.folder / str(self.values.get("source_directory") or "")
        script = str(self.values["entry_script"])
        if not (path / script).is_file():
            raise InvalidInputError(
                f"{shown(self.file)}, line {self.script_line}: there is no entry script "
                f"{script!r}.",
                code=ErrorCode.SCRIPT_MISSING,
                hint=f"It is looked for in {path}.",
            )

    def check_script(self, keywords: Mapping[str, Any]) -> None:
        """Refuses to make a service without the script that its file has as a comment.

        Raises:
            InvalidInputError: `keywords` have no script; names the line.
        """
        if self.script_aside is None or {"entry_script", "image"} & set(keywords):
            return
        raise InvalidInputError(
            f"{shown(self.file)}, line {self.script_aside}: the entry script is commented out, and "
            f"there is no service {self.name!r} that has one.",
            code=ErrorCode.SERVICE_NOTHING_TO_SERVE,
            hint="Take the # away there, from the source directory and from [environment] with its "
            "lines, and have the code beside the file.",
        )

    def test_keywords(self, registered: Registered) -> dict[str, Any]:
        """What `ServiceCollection.test` takes, by its keywords, less the inputs.

        Raises:
            InvalidInputError: it is a registered image, or a file or package cannot be used.
        """
        if "image" in self.values:
            raise InvalidInputError(
                f"{self.name} is a registered image, which is not run without a service.",
                code=ErrorCode.PROJECT_INVALID,
                hint="Test the script that the image was made of.",
            )
        found = self.keywords(registered, {})
        secrets = {name: value for name, value in (self.secrets or {}).items() if value is not None}
        variables = {**found.get("environment_variables", {}), **secrets}
        tested = {name: found[name] for name in _TESTED if name in found}
        return {**tested, "environment_variables": variables}

    def _own(self) -> dict[str, Any]:
        """What the file says, by the keywords, less the packages."""
        found = {name: self.values[name] for name in _AS_THEY_ARE if name in self.values}
        if "models" in self.values:
            found["models"] = [self._model(each) for each in self.values["models"]]
        if self.secrets is not None:
            found["secrets"] = dict(self.secrets)
        if self.sample_input is not None:
            found["sample_input"] = self.sample_input
        for section in ("resources", "access", "serving", "build"):
            found |= self.values.get(section, {})
        for name in _OF_FILES & set(found):
            found[name] = self.folder / found[name]
        if isinstance(found.get("tls"), dict):
            found["tls"] = tuple(self.folder / found["tls"][each] for each in _PARTS_OF_TLS)
        return found

    def _model(self, given: str | Mapping[str, str]) -> str | Path:
        return given if isinstance(given, str) else self.folder / given["path"]


def _replaced_by(said: Mapping[str, Any]) -> frozenset[str]:
    """What a file says is to be served, where an image is named instead, or the other way round."""
    if "image" in said:
        return _INGREDIENTS
    return frozenset({"image"}) if _INGREDIENTS & set(said) else frozenset()


def packages_of_script(
    keywords: Mapping[str, Any], models: ModelCollection, *, installed_in: Path | None = None
) -> Environment | None:
    """What script and models need, where keywords have a script and no packages; else None."""
    script = keywords.get("entry_script")
    if script is None or keywords.get("environment") is not None:
        return None
    folder, source = keywords.get("folder") or Path(), keywords.get("source_directory")
    source = None if source is None else folder / source
    path = folder / script if source is None else script
    pickled = models.pickled(keywords.get("models") or ())
    return Environment.from_script(path, source, models=pickled, installed_in=installed_in)


def secret_values(
    given: list[str], folder: Path, environ: Mapping[str, str] | None = None
) -> dict[str, str | None]:
    """The values of `NAME` and `NAME=@FILE`.

    A name whose variable is not set has None.

    Raises:
        InvalidInputError: a value that stands in the open, or a file that cannot be read.
    """
    environ = os.environ if environ is None else environ
    found: dict[str, str | None] = {}
    for each in given:
        name, equals, source = each.partition("=")
        if equals and not source.startswith("@"):
            raise InvalidInputError(
                f"The value of the secret {name!r} must not stand in the file.",
                code=ErrorCode.PROJECT_INVALID,
                hint=f"Write {name!r} alone, and set the variable {name} where you deploy; or "
                f"{name + '=@FILE'!r}.",
            )
        found[name] = _content(folder / source[1:]) if equals else environ.get(name)
    return found


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}.", code=ErrorCode.FILE_UNREADABLE
        ) from error
