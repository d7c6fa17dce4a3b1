"""The tutorial of Azure ML SDK v1, part two, and what its first part leaves behind.

The document is not a part of this repository: tests that use it skip where it is absent.
"""

import gzip
import hashlib
import inspect
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cache import made

_SHARED = Path(__file__).parents[2].parent / "shared"
DATA = _SHARED / "data/mnist"
DOCUMENT = _SHARED / "tutorial/000_17336a7aca56a21a.txt"
_FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CELL_MAGIC = re.compile(r"%%(\w+)[ ]*(.*)\n")

UTILS = """
import gzip
import struct

import numpy as np


def load_data(filename, label=False):
    with gzip.open(filename) as gz:
        gz.read(4)
        n_items = struct.unpack(">I", gz.read(4))[0]
        if label:
            return np.frombuffer(gz.read(n_items), dtype=np.uint8).reshape(n_items, 1)
        rows, columns = struct.unpack(">II", gz.read(8))
        data = np.frombuffer(gz.read(n_items * rows * columns), dtype=np.uint8)
        return data.reshape(n_items, rows * columns)
"""


def require(*paths: Path) -> None:
    """Skips, with the reason, where something is absent."""
    for path in paths:
        if not path.exists():
            pytest.skip(f"{path.name} is not beside this checkout, in {path.parent}")


def blocks() -> list[str]:
    """The fenced blocks of Python, as they stand there."""
    return _FENCE.findall(DOCUMENT.read_text(encoding="utf-8"))


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Runs a cell, its magics with the meaning they have in a notebook."""
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] == "writefile":
        Path(magic[2]).write_text(source[magic.end() :], encoding="utf-8")
        print(f"Writing {magic[2]}")
        return
    if magic:
        assert magic[1] == "time", magic[0]
        source = source[magic.end() :]
    lines = source.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("%matplotlib inline")]
    exec(compile("".join(kept), "<cell>", "exec"), namespace)


def read_images(path: Path) -> Any:
    """Images of an IDX file, from 0 to 1, one a row."""
    with gzip.open(path) as file:
        _, count, rows, columns = struct.unpack(">4I", file.read(16))
        pixels = np.frombuffer(file.read(), dtype=np.uint8)
    return pixels.reshape(count, rows * columns) / 255.0


def read_labels(path: Path) -> Any:
    """Labels of an IDX file."""
    with gzip.open(path) as file:
        file.read(8)
        return np.frombuffer(file.read(), dtype=np.uint8)


def train() -> Any:
    """The tutorial's classifier, which takes more than a minute of one core."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    inner = LogisticRegression(C=1 / 0.8, solver="liblinear", random_state=42)
    images, labels = DATA / "train-images.gz", DATA / "train-labels.gz"
    return OneVsRestClassifier(inner).fit(read_images(images), read_labels(labels))


def trained_model() -> Path:
    """The file `sklearn_mnist_model.pkl`, trained once."""
    import joblib
    import sklearn

    files = sorted(DATA.glob("train-*.gz"))
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    inputs = [sys.version, sklearn.__version__, np.__version__, inspect.getsource(train), *digests]
    name = "sklearn_mnist_model.pkl"
    return (
        made("mnist", "\n".join(inputs), lambda folder: joblib.dump(train(), folder / name)) / name
    )


def leave_part_one_behind(folder: Path, model: Path) -> None:
    """A workspace with the model, `./data`, and the module `utils`; the working folder is there."""
    from azureml.core import Model, Workspace

    (folder / "data").mkdir()
    for name in ("test-images.gz", "test-labels.gz"):
        (folder / "data" / name).symlink_to(DATA / name)
    (folder / "utils.py").write_text(UTILS, encoding="utf-8")
    workspace = Workspace.create(
        "mnist", subscription_id="00000000-0000", resource_group="tutorials", show_output=False
    )
    workspace.write_config(str(folder))
    Model.register(workspace, str(model), "sklearn_mnist")


def importing_from(folder: Path) -> Iterator[None]:
    """A notebook imports from its own folder, and leaves nothing of it to the next."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("utils", None)
