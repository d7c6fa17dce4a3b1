"""From what a user names to a bundle, its code kept in the blob store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from brygga.environments.lock import Lock
from brygga.images.bundle import Bundle, BundledFile, BundledModel
from brygga.images.code import Code
from brygga.models import Model
from brygga.store.blobs import BlobStore


def assemble(
    models: Sequence[Model], code: Code, lock: Lock, server: str, blobs: BlobStore
) -> Bundle:
    """Makes the bundle of these parts. The same parts give the same digest, on any machine."""
    return Bundle(
        entry_script=code.entry_script,
        source_directory=code.source_directory,
        models=tuple(_bundled(model) for model in models),
        code=tuple(_kept(place, path, blobs) for place, path in code.files),
        lock=lock.digest,
        python=lock.python,
        platform=lock.platform,
        server=server,
    )


def _bundled(model: Model) -> BundledModel:
    files = tuple(BundledFile(f.path, f.sha256, f.size, f.executable) for f in model.files)
    return BundledModel(model.name, model.version, model.sha256, files)


def _kept(place: str, path: Path, blobs: BlobStore) -> BundledFile:
    blob = blobs.put_file(path)
    return BundledFile(place, blob.sha256, blob.size, os.access(path, os.X_OK))
