"""Serves a scikit-learn model: which iris has these measures?"""

import json
import os

import joblib
import numpy as np


def init():
    """Runs once in each worker, before the first request.

    AZUREML_MODEL_DIR is the folder that has what `models` in brygga.toml names.
    """
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(raw_data):
    """Runs for each request: `{"data": [[5.1, 3.5, 1.4, 0.2], ...]}`, four numbers a flower."""
    rows = np.array(json.loads(raw_data)["data"])
    return {
        "names": model.predict(rows).tolist(),
        "probabilities": model.predict_proba(rows).round(3).tolist(),
    }
