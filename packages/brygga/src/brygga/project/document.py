"""The text of a project file, its values, and on which line each of them stands."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError

FILE = "brygga.toml"
PYPROJECT = "pyproject.toml"
_TABLE = ("tool", "brygga")  # of pyproject.toml
_LARGEST = 1 << 20
_NOT_TOML = (
    'Look at that line: texts stand in quotes (name = "digits"), tables begin with [name], and '
    "each key stands once."
)
_PART = r"(?:[\w-]+|\"[^\"]*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[({_DOTTED})\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
KeyPath = tuple[str, ...]
"""Keys from the top of what is Brygga's to a value."""


@dataclass(frozen=True)
class ProjectText:
    """A project file.

    Attributes:
        values: What it says of services; in pyproject.toml the table `tool.brygga`.
    """

    file: Path
    text: str
    values: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads a file.

        Raises:
            NotFoundError: it is not there, or says nothing of services.
            InvalidInputError: it cannot be read, or is not TOML.
        """
        try:
            text = _text_of(file)
            data: Any = tomllib.loads(text)
        except FileNotFoundError as error:
            raise NotFoundError(
                "project file", str(file), hint="Give one that is there."
            ) from error
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise InvalidInputError(
                f"{shown(file)} cannot be read: {why}.",
                code=ErrorCode.PROJECT_INVALID,
                hint=_NOT_TOML if isinstance(error, tomllib.TOMLDecodeError) else "",
            ) from error
        for name in _TABLE if file.name == PYPROJECT else ():
            data = data.get(name)
            if not isinstance(data, dict):
                raise NotFoundError(
                    "project file", str(file), hint=f"{shown(file)} has no table [tool.brygga]."
                )
        return cls(file.absolute(), text, data)

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return self.file.parent

    def line(self, path: KeyPath) -> int:
        """The line a value stands on, counted from 1; that of what holds it where it is inline."""
        wanted = (*_TABLE, *path) if self.file.name == PYPROJECT else path
        known = (at for at in range(len(wanted), 0, -1) if wanted[:at] in self._places)
        depth = next(known, 0)
        line = self._places.get(wanted[:depth], 1)
        if depth == len(wanted):
            return line
        return self.line_of(rf"(?<![\w-])[\"']?{re.escape(wanted[-1])}[\"']?\s*=", line) or line

    def line_of(self, pattern: str, after: int) -> int | None:
        """The first line from one on that has a pattern."""
        lines = self.text.splitlines()
        found = (n for n in range(after, len(lines) + 1) if re.search(pattern, lines[n - 1]))
        return next(found, None)

    def wrong(
        self,
        path: KeyPath,
        sentence: str,
        *,
        hint: str = "",
        code: ErrorCode = ErrorCode.PROJECT_INVALID,
        line: int | None = None,
    ) -> InvalidInputError:
        """An error that begins with the file and the line of a value."""
        place = f"{shown(self.file)}, line {line or self.line(path)}"
        return InvalidInputError(f"{place}: {sentence}", code=code, hint=hint)

    @cached_property
    def _places(self) -> Mapping[KeyPath, int]:
        found: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            header, key = _HEADER.match(line), _KEY.match(line)
            if header is not None:
                table = _parts(header[1])
                found.setdefault(table, number)
            elif key is not None:
                found.setdefault((*table, *_parts(key[1])), number)
        return found


def find_file(start: Path) -> Path | None:
    """The project file of a folder, or of one above it within the same repository."""
    start = start.absolute()
    above = [start, *start.parents]
    root = next((folder for folder in above if (folder / ".git").exists()), start)
    for folder in above[: above.index(root) + 1]:
        for file in (folder / FILE, folder / PYPROJECT):
            if file.is_file() and (file.name == FILE or _speaks_of_brygga(file)):
                return file
    return None


def _text_of(file: Path) -> str:
    """The whole of a file, unless it is larger than any that people write.

    Raises:
        InvalidInputError: it is; parsing it would take seconds.
        OSError: it cannot be read.
        ValueError: it is not UTF-8.
    """
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InvalidInputError(
            f"{shown(file)} is larger than {_LARGEST >> 20} MB.",
            code=ErrorCode.PROJECT_INVALID,
            hint="Give the file that says what the services are to be.",
        )
    return content.decode("utf-8")


def shown(file: Path) -> str:
    """A path as people have it before them."""
    relative = os.path.relpath(file)
    return str(file) if relative.startswith("..") else relative


def _speaks_of_brygga(file: Path) -> bool:
    try:
        return "brygga" in tomllib.loads(_text_of(file)).get("tool", {})
    except (OSError, ValueError, InvalidInputError):
        return False  # it is somebody else's to mend


def _parts(dotted: str) -> KeyPath:
    """The keys of `a."b.c".d`."""
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
