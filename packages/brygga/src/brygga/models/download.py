"""From the blob store to a file or folder of the user's."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from brygga.error_codes import ErrorCode
from brygga.errors import AlreadyExistsError, InvalidInputError, StoreError
from brygga.hints import Argument, Hint, Verb
from brygga.store.blobs import BlobStore
from brygga.store.files import make_folder, working_folder
from brygga.store.rows import ModelFile, ModelRow


def download(row: ModelRow, target_dir: Path, blobs: BlobStore, *, exist_ok: bool) -> Path:
    """Writes a model's file or folder into `target_dir`, under its own name; returns its path.

    Raises:
        AlreadyExistsError: it is there, and not `exist_ok`.
        InvalidInputError: it cannot be written there.
        CorruptError: what is kept does not match its sha256.
    """
    own_name = _parts(row.files[0])[0]
    final = target_dir / own_name
    if not exist_ok and os.path.lexists(final):
        raise AlreadyExistsError(
            "file",
            str(final),
            hint=Hint.of(
                "Pass {} to overwrite it, or choose another folder.",
                Argument(Verb.DOWNLOAD_MODEL, "exist_ok", True),
            ),
        )
    try:
        make_folder(target_dir, mode=None)
        # In the same folder, so that it can be renamed; all of it is verified before that.
        with working_folder(target_dir) as partial:
            for file in row.files:
                place = partial.joinpath(*_parts(file))
                blobs.copy_to(file.sha256, place, executable=file.executable)
            _move(partial / own_name, final, exist_ok=exist_ok)
    except OSError as error:
        raise InvalidInputError(
            f"{final} cannot be written: {error.strerror}.",
            code=ErrorCode.FILE_UNWRITABLE,
            hint="Choose another folder.",
        ) from error
    return final


def _parts(file: ModelFile) -> tuple[str, ...]:
    path = PurePosixPath(file.path)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise StoreError(
            f"The store holds the path {file.path!r}, which leads out of its model.",
            code=ErrorCode.STORE_PATH_OUTSIDE,
            hint="Nothing was written. Register the model again.",
        )
    return path.parts


def _move(source: Path, final: Path, *, exist_ok: bool) -> None:
    if source.is_dir() and final.is_dir() and exist_ok:
        for path in sorted(source.rglob("*")):
            place = final / path.relative_to(source)
            if path.is_dir():
                make_folder(place, mode=None)
            else:
                path.replace(place)
    else:
        source.rename(final)
