"""The entry script of the demo: init() once in each worker, run() for each request."""

import json
import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np

model: Any = None


def init() -> None:
    """Loads the model; its folder is known from the environment."""
    global model  # noqa: PLW0603
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "digits.joblib")


def run(raw_data: str) -> list[int]:
    """Takes the text `{"data": [[pixel, ...], ...]}`, returns the digit each row shows."""
    images = np.array(json.loads(raw_data)["data"])
    return list(map(int, model.predict(images)))
