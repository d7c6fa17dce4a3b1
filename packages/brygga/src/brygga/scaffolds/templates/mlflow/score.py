"""Serves a folder that MLflow has saved (the one with the file MLmodel), whatever is in it."""

import json
import os

import mlflow.pyfunc
import pandas as pd


def init():
    """Runs once in each worker, before the first request.

    AZUREML_MODEL_DIR is the folder that has what `models` in brygga.toml names.
    """
    global model
    model = mlflow.pyfunc.load_model(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model"))


def run(raw_data):
    """Runs for each request, which is one of MLflow's forms.

    `{"dataframe_split": {"columns": [...], "data": [[...], ...]}}`, or
    `{"dataframe_records": [{column: value, ...}, ...]}`, or `{"inputs": ...}`.
    """
    asked = json.loads(raw_data)
    if "dataframe_split" in asked:
        rows = pd.DataFrame(**asked["dataframe_split"])
    elif "dataframe_records" in asked:
        rows = pd.DataFrame(asked["dataframe_records"])
    else:
        rows = asked["inputs"]
    found = model.predict(rows, params=asked.get("params"))
    return {
        "predictions": json.loads(found.to_json(orient="records"))
        if isinstance(found, pd.DataFrame)
        else found
    }
