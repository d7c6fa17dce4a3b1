"""The file beside the code that says what its services are to be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from brygga.arguments import checked
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, InvalidNameError, NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.markup import card
from brygga.names import check_service_name
from brygga.project.checking import OVERLAYS, SCHEMA, SERVICES, check, read_value
from brygga.project.described import DescribedService, secret_values
from brygga.project.document import FILE, KeyPath, ProjectText, find_file, shown
from brygga.project.layout import LAYOUT
from brygga.project.variables import expanded

_FILES = frozenset(
    {
        ("sample_input",),
        ("environment", "conda_file"),
        ("environment", "requirements_file"),
        ("build", "dockerfile"),
        ("build", "extra_steps"),
    }
)
"""What has to be there, where nothing else would say on which line it is named."""
RunsOn = Callable[[str], str | None]
"""The target of a service that is there already."""


@checked
@dataclass(frozen=True)
class Project:
    """What `brygga.toml`, or `[tool.brygga]` of `pyproject.toml`, says of services.

    Get one with `Project.read(file)` or `Project.find()`. `docs/project-file.md` has the table.
    """

    document: ProjectText

    @classmethod
    def read(cls, file: str | Path) -> Self:
        """Reads and checks a project file; nothing is expanded yet.

        Raises:
            NotFoundError: it is not there, or is a pyproject.toml without `[tool.brygga]`.
            InvalidInputError: it cannot be used; names the line.
        """
        document = ProjectText.read(Path(file))
        check(document, LAYOUT)
        found = cls(document)
        if SERVICES in document.values and "name" in document.values:
            raise document.wrong(
                ("name",), "a file with several services has no name of its own.",
                hint="Each is named by its table [services.NAME].",
            )  # fmt: skip
        return found

    @classmethod
    def find(cls, start: str | Path = ".") -> Self | None:
        """The project of a folder, or of one above it up to the root of its repository.

        Outside of a repository only the folder itself is looked at. None where there is none.
        """
        file = find_file(Path(start))
        return None if file is None else cls.read(file)

    @classmethod
    def get(cls, file: str | Path | None = None) -> Self:
        """`read` where a file is named, else `find`.

        Raises:
            NotFoundError: there is none.
        """
        found = cls.find() if file is None else cls.read(file)
        if found is None:
            raise NotFoundError(
                "project file",
                FILE,
                hint=Hint.of(
                    f"Write {FILE} beside the code, name a service, or begin with {{}}.",
                    Action(Verb.BEGIN_PROJECT),
                ),
            )
        return found

    def _repr_html_(self) -> str:
        facts = {"file": self.file, "services": self.names, "stages": self.stages}
        return card("Project", facts)

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.document.file

    @property
    def names(self) -> tuple[str, ...]:
        """Its services, as it calls them, in their order."""
        if SERVICES in self.document.values:
            return tuple(self.document.values[SERVICES])
        return (str(self.document.values.get("name", self.document.folder.name)),)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that something is said of."""
        named = (name for _, table in self._all_tables() for name in table.get("stages", {}))
        return tuple(dict.fromkeys(named))

    def service(
        self,
        name: str | None = None,
        *,
        stage: str | None = None,
        target: str | None = None,
        runs_on: RunsOn = lambda _: None,
        environ: Mapping[str, str] | None = None,
    ) -> DescribedService:
        """What it says of a service.

        What a service says wins over what all have in common, what a target says over both, and
        what a stage says over everything.

        Args:
            name: One of `names`; it may be left out where there is one.
            stage: One of `stages`.
            target: What is to run it, instead of what the file says.
            runs_on: For a service that is there, where neither says a target.
            environ: Variables; those of the process where it is None.

        Raises:
            NotFoundError: no such service or stage.
            InvalidInputError: a variable that is not set, or a value that cannot be used.
        """
        environ = os.environ if environ is None else environ
        key = self._picked(name)
        if stage is not None and stage not in self.stages:
            hint = "" if self.stages else f"Write it into the file, as [stages.{stage}]."
            raise NotFoundError("stage", stage, self.stages, hint=hint)
        tables = [*self._tables(key)]
        staged = [
            *tables,
            *(each for path, table in tables for each in _of(path, table, "stages", stage)),
        ]
        values = self._merged(staged, environ)
        called = self._name(key, str(values.get("name", key)))
        runner = target or values.get("target") or runs_on(called) or "process"
        targeted = [each for path, table in tables for each in _of(path, table, "targets", runner)]
        if targeted:
            values = self._merged([*tables, *targeted, *staged[len(tables) :]], environ)
        self._check_environment(key, values)
        secrets = values.pop("secrets", None)
        return DescribedService(
            name=called,
            file=self.file,
            folder=self.document.folder,
            values=values,
            secrets=None if secrets is None else self._secrets(key, secrets, environ),
            script_aside=self.document.line_of(r"^\s*#\s*entry_script\s*=", 1),
            script_line=self._line_of_script([*tables, *targeted, *staged[len(tables) :]]),
        )

    def _line_of_script(self, tables: list[tuple[KeyPath, Mapping[str, Any]]]) -> int | None:
        places = [(*path, "entry_script") for path, table in tables if "entry_script" in table]
        return self.document.line(places[-1]) if places else None

    def _name(self, key: str, name: str) -> str:
        try:
            return check_service_name(name)
        except InvalidNameError as error:
            path = (SERVICES, key) if SERVICES in self.document.values else ("name",)
            hint = f"{error.hint} Write one as `name`."
            raise self.document.wrong(path, error.message, hint=hint, code=error.code) from error

    def _picked(self, name: str | None) -> str:
        names = self.names
        if name in names:
            return str(name)
        if name is not None:
            raise NotFoundError("service in the project file", name, names)
        if len(names) != 1:
            raise InvalidInputError(
                f"{shown(self.file)} has {len(names)} services.",
                code=ErrorCode.PROJECT_SEVERAL,
                hint=f"Name one of them: {', '.join(names)}.",
            )
        return names[0]

    def _tables(self, key: str) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
        """Those that speak of a service, what is in common first."""
        yield (), self.document.values
        if SERVICES in self.document.values:
            yield (SERVICES, key), self.document.values[SERVICES][key]

    def _all_tables(self) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
        yield (), self.document.values
        for key, table in self.document.values.get(SERVICES, {}).items():
            yield (SERVICES, key), table

    def _merged(
        self, tables: list[tuple[KeyPath, Mapping[str, Any]]], environ: Mapping[str, str]
    ) -> dict[str, Any]:
        """One table of several, a later one before those ahead of it, each value as it is used."""
        merged: dict[str, Any] = {}
        places: dict[KeyPath, KeyPath] = {}
        for path, table in tables:
            for name, value in table.items():
                if name in (*OVERLAYS, SERVICES, SCHEMA):
                    continue
                inner = value if name in LAYOUT.sections else {"": value}
                if name == "environment":
                    # What is said of packages is one thing: it is not pieced together.
                    merged.pop(name, None)
                for key, each in inner.items():
                    here: KeyPath = (name, key) if key else (name,)
                    places[here] = (*path, *here)
                    _put(merged, here, each)
        for here, place in places.items():
            value = _get(merged, here)
            if value is not None:
                _put(merged, here, self._value(here, value, place, environ), anew=True)
        return merged

    def _value(
        self, here: KeyPath, value: object, place: KeyPath, environ: Mapping[str, str]
    ) -> object:
        key = LAYOUT.keys[here[0]] if len(here) == 1 else LAYOUT.sections[here[0]].keys[here[1]]
        plain = expanded(value, place, self.document, environ)
        if plain != value and isinstance(plain, str) and key.parse is not None:
            with contextlib.suppress(InvalidInputError):  # told below, with its line
                plain = key.parse(plain)
        used = read_value(self.document, key, plain, place)
        if here in _FILES and not (self.document.folder / str(used)).exists():
            raise self.document.wrong(
                place,
                f"{key.name}: there is no {str(used)!r}.",
                hint=f"Relative paths start at {self.document.folder}.",
                code=ErrorCode.FILE_NOT_FOUND,
            )
        return used

    def _check_environment(self, key: str, values: Mapping[str, Any]) -> None:
        table = values.get("environment", {})
        named = [name for name in table if name != "python"]
        path = next(iter(self._tables(key)))[0]
        if len(named) > 1:
            raise self.document.wrong(
                (*path, "environment", named[1]),
                f"{' and '.join(named)} exclude each other.",
                hint="Use one of them.",
            )
        if "image" in values and "entry_script" in values:
            raise self.document.wrong(
                (*path, "image"),
                "an image has script, models and environment in it.",
                hint="Give either an image or those.",
            )

    def _secrets(
        self, key: str, given: list[str], environ: Mapping[str, str]
    ) -> dict[str, str | None]:
        try:
            return secret_values(given, self.document.folder, environ)
        except InvalidInputError as error:
            *_, (path, _) = self._tables(key)
            raise self.document.wrong((*path, "secrets"), error.message, hint=error.hint) from error


def _of(
    path: KeyPath, table: Mapping[str, Any], kind: str, name: str | None
) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The overlay of a table for one stage or target, where it has one."""
    found = table.get(kind, {})
    if name is not None and name in found:
        yield (*path, kind, name), found[name]


def _get(table: Mapping[str, Any], path: KeyPath) -> Any:
    for name in path[:-1]:
        table = table.get(name, {})
    return table.get(path[-1])


def _put(table: dict[str, Any], path: KeyPath, value: object, *, anew: bool = False) -> None:
    """Sets a value; tables of texts (tags, variables) are joined unless it is `anew`."""
    for name in path[:-1]:
        table = table.setdefault(name, {})
    old = table.get(path[-1])
    joined = isinstance(old, dict) and isinstance(value, dict) and not anew and path[-1] != "tls"
    table[path[-1]] = {**old, **value} if joined else value  # type: ignore[dict-item]
