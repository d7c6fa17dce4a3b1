"""Reading requirements as pip does: files, nested files, options and lines."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from brygga.environments.bundled_packages import is_of_debian, is_provided, is_retired_address
from brygga.environments.import_names import MEANT
from brygga.environments.index import IndexOptions
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_LARGEST_FILE = 1 << 20
_MOST_FILES = 100
_DEEPEST = 10
_COMMENT = re.compile(r"(^|\s)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASHES = re.compile(r"\s+--hash[=\s]\s*(\S+)")
_HASH = re.compile(r"sha(256|384|512):[0-9a-f]{64,128}")
_LOCAL = re.compile(r"(?P<path>.+?)(?P<extras>\[[A-Za-z0-9._,\s-]+\])?")
_EGG = re.compile(r"[#&]egg=.*$")
_VERSION_CONTROL = ("git+", "hg+", "svn+", "bzr+")

_ALIASES = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "--pypi-url": "--index-url",
}
_WITHOUT_VALUE = frozenset({"--no-index", "--pre", "--require-hashes"})
_WITH_VALUE = frozenset(
    {
        "--requirement",
        "--constraint",
        "--editable",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--trusted-host",
    }
)


@dataclass
class Requirements:
    """What was read, in order.

    Attributes:
        packages: PEP 508 strings, perhaps with ` --hash=...`; or the absolute path of a wheel or
            source folder, perhaps with `[extras]`.
        constraints: PEP 508 strings.
        dropped: Lines that the scoring server makes needless.
        prereleases: Whether versions before a release may be taken.
        notes: What was understood otherwise than it was written.
        nested: How many files were read beside the first.
    """

    packages: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    index_url: str | None = None
    extra_index_urls: list[str] = field(default_factory=list)
    find_links: list[str] = field(default_factory=list)
    trusted_hosts: list[str] = field(default_factory=list)
    no_index: bool = False
    prereleases: bool = False
    notes: list[str] = field(default_factory=list)
    nested: int = 0

    @property
    def index(self) -> IndexOptions:
        """The options that say where packages come from."""
        return IndexOptions(
            self.index_url,
            tuple(self.extra_index_urls),
            tuple(self.find_links),
            tuple(self.trusted_hosts),
            self.no_index,
        )


def read_requirements_file(path: Path) -> Requirements:
    """Reads a requirements file and the files it names.

    Raises:
        InvalidInputError: it cannot be read or used; names the file and line.
    """
    found = Requirements()
    _Reader(found, (path.absolute(),)).file(path.absolute())
    return found


def read_requirement_lines(lines: Iterable[str], *, folder: Path, source: str) -> Requirements:
    """Reads requirements that stand in something else than a requirements file.

    Args:
        folder: What relative paths start from.
        source: Names the place in errors.

    Raises:
        InvalidInputError: a line that cannot be used.
    """
    found = Requirements()
    reader = _Reader(found, (folder.absolute() / "-",))
    for line in lines:
        reader.line(line, source)
    return found


class _Reader:
    """Reads one file into what is found; for a nested file another one is made.

    `files` are the file and those it is nested in, the innermost last.
    """

    def __init__(
        self, found: Requirements, files: tuple[Path, ...], *, constraints: bool = False
    ) -> None:
        self._found = found
        self._files = files
        self._folder = files[-1].parent
        self._constraints = constraints
        self._take: dict[str, Callable[[str, str], None]] = {
            "--requirement": self._nested,
            "--constraint": lambda value, where: self._nested(value, where, constraints=True),
            "--editable": self._editable,
            "--index-url": self._index_url,
            "--extra-index-url": self._extra_index_url,
            "--find-links": self._find_links,
            "--trusted-host": lambda value, _: found.trusted_hosts.append(value),
        }

    def file(self, path: Path) -> None:
        for number, line in _logical_lines(_text(path)):
            self.line(line, f"{path}:{number}")

    def line(self, line: str, where: str) -> None:
        """Takes one line; `where` names its place."""
        line = _COMMENT.sub("", line).strip()
        if "\0" in line:
            raise _unusable(where, line, "it has a null byte")
        if line.startswith("-"):
            self._options(line, where)
        elif line:
            self._requirement(_VARIABLE.sub(_value, line), where)

    def _options(self, line: str, where: str) -> None:
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise _unusable(where, line, f"{error}") from error
        while words:
            option, value = _split_option(words.pop(0))
            if option in _WITHOUT_VALUE and value is None:
                self._switch(option)
                continue
            if option not in _WITH_VALUE:
                known = ", ".join(sorted(_WITH_VALUE | _WITHOUT_VALUE))
                raise InvalidInputError(
                    f"{where}: the option {option} cannot be used here.",
                    code=ErrorCode.REQUIREMENTS_FILE_INVALID,
                    hint=f"Known: {known}.",
                )
            if value is None:
                if not words:
                    raise InvalidInputError(
                        f"{where}: the option {option} has no value.",
                        code=ErrorCode.REQUIREMENTS_FILE_INVALID,
                    )
                value = words.pop(0)
            self._take[option](value, where)

    def _switch(self, option: str) -> None:
        # --require-hashes needs nothing done: every lock has hashes.
        if option == "--no-index":
            self._found.no_index = True
        elif option == "--pre":
            self._found.prereleases = True

    def _nested(self, value: str, where: str, *, constraints: bool = False) -> None:
        path = (self._folder / _VARIABLE.sub(_value, value)).absolute()
        self._found.nested += 1
        if self._found.nested > _MOST_FILES:
            raise InvalidInputError(
                f"{where}: more than {_MOST_FILES} files are nested in each other.",
                code=ErrorCode.REQUIREMENTS_FILE_INVALID,
                hint="Name each of them once.",
            )
        if path in self._files or len(self._files) > _DEEPEST:
            raise InvalidInputError(
                f"{where}: {value} leads back to a file that names it.",
                code=ErrorCode.REQUIREMENTS_FILE_INVALID,
            )
        nested = _Reader(
            self._found, (*self._files, path), constraints=constraints or self._constraints
        )
        nested.file(path)

    def _index_url(self, value: str, _where: str) -> None:
        if is_retired_address(value):
            self._found.dropped.append(f"--index-url {value}")
        else:
            self._found.index_url = value

    def _extra_index_url(self, value: str, _where: str) -> None:
        if is_retired_address(value):
            self._found.dropped.append(f"--extra-index-url {value}")
        else:
            self._found.extra_index_urls.append(value)

    def _find_links(self, value: str, _where: str) -> None:
        if is_retired_address(value):
            self._found.dropped.append(f"--find-links {value}")
        elif "://" in value:
            self._found.find_links.append(value)
        else:
            self._found.find_links.append(str((self._folder / value).absolute()))

    def _editable(self, value: str, where: str) -> None:
        self._requirement(_EGG.sub("", _VARIABLE.sub(_value, value)), where)

    def _requirement(self, line: str, where: str) -> None:
        if is_provided(line) or is_of_debian(line):
            self._found.dropped.append(line)
            return
        bare, hashes = _HASHES.sub("", line).strip(), _HASHES.findall(line)
        package = self._local(bare, where) or self._remote(bare, where)
        for value in hashes:
            if not _HASH.fullmatch(value):
                raise _unusable(where, line, f"{value} is no sha256, sha384 or sha512")
        package += "".join(f" --hash={value}" for value in hashes)
        (self._found.constraints if self._constraints else self._found.packages).append(package)

    def _remote(self, line: str, where: str) -> str:
        """A package of the index; where an import was named that is none, what it comes from."""
        parsed = _parsed(line, where)
        meant = MEANT.get(parsed.name.lower())
        if meant is not None:
            self._found.notes.append(f"{parsed.name} is {meant} on the package index")
            parsed.name = meant
        return str(parsed)

    def _local(self, line: str, where: str) -> str | None:
        """The absolute path (and extras) that a line names; None where it names a package."""
        try:
            # The file name of a wheel looks like the name of a package.
            parsed = Requirement(line if not line.endswith(".whl") or "@" in line else "./")
        except InvalidRequirement:
            match = _LOCAL.fullmatch(line)
            text, extras = (match["path"], match["extras"] or "") if match else (line, "")
        else:
            text = parsed.url or ""
            extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
            if text.startswith("file:") and parsed.marker:
                raise _unusable(where, line, "a marker cannot go with a path")
        try:
            path = _as_path(text, self._folder)
            usable = path and (path.is_dir() or (path.is_file() and path.suffix == ".whl"))
        except (OSError, ValueError, RuntimeError) as error:
            # A name too long, a null byte, the home folder of nobody.
            raise _unusable(where, line, str(error)) from error
        if path is None:
            return None
        if not usable:
            raise _unusable(where, line, f"{path} is neither a wheel nor a source folder")
        return f"{path}{extras.replace(' ', '')}"


def _as_path(text: str, folder: Path) -> Path | None:
    if text.startswith("file:"):
        return Path(unquote(urlsplit(text).path))
    if text.startswith((".", "/", "~")) or ("://" not in text and text.endswith(".whl")):
        return Path(os.path.normpath(folder / Path(text).expanduser()))
    return None


def _parsed(line: str, where: str) -> Requirement:
    try:
        parsed = Requirement(line)
    except InvalidRequirement as error:
        if line.startswith(_VERSION_CONTROL) or "://" in line:
            raise _no_address(where, line) from error
        reason = str(error).splitlines()[0]
        raise _unusable(where, line, reason) from error
    if parsed.url is not None:
        raise _no_address(where, line)
    return parsed


def _no_address(where: str, line: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: {line!r} names an address, which cannot be locked.",
        code=ErrorCode.REQUIREMENT_ADDRESS,
        hint="Get its wheel or source folder onto this machine, and name that by its path.",
    )


def _unusable(where: str, line: str, reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: {line!r} is not a requirement: {reason}.",
        code=ErrorCode.REQUIREMENT_INVALID,
        hint="Write it as name, name==1.2 or name>=1.2,<2.",
    )


def _split_option(word: str) -> tuple[str, str | None]:
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _ALIASES.get(name, name), value if equals else None
    return _ALIASES.get(word[:2], word), word[2:].removeprefix("=") or None


def _value(match: re.Match[str]) -> str:
    return os.environ.get(match[1], match[0])


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those joined that end in a backslash, each with the number of its first."""
    pending, first = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        first = first if pending else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            pending += line[:-1] + " "
            continue
        yield first, pending + line
        pending = ""
    if pending:
        yield first, pending


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InvalidInputError(
                f"The requirements file {path} is larger than 1 MiB.",
                code=ErrorCode.REQUIREMENTS_FILE_UNREADABLE,
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"The requirements file {path} does not exist.",
            code=ErrorCode.REQUIREMENTS_FILE_UNREADABLE,
            hint="Give the path of one that does.",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The requirements file {path} is not UTF-8 text.",
            code=ErrorCode.REQUIREMENTS_FILE_UNREADABLE,
            hint="Save it as UTF-8.",
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"The requirements file {path} cannot be read: {error}.",
            code=ErrorCode.REQUIREMENTS_FILE_UNREADABLE,
        ) from error
