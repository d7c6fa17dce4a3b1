"""An app root: a bundle's code and models, laid out on disk as a script expects them."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.images.bundle import Bundle, BundledFile
from brygga.store.blobs import BlobStore
from brygga.store.files import make_folder, new_folder


def lay_out(bundle: Bundle, folder: Path, blobs: BlobStore) -> None:
    """Fills `folder` with what the script expects around it, as Azure ML SDK v1 lays it out.

    Code at its place, each model below `azureml-models/<name>/<version>/`. Everything is a copy: a
    service can change its own, never a blob. What was in `folder` is removed first, and nothing is
    there under that name before all of it is.

    Raises:
        CorruptError: a blob was damaged.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with new_folder(folder) as making:
        make_folder(making / "azureml-models")
        for file in bundle.code:
            _copy(blobs, file, making)
        for model in bundle.models:
            root = making / "azureml-models" / model.name / str(model.version)
            for file in model.files:
                _copy(blobs, file, root)


def _copy(blobs: BlobStore, file: BundledFile, root: Path) -> None:
    place = PurePosixPath(file.path)
    if place.is_absolute() or not place.parts or ".." in place.parts:
        raise StoreError(
            f"The store holds the path {file.path!r}, which leads out of its service.",
            code=ErrorCode.STORE_PATH_OUTSIDE,
            hint="Nothing was started. Deploy it anew from its sources.",
        )
    make_folder((root / place).parent)
    blobs.copy_to(file.sha256, root / place, executable=file.executable)
