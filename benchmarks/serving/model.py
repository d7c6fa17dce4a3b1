"""The model that all servers serve, and the rows that they are asked about."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

COLUMNS = 784
MNIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"
_TRAINED_ON = 20_000  # images; more makes a better model of the same size and speed
_ROWS = 1000


@dataclass(frozen=True)
class Subject:
    """A folder with the model, rows to score and what the model says of them."""

    folder: Path
    rows: Any
    labels: list[int]
    source: str

    @property
    def file(self) -> Path:
        return self.folder / "sklearn_mnist_model.pkl"


def prepare(folder: Path) -> Subject:
    """Trains once; later calls with the same folder read the model back."""
    folder.mkdir(parents=True, exist_ok=True)
    train, labels, rows, source = _mnist() if MNIST.is_dir() else _digits()
    subject = Subject(folder, rows, [], source)
    if not subject.file.exists():
        model = LogisticRegression(C=1 / 0.8, max_iter=40, tol=1e-2).fit(train, labels)
        joblib.dump(model, subject.file)
    told = joblib.load(subject.file).predict(rows).tolist()
    return Subject(folder, rows, told, source)


def _mnist() -> tuple[Any, Any, Any, str]:
    train = _images("train-images.gz")[:_TRAINED_ON]
    labels = _read("train-labels.gz", 8)[:_TRAINED_ON]
    return train, labels, _images("test-images.gz")[:_ROWS], "MNIST"


def _digits() -> tuple[Any, Any, Any, str]:
    """8 x 8 images made 28 x 28: each pixel repeated, and the rim left empty."""
    found = load_digits()
    small = found.images.repeat(3, axis=1).repeat(3, axis=2) / 16.0
    images = np.pad(small, ((0, 0), (2, 2), (2, 2))).reshape(-1, COLUMNS)
    source = "scikit-learn's digits, enlarged to 784 columns (MNIST is not there)"
    return images, found.target, images[:_ROWS], source


def _images(name: str) -> Any:
    return _read(name, 16).reshape(-1, COLUMNS) / 255.0


def _read(name: str, head: int) -> Any:
    return np.frombuffer(gzip.decompress((MNIST / name).read_bytes()), np.uint8, offset=head)
