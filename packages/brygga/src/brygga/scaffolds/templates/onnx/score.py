"""Serves an ONNX model: which iris has these measures?"""

import json
import os

import numpy as np
import onnxruntime

NAMES = ["setosa", "versicolor", "virginica"]


def init():
    """Runs once in each worker, before the first request.

    AZUREML_MODEL_DIR is the folder that has what `models` in brygga.toml names.
    """
    global session
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def run(raw_data):
    """Runs for each request: `{"data": [[5.1, 3.5, 1.4, 0.2], ...]}`, four numbers a flower."""
    rows = np.array(json.loads(raw_data)["data"], dtype=np.float32)
    # What a model takes and gives: session.get_inputs(), session.get_outputs().
    (probabilities,) = session.run(["probabilities"], {"rows": rows})
    return {
        "names": [NAMES[each] for each in probabilities.argmax(axis=1)],
        "probabilities": probabilities.astype(float).round(3).tolist(),
    }
