"""From a path of the user's to files in the blob store."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.names import has_control_characters
from brygga.store.blobs import BlobStore
from brygga.store.rows import ModelFile


@dataclass(frozen=True)
class Intake:
    """What was taken in: its files, their digest and their size together."""

    files: tuple[ModelFile, ...]
    sha256: str
    size: int


@dataclass(frozen=True)
class _Found:
    path: Path
    place: PurePosixPath
    executable: bool


def take_in(path: Path, blobs: BlobStore) -> Intake:
    """Keeps a file or folder, and says what it was.

    Everything is looked at before anything is copied.

    Raises:
        InvalidInputError: it is missing, empty or unreadable, or something in it is no plain file.
    """
    own_name = path.name if path.name not in ("", "..") else path.resolve().name
    found = list(_look(path, PurePosixPath(own_name)))
    files = tuple(sorted(_keep(file, blobs) for file in found))
    size = sum(file.size for file in files)
    if not path.is_dir():
        return Intake(files, files[0].sha256, size)
    return Intake(files, digest_of_folder(files), size)


def digest_of_folder(files: Sequence[ModelFile]) -> str:
    """sha256 of the sorted JSON of a folder's files; the folder's own name is no part of it."""
    listed = sorted(
        [str(PurePosixPath(*PurePosixPath(f.path).parts[1:])), f.sha256, f.size, f.executable]
        for f in files
    )
    text = json.dumps(listed, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _look(path: Path, place: PurePosixPath) -> Iterator[_Found]:
    mode = _mode(path)
    _check_name(path, place.name)
    if not stat.S_ISDIR(mode):
        if stat.S_ISREG(mode) and path.stat().st_size == 0:
            raise InvalidInputError(
                f"The file {path} is empty.",
                code=ErrorCode.FILE_EMPTY,
                hint="Write the model into it, then register it.",
            )
        yield _file(path, place, mode)
        return
    found = list(_walk(path, place, inside=(path.resolve(),)))
    if not found:
        raise InvalidInputError(
            f"The folder {path} has no files.",
            code=ErrorCode.FOLDER_EMPTY,
            hint="Give the folder the model was saved in.",
        )
    yield from found


def _walk(folder: Path, place: PurePosixPath, inside: tuple[Path, ...]) -> Iterator[_Found]:
    """The files of a folder; `inside` are the folders it lies in, itself last, links resolved."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from error
    for entry in entries:
        _check_name(entry, entry.name)
        if entry.is_symlink():
            _check_link(entry, inside)
        mode = _mode(entry)
        if stat.S_ISDIR(mode):
            yield from _walk(entry, place / entry.name, (*inside, entry.resolve()))
        else:
            yield _file(entry, place / entry.name, mode)


def _file(path: Path, place: PurePosixPath, mode: int) -> _Found:
    if not stat.S_ISREG(mode):
        raise InvalidInputError(
            f"{path} is neither a file nor a folder.",
            code=ErrorCode.FILE_WRONG_KIND,
            hint="Sockets, pipes and devices cannot be registered; leave it out.",
        )
    return _Found(path, place, bool(mode & stat.S_IXUSR))


def _check_link(link: Path, inside: tuple[Path, ...]) -> None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError before 3.13
        raise InvalidInputError(
            f"The link {link} leads nowhere.",
            code=ErrorCode.LINK_BROKEN,
            hint="Leave it out, or put the file in its place.",
        ) from error
    if not target.is_relative_to(inside[0]):
        raise InvalidInputError(
            f"The link {link} leaves the folder: it leads to {target}.",
            code=ErrorCode.LINK_OUTSIDE,
            hint="Put the file itself in its place.",
        )
    if any(folder.is_relative_to(target) for folder in inside):
        raise InvalidInputError(
            f"The link {link} leads back to a folder it lies in.",
            code=ErrorCode.LINK_LOOP,
            hint="Leave it out.",
        )


def _check_name(path: Path, name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(
            f"The file name {name!r} in {str(path.parent)!r} is not UTF-8.",
            code=ErrorCode.FILE_NAME_INVALID,
            hint="Rename it.",
        ) from None
    if has_control_characters(name):
        raise InvalidInputError(
            f"The file name {name!r} has a control character.",
            code=ErrorCode.FILE_NAME_INVALID,
            hint="Rename it.",
        )


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"There is no file or folder {str(path)!r}.",
            code=ErrorCode.FILE_NOT_FOUND,
            hint=f"Relative paths start at {Path.cwd()}.",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> InvalidInputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InvalidInputError(
        f"{str(path)!r} cannot be read: {reason}.",
        code=ErrorCode.FILE_UNREADABLE,
        hint="Make it readable for you.",
    )


def _keep(found: _Found, blobs: BlobStore) -> ModelFile:
    blob = blobs.put_file(found.path)
    return ModelFile(str(found.place), blob.sha256, blob.size, found.executable)
