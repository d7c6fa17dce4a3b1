"""The folder that a Dockerfile of the user's own is built in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.images.bundle import BundledFile
from brygga.store.blobs import BlobStore

Keep = Callable[[str, Path], BundledFile]
"""Puts a file into the blob store, under its place."""

DOCKERFILE = "Dockerfile"


def read_build_context(folder: Path, keep: Keep) -> tuple[str, tuple[BundledFile, ...]]:
    """The text of a folder's Dockerfile, and the other files in it.

    Raises:
        InvalidInputError: there is no Dockerfile, or something in it that cannot be copied.
    """
    file = folder / DOCKERFILE
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The folder {folder} has no {DOCKERFILE} that can be read: {error}.",
            code=ErrorCode.DOCKERFILE_UNREADABLE,
            hint=f"Its {DOCKERFILE} makes the base image; what that copies lies beside it.",
        ) from error
    return text, tuple(keep(place, path) for place, path in _files(folder) if path != file)


def write_files(files: tuple[BundledFile, ...], folder: Path, blobs: BlobStore) -> None:
    """Puts the files to their places, where the Dockerfile looks for them.

    Raises:
        InvalidInputError: something else is there already.
    """
    for file in files:
        target = folder / file.path
        if target.exists():
            raise InvalidInputError(
                f"{file.path} of the Dockerfile's folder is where Brygga puts its own.",
                code=ErrorCode.DOCKERFILE_INVALID,
                hint="Give it another name, there and in the Dockerfile.",
            )
        blobs.copy_to(file.sha256, target, executable=file.executable)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if not path.resolve().is_relative_to(root):
            raise InvalidInputError(
                f"{path} is a link that leaves the folder of the Dockerfile.",
                code=ErrorCode.LINK_OUTSIDE,
                hint="Put the file itself in its place.",
            )
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path
