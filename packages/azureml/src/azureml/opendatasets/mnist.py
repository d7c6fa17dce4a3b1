"""`MNIST`: the four files of handwritten digits, from a mirror on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from azureml.data.file_dataset import FileDataset
from azureml.exceptions import UserErrorException

MIRROR = "BRYGGA_OPENDATASETS"
"""Names the folder that has a folder `mnist` with the four files."""
# As they may lie in the mirror, and as v1's dataset calls them.
_FILES = {
    "train-images.gz": "train-images-idx3-ubyte.gz",
    "train-labels.gz": "train-labels-idx1-ubyte.gz",
    "test-images.gz": "t10k-images-idx3-ubyte.gz",
    "test-labels.gz": "t10k-labels-idx1-ubyte.gz",
}


class MNIST:
    """Handwritten digits, 60,000 to train with and 10,000 to test with."""

    @classmethod
    def get_file_dataset(
        cls, dataset_filter: str = "all", enable_telemetry: bool = True
    ) -> FileDataset:
        """The files, as `train`, `test` or `all`."""
        folder = os.environ.get(MIRROR)
        if not folder:
            raise UserErrorException(
                f"Nothing is downloaded: set {MIRROR} to a folder of this machine that has a "
                f"folder mnist with the four files of MNIST, {', '.join(_FILES.values())} "
                f"(or {', '.join(_FILES)})."
            )
        wanted = {"all": ("train", "test"), "train": ("train",), "test": ("test",)}
        if dataset_filter not in wanted:
            raise UserErrorException("dataset_filter must be one of: all, train, test.")
        found = {
            _either(Path(folder, "mnist"), here, there): there
            for here, there in _FILES.items()
            if here.startswith(wanted[dataset_filter])
        }
        return FileDataset(list(found), found)


def _either(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UserErrorException(f"There is neither {' nor '.join(names)} in {folder}.")
