from pathlib import Path

import pytest

from brygga.models import ModelCollection
from brygga.store.blobs import BlobStore
from brygga.store.store import Store, open_store
from brygga.testing.stores import KEY


@pytest.fixture
def store(store_url: str) -> Store:
    return open_store(store_url, KEY)


@pytest.fixture
def models(store: Store, tmp_path: Path) -> ModelCollection:
    return ModelCollection(store, BlobStore(tmp_path / "blobs"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sklearn_mnist_model.pkl"
    path.write_bytes(b"a model")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "saved"
    (path / "deep").mkdir(parents=True)
    (path / "config.json").write_text("{}")
    (path / "deep/weights.bin").write_bytes(b"weights")
    (path / "deep/empty").touch()
    (path / "run.sh").write_text("#!/bin/sh\n")
    (path / "run.sh").chmod(0o755)
    return path
