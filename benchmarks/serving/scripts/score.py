"""The tutorial's script: undecorated, JSON in and out by its own hand."""

import json
import os

import joblib
import numpy as np


def init():
    global model
    folder = os.environ["AZUREML_MODEL_DIR"]
    model = joblib.load(os.path.join(folder, "sklearn_mnist_model.pkl"))


def run(raw_data):
    data = np.array(json.loads(raw_data)["data"])
    return model.predict(data).tolist()
