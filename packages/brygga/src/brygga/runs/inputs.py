"""Files of this machine that a script finds in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.store.files import make_folder


@dataclass(frozen=True)
class InputFolder:
    """What a script finds in a folder.

    Attributes:
        files: By their places in it; a single one with the place `.` is the folder itself, which
            the script then reads and writes where it lies.
        copied: Whether they are copies; else links.
    """

    files: Mapping[str, Path]
    copied: bool = False


@dataclass(frozen=True)
class InputPath:
    """Stands for the folder of an input among the arguments of a script."""

    name: str


def lay_out(inputs: Mapping[str, InputFolder], folder: Path) -> dict[str, Path]:
    """Puts every input where its script will find it; returns the places, by name.

    Raises:
        InvalidInputError: a file is no longer there.
    """
    return {name: _laid_out(name, each, folder / name) for name, each in inputs.items()}


def _laid_out(name: str, given: InputFolder, folder: Path) -> Path:
    if set(given.files) == {"."} and not given.copied:
        itself = given.files["."]
        if not itself.exists():
            make_folder(itself)
        return itself
    make_folder(folder)
    for place, source in given.files.items():
        if not source.exists():
            raise InvalidInputError(
                f"The input {name!r} has no file {str(source)!r} any more.",
                code=ErrorCode.FILE_NOT_FOUND,
                hint="Put it back, or make the dataset again of the files there are.",
            )
        target = folder / place
        make_folder(target.parent)
        if not given.copied:
            target.symlink_to(source)
        elif source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    return folder
