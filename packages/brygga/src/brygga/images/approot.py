"""An app root: a bundle's code and models, laid out on disk as a script expects them."""

from __future__ import annotations

import shutil
from pathlib import Path

from brygga.images.bundle import Bundle
from brygga.store.blobs import BlobStore


def lay_out(bundle: Bundle, folder: Path, blobs: BlobStore) -> None:
    """Fills `folder` with what the script expects around it, as Azure ML SDK v1 lays it out.

    Code at its place, each model below `azureml-models/<name>/<version>/`. Everything is a copy: a
    service can change its own, never a blob. What was in `folder` is removed first, and nothing is
    there under that name before all of it is.

    Raises:
        CorruptError: a blob was damaged.
    """
    making = folder.with_name(f".{folder.name}.making")
    for old in (making, folder):
        shutil.rmtree(old, ignore_errors=True)
    making.mkdir(parents=True)
    (making / "azureml-models").mkdir()
    for file in bundle.code:
        _copy(blobs, file.sha256, making / file.path, file.executable)
    for model in bundle.models:
        root = making / "azureml-models" / model.name / str(model.version)
        for file in model.files:
            _copy(blobs, file.sha256, root / file.path, file.executable)
    making.rename(folder)


def _copy(blobs: BlobStore, sha256: str, path: Path, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    blobs.copy_to(sha256, path, executable=executable)
