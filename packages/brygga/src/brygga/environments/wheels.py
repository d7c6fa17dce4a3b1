"""Local wheels and source folders: taken in by digest, so that a lock names no path."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from brygga.environments.environment import Environment
from brygga.environments.index import IndexOptions
from brygga.environments.uv import run_uv
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, PackagingError
from brygga.hints import Hint, Shell
from brygga.operations import Phase, Progress
from brygga.store.files import replacing, scratch_folder, write_text

_TAKEN = re.compile(
    r"wheel:(?P<wheel>[0-9a-f]{64}/[^/\[]+\.whl)(?P<extras>\[[^\]]*\])?(?P<rest>.*)"
)
_PATH = re.compile(r"(?P<path>/.*?)(?P<extras>\[[^\]/]*\])?(?P<rest>(?:\s--hash=\S+)*)")
_NOT_SOURCE = shutil.ignore_patterns(
    ".*", "__pycache__", "*.pyc", "*.egg-info", "build", "dist", "venv", "node_modules"
)


def local_wheels(environment: Environment) -> Iterator[str]:
    """Those that were taken in for a registered environment, as `<sha256>/<file name>`."""
    for package in environment.packages:
        match = _TAKEN.fullmatch(package)
        if match is not None:
            yield match["wheel"]


class WheelFolder:
    """`$BRYGGA_HOME/wheels`: wheels by the sha256 of their content."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "wheels"

    def take_in(self, environment: Environment, progress: Progress) -> Environment:
        """The same environment with `wheel:<sha256>/<file name>` in place of every path.

        A source folder is built to a wheel, once for each state of its files.

        Raises:
            InvalidInputError: a path that is neither a wheel nor a source folder.
            PackagingError: the folder cannot be built.
        """
        packages = tuple(
            self._taken(package, environment.index, progress) if package[0] == "/" else package
            for package in environment.packages
        )
        return replace(environment, packages=packages)

    def path(self, wheel: str) -> Path:
        """The file of `<sha256>/<file name>`.

        Raises:
            PackagingError: it is not there any more.
        """
        path = self.folder / wheel
        if not path.is_file():
            raise PackagingError(
                f"The local wheel {path.name} that was locked is not in {self.folder} any more.",
                code=ErrorCode.WHEEL_MISSING,
                hint="Deploy again from where it was made.",
            )
        return path

    def requirement(self, package: str) -> tuple[str, str | None]:
        """What uv is told for a package, and its `<sha256>/<file name>` if it is a local wheel."""
        match = _TAKEN.fullmatch(package)
        if match is None:
            return package, None
        path = self.path(match["wheel"])
        name = parse_wheel_filename(path.name)[0]
        address = f"{name}{match['extras'] or ''} @ {path.as_uri()}{match['rest']}"
        return address, match["wheel"]

    def _taken(self, package: str, index: IndexOptions, progress: Progress) -> str:
        match = _PATH.fullmatch(package)
        path = Path(match["path"]) if match else Path(package)
        if match is None or not path.exists():
            raise InvalidInputError(
                f"{path} is neither a wheel nor a source folder.", code=ErrorCode.WHEEL_INVALID
            )
        wheel = self._built(path, index, progress) if path.is_dir() else self._kept(path)
        return f"wheel:{wheel}{match['extras'] or ''}{match['rest']}"

    def _kept(self, path: Path) -> str:
        try:
            parse_wheel_filename(path.name)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except InvalidWheelFilename as error:
            raise InvalidInputError(
                f"{path.name} is not the name of a wheel.",
                code=ErrorCode.WHEEL_INVALID,
                hint="Leave its name as it was built.",
            ) from error
        except OSError as error:
            raise InvalidInputError(
                f"{path} cannot be read: {error.strerror}.", code=ErrorCode.FILE_UNREADABLE
            ) from error
        target = self.folder / digest / path.name
        if not target.is_file():
            with path.open("rb") as wheel, replacing(target) as file:
                shutil.copyfileobj(wheel, file)
        os.utime(target.parent)  # what was just asked for is not unused
        return f"{digest}/{path.name}"

    def _built(self, folder: Path, index: IndexOptions, progress: Progress) -> str:
        remembered = self.folder / "sources" / _tree_digest(folder)
        if remembered.is_file():
            wheel = remembered.read_text()
            if (self.folder / wheel).is_file():
                os.utime((self.folder / wheel).parent)
                return wheel
        progress.phase(Phase.BUILDING, f"Building a wheel of {folder}")
        with scratch_folder() as temporary:
            # Builds leave their traces where they run.
            source = temporary / "source" / folder.name
            shutil.copytree(folder, source, ignore=_NOT_SOURCE, symlinks=True)
            out = temporary / "out"
            result = run_uv("build", "--wheel", "--out-dir", str(out), str(source), index=index)
            built = list(out.glob("*.whl"))
            if not result.ok or not built:
                raise PackagingError(
                    f"No wheel can be built of {folder}:\n{result.complaint.strip()}",
                    code=ErrorCode.WHEEL_NOT_BUILT,
                    hint=Hint.of("Look whether {} works there.", Shell(("uv", "build", "--wheel"))),
                )
            wheel = self._kept(built[0])
        write_text(remembered, wheel)
        return wheel


def _tree_digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for place, path in sorted(_source_files(folder)):
        with path.open("rb") as file:
            whole.update(f"{place}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _source_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for current, folders, files in os.walk(folder):
        ignored = _NOT_SOURCE(current, [*folders, *files])
        folders[:] = [name for name in folders if name not in ignored]
        for name in files:
            path = Path(current, name)
            if name not in ignored and path.is_file():
                yield str(path.relative_to(folder)), path
