"""Serves a digit classifier as Azure ML SDK v1 scripts do: the model is found by its name."""

import json

import joblib
import numpy as np

from azureml.core.model import Model


def init():
    """Runs once in every worker, before the first request."""
    global model
    model = joblib.load(Model.get_model_path("sklearn_mnist"))


def run(raw_data):
    """Runs for every request.

    The body is `{"data": [[784 numbers from 0 to 1], ...]}`, the answer one digit for each row.
    """
    images = np.array(json.loads(raw_data)["data"])
    digits = model.predict(images)
    # A text goes out as a JSON text, so whoever calls decodes twice, as with the original tutorial.
    return json.dumps(digits.tolist())
