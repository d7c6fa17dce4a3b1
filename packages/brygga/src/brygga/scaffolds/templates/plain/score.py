"""Answers requests: init() runs once, run() for each of them."""

import json


def init():
    """Runs once in each worker, before the first request: load here what run() needs.

    Files of models are below the folder os.environ["AZUREML_MODEL_DIR"], which is there as soon
    as brygga.toml names a model. What init() raises ends the deployment with that cause; the
    revision that served before goes on.
    """
    global factor
    factor = 2


def run(raw_data):
    """Runs for each request; raw_data is its body, as text.

    What is returned goes out as JSON: numbers, texts, lists, dicts, NumPy arrays. What is raised
    is a 500 for the caller, and stands in the log with its traceback (`brygga service logs`). So
    does what is printed.
    """
    rows = json.loads(raw_data)["data"]
    return [factor * sum(row) for row in rows]
