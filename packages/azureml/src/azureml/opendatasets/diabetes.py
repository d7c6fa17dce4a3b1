"""`Diabetes`: 442 patients and how their disease went on, as scikit-learn brings them along."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from azureml.data.tabular_dataset import TabularDataset, TabularDatasetFactory
from azureml.exceptions import UserErrorException
from azureml.opendatasets.mnist import MIRROR

_COLUMNS = ("AGE", "SEX", "BMI", "BP", "S1", "S2", "S3", "S4", "S5", "S6", "Y")


class Diabetes:
    """Ten measurements of each patient, and the progress of the disease (`Y`) after a year."""

    @classmethod
    def get_tabular_dataset(cls, enable_telemetry: bool = True) -> TabularDataset:
        """The rows: of a mirror's `diabetes/*.csv`, else of scikit-learn's own."""
        mirror = Path(os.environ.get(MIRROR) or ".", "diabetes")
        mirrored = sorted(mirror.glob("*.csv")) if os.environ.get(MIRROR) else []
        files = [str(each) for each in mirrored] or [str(_of_sklearn())]
        return TabularDatasetFactory.from_delimited_files(files)


def _of_sklearn() -> Path:
    from brygga.settings import Settings
    from brygga.store.files import make_folder

    kept = Settings.from_environment().home / "opendatasets" / "diabetes.csv"
    if kept.is_file():
        return kept
    try:
        from sklearn.datasets import load_diabetes
    except ImportError as error:
        raise UserErrorException(
            "Nothing is downloaded: pip install scikit-learn, which has the rows, or set "
            f"{MIRROR} to a folder of this machine that has them as diabetes/diabetes.csv."
        ) from error
    values, progress = load_diabetes(return_X_y=True, scaled=False)
    make_folder(kept.parent)
    written = kept.with_suffix(f".{os.getpid()}")
    with written.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for patient, after in zip(values.tolist(), progress.tolist(), strict=True):
            rows.writerow(f"{value:.10g}" for value in (*patient, after))
    written.replace(kept)
    return kept
