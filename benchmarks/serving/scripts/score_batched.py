"""The same model behind a declared array, with requests that wait joined."""

import os

import joblib
import numpy as np
from brygga_scoring import batched
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema


def init():
    global model
    folder = os.environ["AZUREML_MODEL_DIR"]
    model = joblib.load(os.path.join(folder, "sklearn_mnist_model.pkl"))


@batched(max_rows=512)
@input_schema("data", NumpyParameterType(np.zeros((1, 784))))
def run(data):
    return model.predict(data)
