"""Scores rows with the model that was chosen: `{"data": [{"column": value, ...}, ...]}`."""

import json
import os
import pickle
from typing import Any

import numpy as np
import pandas as pd

model: Any = None


def init() -> None:
    global model
    folder = os.environ["AZUREML_MODEL_DIR"]
    found = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    with open(next(name for name in found if name.endswith("model.pkl")), "rb") as file:
        model = pickle.load(file)


def run(data: str) -> Any:
    rows = json.loads(data)["data"]
    named = isinstance(rows, dict) or (rows and isinstance(rows[0], dict))
    found = model.predict(pd.DataFrame(rows) if named else np.asarray(rows))
    return {"result": np.asarray(found).tolist()}
