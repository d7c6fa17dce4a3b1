"""BentoML: an array as the declared argument."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(workers=1)
class Digits:
    def __init__(self) -> None:
        folder = os.environ["AZUREML_MODEL_DIR"]
        self.model = joblib.load(os.path.join(folder, "sklearn_mnist_model.pkl"))

    @bentoml.api
    def score(self, data: np.ndarray) -> list:
        return self.model.predict(data).tolist()
