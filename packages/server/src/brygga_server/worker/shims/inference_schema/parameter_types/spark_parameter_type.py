"""Parameters that are Spark data frames, which Brygga does not serve."""

from typing import Any


class SparkParameterType:
    """Refused: a Spark session takes seconds and gigabytes in every worker of a service."""

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        raise NotImplementedError(
            "SparkParameterType is not served: a Spark session in every worker takes seconds "
            "and gigabytes. "
            "Declare the input with PandasParameterType and make the Spark frame in run()."
        )
