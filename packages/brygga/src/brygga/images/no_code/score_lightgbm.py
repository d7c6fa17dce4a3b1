"""Scores one booster of LightGBM: `{"data": [[...], ...]}`, rows or columns by name."""

import json
import os
import pickle
from typing import Any

import lightgbm
import numpy as np

model: Any = None


def init() -> None:
    global model
    path = _single_file(os.environ["AZUREML_MODEL_DIR"])
    with open(path, "rb") as file:
        if file.peek(1)[:1] == b"\x80":
            model = pickle.load(file)  # noqa: S301 - the model that was deployed
            return
    model = lightgbm.Booster(model_file=path)


def run(data: str) -> Any:
    rows = _rows(json.loads(data)["data"])
    return np.asarray(model.predict(rows)).tolist()


def _rows(data: Any) -> Any:
    """A list of rows, or columns by name for a model that was fitted with them."""
    if isinstance(data, dict) or (data and isinstance(data[0], dict)):
        import pandas as pd

        return pd.DataFrame(data)
    return np.asarray(data)


def _single_file(folder: str) -> str:
    found = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    if len(found) != 1:
        raise RuntimeError(f"expected one model file below {folder}, found {sorted(found)}")
    return found[0]
