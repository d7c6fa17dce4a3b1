"""Answers rows of numbers: the input is declared, and requests run together."""

import numpy as np

# Both come with the server: they are in no requirements file.
from brygga_scoring import batched
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema

# Examples say what is taken and given: the type of the numbers, and how many there are in a row.
# The service's page of documentation (/swagger.json) is made of them.
ROWS = np.array([[5.1, 3.5, 1.4, 0.2]])
ANSWERS = np.array([8.5])


def init():
    """Runs once in each worker, before the first request."""
    global weights
    weights = np.array([0.5, 1.0, 1.5, 2.0])


# Requests that wait at the same moment become one array: run() is called once for up to 64 rows,
# and has to return a row for each, in their order. Without this line it is called for each request.
@batched(max_rows=64)
@input_schema("data", NumpyParameterType(ROWS))
@output_schema(NumpyParameterType(ANSWERS))
def run(data):
    """Runs for `{"data": [[5.1, 3.5, 1.4, 0.2], ...]}`; data is an array already.

    What has another shape or type never gets here: its caller is told what is wanted.
    """
    return data @ weights
