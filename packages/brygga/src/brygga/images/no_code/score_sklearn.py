"""Scores one scikit-learn model: `{"data": [[...], ...], "method": "predict"}`."""

import json
import os
from typing import Any

import joblib
import numpy as np

model: Any = None

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform",
            "score_samples")  # fmt: skip


def init() -> None:
    global model
    model = joblib.load(_single_file(os.environ["AZUREML_MODEL_DIR"]))


def run(data: str) -> Any:
    request = json.loads(data)
    method = request.get("method", "predict")
    if method not in _METHODS or not hasattr(model, method):
        raise ValueError(f"method is {method!r}, which this {type(model).__name__} does not have")
    return np.asarray(getattr(model, method)(_rows(request["data"]))).tolist()


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
